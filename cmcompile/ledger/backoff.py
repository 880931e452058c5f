"""Waiting after a lost race: for a random time, out of a range that grows with each loss."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from cmcompile.model.ports import Clock

#: The widest range, in tries.
_ROOM = 16


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a writer goes on trying, and how long it waits in between.

    Attributes
    ----------
    tries
        Pushes, or attempts to reach the remote, before a decision is given up.
    seconds
        After this time it is given up too; a try that was begun is brought to its end.
    shortest, longest
        Bounds of the range out of which a wait is taken, in seconds.
    """

    tries: int = 60
    seconds: float = 300.0
    shortest: float = 0.2
    longest: float = 30.0


class Backoff:
    """The tries of one transaction.

    The range of the first wait is as long as the try that was lost: where a push takes two seconds, waiting
    for tenths of a second would only lose the next race too. It doubles with each further loss, up to a range
    in which as many writers as will ever meet have room one after the other.
    """

    def __init__(self, clock: Clock, random: Random, patience: Patience) -> None:
        self._clock, self._random, self._patience = clock, random, patience
        self._start = self._begun = clock.now()
        self._losses = 0
        self.tries = 0

    def begin(self) -> None:
        """Begin a try: the tip is about to be read."""
        self._begun = self._clock.now()

    @property
    def exhausted(self) -> bool:
        """Whether no further try should be begun."""
        spent = (self._clock.now() - self._start).total_seconds()
        return self.tries >= self._patience.tries or spent >= self._patience.seconds

    def wait(self) -> None:
        """Wait after a try that was lost."""
        took = (self._clock.now() - self._begun).total_seconds()
        # A clock that was set back must not make a wait negative.
        base = min(max(took, self._patience.shortest), self._patience.longest)
        self._losses += 1
        widest = min(base * min(2 ** (self._losses - 1), _ROOM), self._patience.longest)
        self._clock.sleep(self._random.uniform(0.0, widest))
