"""Two campaigns, or two states of one, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmcompile.model.difference import Difference
from cmcompile.model.failures import FailureRow, FailureTable
from cmcompile.model.states import GroupState
from cmcompile.model.stats import Stats, StatsRow
from cmcompile.model.status import CampaignStatus

#: A step and a group of it.
Key = tuple[str, str]
#: What is said of a step in texts: by what it is, the values that its groups have.
Texts = Mapping[str, tuple[str, ...]]

#: What the ledger alone tells of software: nothing differs where a side was never sent.
RECORDED = ("sent by", "sent to")


@dataclass(frozen=True, slots=True)
class Compared:
    """One side of a comparison.

    Attributes
    ----------
    asked
        What was asked for, ``NAME`` or ``NAME@REV``.
    commit
        Of the spec; empty: the working tree.
    software
        By step: release, environment, pipeline and image by the spec; systems, versions and commits by the
        ledger.
    tries
        By group: how many workflows of it were submitted.
    restarts
        By step: how often runs were restarted.
    """

    asked: str
    campaign: str
    commit: str
    status: CampaignStatus
    stats: Stats
    failures: FailureTable
    software: Mapping[str, Texts]
    tries: Mapping[Key, int]
    restarts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SoftwarePair:
    """A text that differs, and the steps in which it does so.

    Attributes
    ----------
    what
        Such as ``release``.
    """

    what: str
    steps: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """A step of one side in numbers; None is not known.

    Attributes
    ----------
    rescues
        Rescue groups.
    workflows, restarts
        Submissions of all groups, rescue groups among them, and restarts of their runs.
    most
        The most submissions of one group.
    core_seconds
        What the quanta took that were measured: wall time, one core each.
    """

    groups: int = 0
    accepted: int = 0
    rescues: int = 0
    people: int = 0
    quanta: int | None = None
    missing: int | None = None
    workflows: int = 0
    restarts: int = 0
    most: int = 0
    core_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class StepPair:
    """A step on both sides; None where a side lacks it."""

    step: str
    old: StepFigures | None
    new: StepFigures | None


@dataclass(frozen=True, slots=True)
class TaskPair:
    """What a task took on both sides; None where a side did not run it."""

    step: str
    task: str
    old: StatsRow | None
    new: StatsRow | None


@dataclass(frozen=True, slots=True)
class FailurePair:
    """Failures of one class, rule, task and site on both sides; None where a side has none."""

    old: FailureRow | None
    new: FailureRow | None

    @property
    def row(self) -> FailureRow:
        """The row that says of what sort they are."""
        found = self.new or self.old
        if found is None:
            raise ValueError("a pair of nothing")
        return found


@dataclass(frozen=True, slots=True)
class GroupPair:
    """A group of both sides that stands differently.

    Attributes
    ----------
    tries
        Submissions on both sides.
    """

    step: str
    group: str
    old: GroupState
    new: GroupState
    tries: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two sides, and their figures beside each other.

    Attributes
    ----------
    found
        What differs by the specs.
    software
        What differs only.
    groups
        Groups of both sides, by step and id, whose state differs.
    """

    sides: tuple[Compared, Compared]
    found: Difference
    software: tuple[SoftwarePair, ...]
    steps: tuple[StepPair, ...]
    tasks: tuple[TaskPair, ...]
    failures: tuple[FailurePair, ...]
    groups: tuple[GroupPair, ...]

    @property
    def differs(self) -> bool:
        """Whether anything is not the same on both sides."""
        some: list[StepPair | TaskPair | FailurePair] = [*self.steps, *self.tasks, *self.failures]
        pairs = any(pair.old != pair.new for pair in some)
        return pairs or not self.found.empty or bool(self.software or self.groups)
