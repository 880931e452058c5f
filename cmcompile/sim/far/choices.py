"""Every random decision of a run, drawn by name, recorded, and replayed."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

#: No length of time that is drawn is longer, in seconds: half a year.
LONGEST = 182 * 86400


class Weights:
    """How likely each of some choices is; made once, drawn from often.

    Parameters
    ----------
    of
        Not negative; they need not add up to 1. The first is that of the dull choice.
    """

    __slots__ = ("_last", "_sums")

    def __init__(self, of: Iterable[float]) -> None:
        total = list(accumulate(of))
        self._sums = tuple(s / total[-1] for s in total)
        self._last = next(n for n, s in enumerate(self._sums) if s == self._sums[-1])

    def __len__(self) -> int:
        return len(self._sums)

    def at(self, part: float) -> int:
        """Return the choice that stands at a part of the whole, from 0 to 1."""
        return min(bisect_right(self._sums, part), self._last)


class Choices:
    """Draws decisions, and remembers them.

    Each is a whole number, and 0 is always the dull one: no fault, no switch, no delay. A list of them can be
    replayed; past its end everything is dull. So a failing run is made smaller by deleting and zeroing.

    Parameters
    ----------
    seed
        Of what is drawn.
    replay
        What to take instead of drawing. A number that is too large for its question counts as the largest.

    Attributes
    ----------
    made
        What was chosen so far.
    labels
        The question to each.
    """

    def __init__(self, seed: int, replay: Sequence[int] | None = None) -> None:
        self.made: list[int] = []
        self.labels: list[str] = []
        self._random = random.Random(seed).random  # noqa: S311
        self._replay = replay

    @classmethod
    def dull(cls) -> Choices:
        """Return choices of which each is the dull one."""
        return cls(0, ())

    def pick(self, label: str, of: int | Weights) -> int:
        """Choose one of so many, each as likely, or as their weights say."""
        if self._replay is not None:
            value = self._replayed(len(of) if isinstance(of, Weights) else of)
        elif isinstance(of, Weights):
            value = of.at(self._random())
        else:
            value = int(self._random() * of)
        self.made.append(value)
        self.labels.append(label)
        return value

    def chance(self, label: str, p: float) -> bool:
        """Choose whether something odd happens, with probability ``p``."""
        value = self._replayed(2) if self._replay is not None else int(self._random() < p)
        self.made.append(value)
        self.labels.append(label)
        return value == 1

    def seconds(self, label: str, typical: float) -> int:
        """Choose a length of time with a heavy tail, in seconds.

        Parameters
        ----------
        typical
            Half of all are shorter. Of ten one is 24 times as long, of a hundred one 2,500 times.
        """
        if self._replay is not None:
            value = self._replayed(LONGEST + 1)
        else:
            value = int(min(typical / 3 * ((1 - self._random()) ** -2 - 1), LONGEST))
        self.made.append(value)
        self.labels.append(label)
        return value

    def _replayed(self, of: int) -> int:
        at = len(self.made)
        if self._replay is None or at >= len(self._replay):
            return 0
        return max(0, min(self._replay[at], of - 1))
