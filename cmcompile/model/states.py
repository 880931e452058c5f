"""The states of workflows and groups, and what the ledger says of each; see ``docs/states.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from cmcompile.model.approval import NO_APPROVALS, Approvals
from cmcompile.model.diagnosed import Diagnosed
from cmcompile.model.event import Claimed, Unreadable
from cmcompile.model.outcome import Outcome
from cmcompile.model.reason import Reason
from cmcompile.model.signal import Signalled


class WorkflowState(Enum):
    """Where one submission stands."""

    CLAIMED = "claimed"
    PREPARING = "preparing"
    PREPARE_FAILED = "prepare_failed"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    ABANDONED = "abandoned"
    SUBMITTED = "submitted"
    RUNNING = "running"
    HELD = "held"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    RETIRED = "retired"


class GroupState(Enum):
    """Where a group stands."""

    WAITING = "waiting"
    HELD = "held"
    READY = "ready"
    ACTIVE = "active"
    PARTIAL = "partial"
    FAILED = "failed"
    REVIEW = "review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Workflow:
    """One submission of a group, folded from its events.

    Attributes
    ----------
    live
        Whether it is not known to be over: it counts for limits, and stands in the way of others.
    review
        Why a person must look, or None.
    detail
        What was said last: of a failure, an abandonment, a review.
    claim_id, claim
        The newest claim that counts; None where none can be read.
    gate
        The id of the newest gate of that claim, or None.
    looked_up
        Whether a run may exist whose id is not known, so that every pass looks for it.
    used
        Whether a gate was passed and the call may have been made: its plan item is used up.
    wms_says
        The WMS's own word for the state.
    outcome
        Of the run, where it is known.
    since
        The time of the event that led to the state.
    restarts
        How many restarts passed their gate.
    decisions
        Ids of the decisions that its events name.
    numbers
        The highest number among its events.
    claimed_at
        The time of the claim, or empty.
    transient
        With ``prepare_failed``: whether trying again may help without an edit.
    former_run_id
        Of the run that a restart takes up; None where the newest claim that counts is no restart.
    reopened
        When the run had ended, where it is seen running again since; else empty.
    begun_at
        The time of its first claim, which a restart does not alter; or empty.
    mark
        What that gate says of the run as it was before a restart (`Submitting.former`); or empty.
    gated_at
        The time of that gate; empty where there is none, or its event is not there.
    retiring
        Whether the removal of its outputs was begun, and its end is not recorded.
    runs_seen
        Where its events name other runs than ``run_id``: all of them, each as it was seen last.
    measured
        When it was recorded what its quanta took, since the run ended last; or empty.
    core_seconds
        What they took together: wall time, one core each. It is 0 where nothing was recorded.
    diagnosed
        What was told of its failed jobs since the run ended last; the causes are in the outcome's failures.
    signalled
        What its jobs said of themselves, recorded since the run ended last.
    """

    step: str
    group: str
    name: str
    state: WorkflowState
    live: bool
    review: Reason | None = None
    detail: str = ""
    claim_id: str = ""
    claim: Claimed | None = None
    gate: str | None = None
    run_id: str | None = None
    looked_up: bool = False
    used: bool = False
    wms_says: str = ""
    outcome: Outcome | None = None
    since: str = ""
    restarts: int = 0
    decisions: frozenset[str] = frozenset()
    numbers: int = 0
    claimed_at: str = ""
    transient: bool = False
    former_run_id: str | None = None
    reopened: str = ""
    begun_at: str = ""
    mark: str = ""
    gated_at: str = ""
    retiring: bool = False
    runs_seen: tuple[tuple[str, WorkflowState], ...] = ()
    measured: str = ""
    core_seconds: int = 0
    diagnosed: Diagnosed | None = None
    signalled: Signalled | None = None

    @property
    def runs(self) -> tuple[str, ...]:
        """All runs that its events name."""
        if self.runs_seen:
            return tuple(run for run, _ in self.runs_seen)
        return () if self.run_id is None else (self.run_id,)

    def run_states(self) -> tuple[tuple[str, WorkflowState], ...]:
        """Return all runs that its events name, each as it was seen last."""
        return self.runs_seen or (() if self.run_id is None else ((self.run_id, self.state),))

    def __str__(self) -> str:
        return f"{self.step}/{self.group}@{self.name}"


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """What the ledger says of a group by itself, its covering rescues left out.

    Attributes
    ----------
    workflows
        In the order of their names.
    verdict
        ``accepted``, ``rejected`` or None, by the newest of such events; void once a later workflow is
        claimed.
    judged
        The workflows that the verdict names.
    superseded
        Names of workflows that count no more.
    review
        Why a person must look at the group as such, or None.
    detail
        What was said with the review, or else with the verdict.
    decisions
        Ids of the decisions that events of the group, or of its workflows, name.
    alone
        The record as its own events give it, where a conflict with other groups added the review; else None.
    """

    step: str
    group: str
    workflows: tuple[Workflow, ...] = ()
    verdict: GroupState | None = None
    judged: tuple[str, ...] = ()
    superseded: frozenset[str] = frozenset()
    review: Reason | None = None
    detail: str = ""
    since: str = ""
    decisions: frozenset[str] = frozenset()
    alone: GroupRecord | None = None

    def workflow(self, name: str | None) -> Workflow | None:
        """Return a workflow by its name, or None."""
        return next((w for w in self.workflows if w.name == name), None)

    @property
    def counting(self) -> tuple[Workflow, ...]:
        """The workflows that are not superseded."""
        if not self.superseded:
            return self.workflows
        return tuple(w for w in self.workflows if w.name not in self.superseded)

    @property
    def live(self) -> tuple[Workflow, ...]:
        """The workflows that are not known to be over, superseded or not."""
        return tuple(w for w in self.workflows if w.live)


@dataclass(frozen=True, slots=True)
class TagRecord:
    """What the ledger says of a tagged collection.

    Attributes
    ----------
    declaration
        The digest of the declaration that it was last made as; empty: it was never made.
    count, datasets
        How many datasets it holds since, and the digest of their ids.
    begun
        The digest of the declaration as which a making was begun whose end is not recorded; or empty.
    """

    collection: str
    declaration: str = ""
    count: int = 0
    datasets: str = ""
    begun: str = ""

    def is_made(self, declaration: str) -> bool:
        """Tell whether it is as a declaration says, by its digest, and no making is unfinished."""
        return self.declaration == declaration and not self.begun


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What the ledger says of a step as such.

    Attributes
    ----------
    chained
        What its collection was last made of, ``<group>@<workflow>`` in order; None: it was never made.
    chaining
        Whether a making was begun and its end is not recorded.
    tags
        The tagged collections that were made, or begun, for it, in the order in which they were first begun.
    """

    step: str
    collection: str = ""
    chained: tuple[str, ...] | None = None
    chaining: bool = False
    retired: bool = False
    tags: tuple[TagRecord, ...] = ()

    def tag(self, collection: str) -> TagRecord:
        """Return what is known of a tagged collection; of one that is not known, that."""
        return next((tag for tag in self.tags if tag.collection == collection), TagRecord(collection))


@dataclass(frozen=True, slots=True)
class LedgerState:
    """All that the ledger of a campaign says.

    Attributes
    ----------
    groups
        By step and group.
    covering
        By step and first-pass group: the ids of rescue groups whose claims cover it.
    faults
        Files that could not be read.
    approvals
        Who approved what.
    """

    groups: Mapping[tuple[str, str], GroupRecord] = field(default_factory=dict)
    steps: Mapping[str, StepRecord] = field(default_factory=dict)
    covering: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    faults: tuple[Unreadable, ...] = ()
    approvals: Approvals = NO_APPROVALS

    def workflows(self) -> Iterator[Workflow]:
        """Return all workflows of all groups."""
        for record in self.groups.values():
            yield from record.workflows

    def workflow(self, step: str, group: str | None, name: str | None) -> Workflow | None:
        """Return a workflow by its names, or None."""
        record = self.groups.get((step, group or ""))
        return None if record is None else record.workflow(name)


NOTHING = LedgerState()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a group stands, by the ledger, the spec and the decisions together.

    Attributes
    ----------
    reason, detail
        Why; ``detail`` names what is meant (the group waited for, the limit, the number of failures).
    next
        The command that a person may type to go on, or empty.
    workflow
        The workflow that the state speaks of, ``<group>@<name>``, its own or a covering one; or empty.
    blocked
        Whether it waits for a person although its own state is not ``review``.
    outcome
        Folded over its own and covering workflows.
    """

    step: str
    group: str
    state: GroupState
    reason: Reason
    detail: str = ""
    next: str = ""
    workflow: str = ""
    since: str = ""
    stale_since: str = ""
    blocked: bool = False
    outcome: Outcome | None = None
