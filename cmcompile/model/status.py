"""What the reading commands show: where campaigns stand, where data went, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cmcompile.model.approval import Approval
from cmcompile.model.event import Event
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Standing, Workflow

#: Whether the remote was asked for the ledger now, or the tip last seen is shown.
Asked: TypeAlias = Literal["fresh", "as last seen"]
#: How many groups are in a state; states of no group are left out.
Counts: TypeAlias = Mapping[GroupState, int]

#: What cmcompile goes on from by itself though the group ended badly.
_GOES_ON = frozenset(
    {
        *(Reason.RESCUE_DECLARED, Reason.POLICY_RESCUE, Reason.RESCUE_LATER),
        *(Reason.RETRY_DECIDED, Reason.RESTART_DECIDED, Reason.GIVEN_BACK),
    }
)


def needs_person(standing: Standing) -> bool:
    """Tell whether nothing goes on with a group until a person acts.

    That is a review, a group blocked by one, and a bad end for which neither a rescue is declared nor a
    decision taken.
    """
    if standing.blocked or standing.state is GroupState.REVIEW:
        return True
    return standing.state in (GroupState.PARTIAL, GroupState.FAILED) and standing.reason not in _GOES_ON


@dataclass(frozen=True, slots=True)
class Seen:
    """Which ledger a status was made from.

    Attributes
    ----------
    commit
        The tip's; empty: there is no ledger yet.
    at
        The tip's time, UTC, ``2026-11-20T08:00:00Z``; or empty.
    stale_since
        Since when a source of facts could not be asked, or empty.
    """

    commit: str = ""
    at: str = ""
    asked: Asked = "fresh"
    stale_since: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """The chained collection of a step.

    Attributes
    ----------
    holds
        How many runs it was last made of; None: it was never made.
    lacks
        How many accepted groups have no run in it.
    unfinished
        Whether a making was begun and its end is not recorded.
    """

    name: str
    holds: int | None = None
    lacks: int = 0
    unfinished: bool = False
    retired: bool = False


@dataclass(frozen=True, slots=True)
class TaggedStatus:
    """The tagged inputs that the groups of a step read.

    Attributes
    ----------
    names
        Of all that are declared.
    made
        How many of them are made as they are declared.
    datasets
        How many datasets these hold together.
    """

    names: tuple[str, ...]
    made: int
    datasets: int


@dataclass(frozen=True, slots=True)
class Took:
    """What workflows took, as far as it was measured.

    Attributes
    ----------
    ended, measured
        How many have ended, and of how many it is recorded what their quanta took.
    core_seconds
        Of the measured ones together.
    """

    ended: int = 0
    measured: int = 0
    core_seconds: int = 0


@dataclass(frozen=True, slots=True)
class StepStatus:
    """A step in numbers.

    Attributes
    ----------
    first, rescues
        Groups of the first pass, and rescue groups, by state.
    people, rescue_people
        How many of them need a person.
    quanta, missing
        Over the groups of the first pass whose outcome is known; None where that is none.
    known
        How many those are.
    collection
        None where no collection of the step is made by cmcompile.
    tagged
        None where its groups read no tagged input.
    took
        Over the workflows of all its groups, rescue groups among them.
    """

    step: str
    first: Counts
    rescues: Counts = field(default_factory=dict)
    people: int = 0
    rescue_people: int = 0
    quanta: int | None = None
    missing: int | None = None
    known: int = 0
    collection: Collection | None = None
    tagged: TaggedStatus | None = None
    took: Took = field(default_factory=Took)

    @property
    def groups(self) -> int:
        """The number of groups of the first pass."""
        return sum(self.first.values())

    @property
    def rescue_groups(self) -> int:
        """The number of rescue groups."""
        return sum(self.rescues.values())


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that a person must look at.

    Attributes
    ----------
    subject
        ``step/group``, or the path of a file of the ledger.
    workflow
        The workflow that is meant, ``<group>@<name>``, or empty.
    next
        The command to type, or empty.
    """

    subject: str
    state: GroupState | None = None
    detail: str = ""
    workflow: str = ""
    next: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Attention:
    """Things of one step that a person must look at for the same reason.

    Attributes
    ----------
    step
        Empty where they belong to no step.
    concerns
        At least one.
    """

    step: str
    reason: Reason
    concerns: tuple[Concern, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with all that the ledger has of it.

    Attributes
    ----------
    rescue
        The rescue that it belongs to; empty in the first pass.
    covers
        The first-pass groups that a rescue group covers.
    workflows
        Its own, in order.
    covering
        Those of the rescue groups that cover it.
    superseded
        Which of both count no more, ``<group>@<name>``.
    """

    standing: Standing
    rescue: str = ""
    covers: tuple[str, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    covering: tuple[Workflow, ...] = ()
    superseded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """Where a campaign, or a part of it, stands.

    Attributes
    ----------
    attention
        The most urgent first.
    rows
        The groups, by step; those of the first pass before rescue groups.
    fault
        Why nothing can be said of it, such as errors in its spec; else empty.
    next
        The command to type about the fault, or empty.
    """

    campaign: str
    production: str = ""
    seen: Seen = field(default_factory=Seen)
    steps: tuple[StepStatus, ...] = ()
    attention: tuple[Attention, ...] = ()
    rows: tuple[GroupRow, ...] = ()
    fault: str = ""
    next: str = ""

    @property
    def counts(self) -> dict[GroupState, int]:
        """Groups of the first pass by state, over all steps."""
        return _sum([step.first for step in self.steps])

    @property
    def rescue_counts(self) -> dict[GroupState, int]:
        """Rescue groups by state, over all steps."""
        return _sum([step.rescues for step in self.steps])

    @property
    def people(self) -> int:
        """How many things need a person: groups, and files of the ledger that can't be read."""
        return sum(len(a.concerns) for a in self.attention)


def _sum(counts: list[Counts]) -> dict[GroupState, int]:
    totals = {state: sum(c.get(state, 0) for c in counts) for state in GroupState}
    return {state: n for state, n in totals.items() if n}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the data of an id went: a group that holds it, and one workflow of that group.

    Attributes
    ----------
    run
        The output collection of the workflow; empty where the group was never sent.
    workflow
        ``<group>@<name>``, its own or a covering one; or empty.
    workflow_state
        The state of that workflow by its name, or empty.
    state, reason, since
        Of the group.
    """

    campaign: str
    step: str
    group: str
    state: GroupState
    reason: Reason
    run: str = ""
    workflow: str = ""
    workflow_state: str = ""
    detail: str = ""
    since: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """An event, and the commit that brought it.

    Attributes
    ----------
    commit
        Of the ledger; empty where the history does not reach back to it.
    author
        The author of that commit, ``Name <mail>``; empty as well.
    approvals
        Of a claim: who approved what it sends, then or later.
    withdrawn
        The digests of those that count no more.
    """

    event: Event
    commit: str = ""
    author: str = ""
    approvals: tuple[Approval, ...] = ()
    withdrawn: frozenset[str] = frozenset()
