"""When a campaign will end, as far as can be told; see ``docs/forecast.md``.

All times are seconds from the moment of the forecast.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """A figure over several runs: one of ten is below ``p10``, and one of ten above ``p90``.

    Attributes
    ----------
    p10, p50, p90
        None where it never comes in so many of the runs.
    """

    p10: float | None
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class TimesOf:
    """Where the durations of a step come from.

    Attributes
    ----------
    source
        ``measured``, ``declared`` or ``assumed``.
    workflows
        How many were measured.
    duration, preparation
        Of a workflow of middle size: the middle value, seconds.
    failures
        The share of workflows that end with more failures than are accepted.
    retried, rescued
        The shares of these that a policy sends again, and for which it has a rescue written.
    """

    step: str
    source: str
    workflows: int
    duration: float
    preparation: float
    failures: float
    retried: float = 0.0
    rescued: float = 0.0


@dataclass(frozen=True, slots=True)
class StepForecast:
    """One step.

    Attributes
    ----------
    groups, accepted
        Of the first pass: all, and those accepted already.
    starts, ends
        When its first workflow from now on is sent, and when its last group is accepted.
    workflows
        How many workflows are sent from now on, rescues among them, in the middle run.
    curve
        In the middle run: moments, and how many first-pass groups are accepted from then on.
    running
        In the middle run: moments, and how many workflows count as live from then on.
    """

    step: str
    groups: int
    accepted: int
    starts: Range
    ends: Range
    workflows: int
    curve: tuple[tuple[float, int], ...]
    running: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What held work up.

    Attributes
    ----------
    kind
        ``limit``, ``needs``, ``pause``, ``preparation`` or ``interval``.
    share
        Of the time to the end: how long something was held up by it; the mean of all runs. Of needs: while
        the campaign's limit had room.
    group_hours
        For how many groups, times hours.
    """

    kind: str
    what: str
    share: float
    group_hours: float


@dataclass(frozen=True, slots=True)
class Link:
    """One workflow of the critical path, in the middle run.

    Attributes
    ----------
    group
        ``step/group``.
    because
        What it waited for last: why it did not start earlier.
    ready, sent, runs, ends, seen
        When nothing but limits stood in its way, when it was admitted, when its run started and ended, and
        when a pass saw that.
    """

    group: str
    because: str
    ready: float
    sent: float
    runs: float
    ends: float
    seen: float


@dataclass(frozen=True, slots=True)
class Stuck:
    """Groups that do not go on by themselves, and why."""

    why: str
    groups: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """The campaign with its needs as written, all as barriers, or all by overlap.

    Attributes
    ----------
    name
        ``as written``, ``barrier`` or ``overlap``.
    ends
        When the last group is accepted.
    endless
        In how many of the runs that never comes.
    occupied
        The mean share of the slots that are taken; None where nothing limits the campaign.
    workflows
        How many are sent, in the middle run.
    stuck
        In the middle run.
    """

    name: str
    ends: Range
    endless: int
    occupied: float | None
    workflows: int
    steps: tuple[StepForecast, ...]
    held: tuple[Held, ...]
    path: tuple[Link, ...]
    stuck: tuple[Stuck, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast.

    Attributes
    ----------
    at
        The moment that it starts from, UTC.
    slots
        Workflows at once; None: no limit.
    every
        Seconds between two passes.
    notes
        What the reader must know: what was assumed, what was estimated.
    variants
        The first is the one that was asked for.
    """

    campaign: str
    at: str
    ledger: str
    slots: int | None
    every: float
    runs: int
    seed: int
    times: tuple[TimesOf, ...]
    notes: tuple[str, ...]
    variants: tuple[Variant, ...]
