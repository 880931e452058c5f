"""What is to go wrong with the next requests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum


class Trouble(Enum):
    """What goes wrong with one request."""

    #: It is carried out, and the connection ends without a reply.
    LOSE = "lose"
    #: It is not carried out, and the connection ends without a reply.
    DROP = "drop"
    #: It is carried out, and the connection stays open without a reply.
    SILENT = "silent"
    #: A list is empty though there are runs.
    EMPTY = "empty"
    #: Too many requests (429); it is not carried out.
    REFUSE = "refuse"
    #: It is carried out, and the reply is cut off.
    GARBLE = "garble"


#: With these a request has no effect.
WITHOUT_EFFECT = frozenset({Trouble.DROP, Trouble.REFUSE})


@dataclass(slots=True)
class _Armed:
    trouble: Trouble
    of: frozenset[str]
    left: int | None
    spared: int


class Troubles:
    """Troubles that wait for the requests that they are meant for, in order."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def arm(self, trouble: Trouble, of: Collection[str] = (), times: int | None = 1, spared: int = 0) -> None:
        """Let a trouble befall the next requests.

        Parameters
        ----------
        of
            Of these kinds; empty: of any.
        times
            So many; None: all, from now on.
        spared
            So many of them before are spared.
        """
        self._armed.append(_Armed(trouble, frozenset(of), times, spared))

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        self._armed.clear()

    def next(self, kind: str) -> Trouble | None:
        """Return what goes wrong with a request."""
        for armed in self._armed:
            if armed.of and kind not in armed.of:
                continue
            if armed.spared > 0:
                armed.spared -= 1
                continue
            if armed.left is not None:
                armed.left -= 1
                if armed.left <= 0:
                    self._armed.remove(armed)
            return armed.trouble
        return None
