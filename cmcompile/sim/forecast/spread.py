"""How long things take: one figure, a low, a likely and a high one, or what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Protocol


class Spread(Protocol):
    """Durations in seconds."""

    @property
    def middle(self) -> float:
        """The duration of a workflow of middle size: half take longer, or nearly so."""

    def draw(self, random: Random, size: float) -> float:
        """Draw one.

        Parameters
        ----------
        size
            Of the group, in multiples of the middle size.
        """

    def longer(self, random: Random, size: float, passed: float) -> float:
        """Draw one of what takes longer than ``passed``; a little more than that where nothing does."""


@dataclass(frozen=True, slots=True)
class Between:
    """From low to high, likely most often; a duration that grows with the size of the group."""

    low: float
    likely: float
    high: float

    @property
    def middle(self) -> float:
        """The likely one."""
        return self.likely

    def draw(self, random: Random, size: float) -> float:
        """Draw one."""
        if self.low == self.high:
            return self.low * size
        return random.triangular(self.low, self.high, self.likely) * size

    def longer(self, random: Random, size: float, passed: float) -> float:
        """Draw one of what takes longer."""
        return _longer(self, random, size, passed)


@dataclass(frozen=True, slots=True)
class Measured:
    """What workflows took, each with the size of its group in multiples of the middle size."""

    took: tuple[tuple[float, float], ...]

    @property
    def middle(self) -> float:
        """The median for the middle size."""
        return median(seconds / size for seconds, size in self.took)

    def draw(self, random: Random, size: float) -> float:
        """Draw one of those measured, and scale it to the size."""
        seconds, of = random.choice(self.took)
        return seconds / of * size

    def longer(self, random: Random, size: float, passed: float) -> float:
        """Draw one of what takes longer."""
        return _longer(self, random, size, passed)


def always(seconds: float) -> Between:
    """Return a duration that is always the same."""
    return Between(seconds, seconds, seconds)


#: So often is drawn before it is taken that nothing takes so long.
_TRIES = 30


def _longer(spread: Spread, random: Random, size: float, passed: float) -> float:
    drawn = (spread.draw(random, size) for _ in range(_TRIES))
    return next((seconds for seconds in drawn if seconds > passed), passed * 1.1)


def measured(took: Sequence[tuple[float, float]]) -> Measured | None:
    """Return what was measured; None where nothing was. Groups without a size count as of middle size."""
    return Measured(tuple((seconds, size or 1.0) for seconds, size in took)) if took else None
