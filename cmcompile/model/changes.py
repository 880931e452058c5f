"""What became different between two moments of a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmcompile.model.reason import Reason
from cmcompile.model.worded import Worded


class Became(Worded):
    """What groups can be; a group is several of these at once, or none."""

    SENT = "sent", "sent"
    ENDED = "ended", "ended"
    SUCCEEDED = "succeeded", "succeeded"
    PARTIAL = "partial", "ended in part"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    UNPREPARED = "unprepared", "could not be prepared"
    REVIEW = "review", "in review"
    RESCUED = "rescued", "rescued"
    ACCEPTED = "accepted", "accepted"
    REJECTED = "rejected", "rejected"
    SUPERSEDED = "superseded", "superseded"
    RETIRED = "retired", "retired"


@dataclass(frozen=True, slots=True)
class Moved:
    """Groups of one step that are now what they were not, and those that are it no more.

    Attributes
    ----------
    entered, left
        Their ids, in order. How many are it has changed by the difference of their numbers.
    """

    became: Became
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def net(self) -> int:
        """By how much the number of such groups has changed."""
        return len(self.entered) - len(self.left)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counters; of two moments, by how much each has changed. It is less than 0 where a later word took back.

    Attributes
    ----------
    claimed, submitted, ended
        Workflows, those that a workload system got, and those whose run has ended.
    restarts
        How often runs were taken up again.
    quanta, missing
        Over the workflows of which it is known what became of their quanta.
    core_seconds, measured
        What quanta took, and of how many workflows that is recorded.
    """

    claimed: int = 0
    submitted: int = 0
    ended: int = 0
    restarts: int = 0
    quanta: int = 0
    missing: int = 0
    core_seconds: int = 0
    measured: int = 0


@dataclass(frozen=True, slots=True, order=True)
class FailureKind:
    """Failures that look alike.

    Attributes
    ----------
    what
        Who told, and with which code, such as ``pilot 1305``; empty where only a message is known.
    site
        Where the jobs ran, or empty.
    """

    step: str
    task: str
    what: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class FailureChange:
    """How many quanta failed in one way, at both moments."""

    kind: FailureKind
    before: int
    after: int

    @property
    def new(self) -> bool:
        """Whether nothing had failed in this way before."""
        return self.before == 0 < self.after


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Groups of a step that came to review for one reason."""

    step: str
    reason: Reason
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectionChange:
    """A collection that was made, made anew, or removed.

    Attributes
    ----------
    before, after
        How many runs, or datasets of a tagged one, it held; None: it was not made.
    tagged
        Whether it is a tagged one.
    """

    step: str
    name: str
    before: int | None
    after: int | None
    tagged: bool = False
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision that took effect, and the groups, or steps, that it did so on.

    Attributes
    ----------
    verb, by, because
        As it is written; all empty where no decision of that id is written any more.
    """

    decision: str
    on: tuple[str, ...]
    verb: str = ""
    by: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class StepChange:
    """What became different in one step.

    Attributes
    ----------
    began
        Whether it had no workflow before, and has one now.
    """

    step: str
    began: bool
    moved: tuple[Moved, ...]
    figures: Figures

    @property
    def counts(self) -> Mapping[Became, int]:
        """By how much the numbers of groups have changed; those that have not are left out."""
        return {moved.became: moved.net for moved in self.moved if moved.net}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign, or a step, was by its status report.

    Attributes
    ----------
    groups, accepted, people
        Of the first pass; ``people`` is how many things needed a person.
    """

    groups: int
    accepted: int
    people: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a ledger.

    Attributes
    ----------
    commit
        Of the ledger; empty: it did not exist yet.
    at
        When the commit was made, UTC, ``2026-11-20T08:00:00Z``; or empty.
    progress
        By the status report of that moment; None: there was none.
    ends
        The day on which the campaign was forecast to end, by the course of its figures; or empty.
    """

    commit: str = ""
    at: str = ""
    progress: Progress | None = None
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What became different between two moments.

    Attributes
    ----------
    steps
        Those in which anything did, in the order of the spec.
    unreadable
        Files of the ledger that can't be read, and could before or were not there.
    groups
        How many groups differ in any way, be it one that is counted nowhere.
    """

    steps: tuple[StepChange, ...] = ()
    failures: tuple[FailureChange, ...] = ()
    reviews: tuple[Reviewed, ...] = ()
    collections: tuple[CollectionChange, ...] = ()
    decisions: tuple[Taken, ...] = ()
    unreadable: tuple[str, ...] = ()
    groups: int = 0
    begin: Moment = field(default_factory=Moment)
    end: Moment = field(default_factory=Moment)

    @property
    def nothing(self) -> bool:
        """Whether the ledger says the same at both moments, but for what its report said."""
        return not (
            self.groups
            or self.steps
            or self.failures
            or self.reviews
            or self.collections
            or self.decisions
            or self.unreadable
        )
