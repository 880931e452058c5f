"""How long the workflows of each step take, and how often they fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from cmcompile.sim.forecast.spread import Spread, always

#: Taken where nothing was measured and nothing declared, seconds.
ASSUMED_DURATION = 12 * 3600.0
ASSUMED_PREPARATION = 15 * 60.0
ASSUMED_INTERVAL = 15 * 60.0
ASSUMED_PERSON = 86400.0
#: As ``apply`` does it where nothing else is asked for.
AT_ONCE = 4
#: Fewer measured workflows than this say too little.
ENOUGH = 3


class Then(Enum):
    """What a policy does about a bad end, as far as its budgets last; without one a person is asked."""

    PERSON = "person"
    RETRY = "retry"
    RESCUE = "rescue"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Mix:
    """What policies do about bad ends, as shares of them; the rest is for a person.

    Attributes
    ----------
    retried, rescued
        What is sent again, and what rescues are written for.
    """

    retried: float = 0.0
    rescued: float = 0.0

    def then(self, drawn: float) -> Then:
        """Return what is done about one, by a number from 0 to 1."""
        if drawn < self.retried:
            return Then.RETRY
        return Then.RESCUE if drawn < self.retried + self.rescued else Then.PERSON


@dataclass(frozen=True, slots=True)
class Kind:
    """The first pass of a step, or its rescues.

    Attributes
    ----------
    failures
        The share of the workflows that end with more failures than are accepted.
    source
        ``measured``, ``declared`` or ``assumed``: of the duration.
    workflows
        How many were measured.
    mix
        What policies do about the failures; None: not known, and all wait for a person.
    """

    duration: Spread
    preparation: Spread
    failures: float = 0.0
    source: str = "assumed"
    workflows: int = 0
    mix: Mix | None = None


@dataclass(frozen=True, slots=True)
class Overlapping:
    """How many groups of a needed step a group overlaps: a declared share of them.

    Attributes
    ----------
    near
        Whether they stand together in the order of the groups, at the place that the group has in its own
        step; else they are strewn.
    """

    share: float
    near: bool = True


@dataclass(frozen=True, slots=True)
class Times:
    """All that is taken for known of durations.

    Attributes
    ----------
    first, rescue
        By step. What a policy sends again takes as long as a rescue: both make what is not there.
    every
        Seconds from one pass to the next.
    at_once
        How many workflows are prepared at once, at most.
    person
        Seconds until a person has answered what waits for one; None: nobody does.
    overlaps
        By step and needed step.
    """

    first: Mapping[str, Kind] = field(default_factory=dict)
    rescue: Mapping[str, Kind] = field(default_factory=dict)
    every: float = ASSUMED_INTERVAL
    at_once: int = AT_ONCE
    person: float | None = None
    overlaps: Mapping[tuple[str, str], Overlapping] = field(default_factory=dict)

    def of(self, step: str, *, rescue: bool) -> Kind:
        """Return what is known of a step."""
        found = self.rescue.get(step) if rescue else None
        return found or self.first.get(step) or ASSUMED


ASSUMED = Kind(always(ASSUMED_DURATION), always(ASSUMED_PREPARATION))


@dataclass(frozen=True, slots=True)
class Drawn:
    """What happens to one workflow: seconds of preparing and of running, and whether it ends well.

    Attributes
    ----------
    then
        Where it ends badly: what a policy does about that.
    """

    preparation: float
    duration: float
    good: bool
    then: Then = Then.PERSON


class Draws:
    """What happens to each workflow in one run of the forecast.

    It depends on the run, the group and the attempt alone: the same workflow takes the same time with
    barriers and without.
    """

    def __init__(self, times: Times, run: str) -> None:
        self._times = times
        self._run = run

    def of(self, key: tuple[str, str], attempt: int, size: float, *, part: bool = False) -> Drawn:
        """Return what happens to a workflow that is to be sent.

        Parameters
        ----------
        part
            Whether it takes over what is there, as a rescue does.
        """
        random, kind = self._random(key, attempt), self._kind(key, part=part)
        preparation = kind.preparation.draw(random, 1.0)
        return _drawn(random, kind, preparation, kind.duration.draw(random, size))

    def rest(
        self, key: tuple[str, str], attempt: int, size: float, passed: float, *, part: bool = False
    ) -> Drawn:
        """Return what happens to a workflow that runs since ``passed`` seconds: the rest of its duration."""
        random, kind = self._random(key, attempt), self._kind(key, part=part)
        return _drawn(random, kind, 0.0, kind.duration.longer(random, size, passed) - passed)

    def _random(self, key: tuple[str, str], attempt: int) -> Random:
        return Random(f"{self._run} {key[0]}/{key[1]} {attempt}")  # noqa: S311  (no secret)

    def _kind(self, key: tuple[str, str], *, part: bool) -> Kind:
        return self._times.of(key[0], rescue=part or "." in key[1])


def _drawn(random: Random, kind: Kind, preparation: float, duration: float) -> Drawn:
    good = random.random() >= kind.failures
    return Drawn(preparation, duration, good, (kind.mix or Mix()).then(random.random()))
