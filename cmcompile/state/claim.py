"""One claim: what its events say together.

A claim has at most one gate and one run. Where its events say more than that, all of it is kept: each gate
and each run that is not known to be over holds the claim open.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from cmcompile.model.diagnosed import Diagnosed
from cmcompile.model.event import (
    Abandoned,
    Cancelling,
    Claimed,
    Draft,
    NotCalled,
    Observed,
    Prepared,
    PrepareFailed,
    Retired,
    Retiring,
    Reviewed,
    Submitted,
    Submitting,
    Unknown,
)
from cmcompile.model.outcome import Outcome
from cmcompile.model.reason import Reason
from cmcompile.model.signal import Signalled
from cmcompile.model.states import WorkflowState
from cmcompile.model.usage import Measured

#: How a run ends.
ENDED = frozenset(
    {WorkflowState.SUCCEEDED, WorkflowState.PARTIAL, WorkflowState.FAILED, WorkflowState.CANCELLED}
)
#: What a source may show. Any other word is of a run that is not known to be over.
SEEN = {state.value: state for state in (*ENDED, WorkflowState.RUNNING, WorkflowState.HELD)}
REASONS = {reason.value: reason for reason in Reason}
#: Recorded reviews that are about a run that may be live; the others are about one that is over.
MAY_LIVE = frozenset(
    {Reason.TWO_GATES, Reason.TWO_RUNS, Reason.TWO_LIVE, Reason.GATE_ABANDONED_AS_CLAIM, Reason.UNREADABLE}
    | {Reason.REOPENED, Reason.FOREIGN_RUN, Reason.RESTART_UNSEEN}
)
#: Recorded reviews that say that no run was found: nothing is left of them once one is.
NO_RUN = frozenset({Reason.OUTCOME_UNKNOWN, Reason.NOT_FOUND})


class ClaimRecord:
    """What the events of one claim said so far, given in order.

    Attributes
    ----------
    runs
        The last state of each run, by id; an empty id where it was seen and not named.
    gates
        Its gates by id, oldest first, with their times and marks (`Submitting.former`), both empty where the
        gate is only spoken of; closed are those of which a person, or the one who passed it, said that no run
        is to be expected.
    at
        When each state was entered last, by its value.
    progress
        Whether it has events that make it a claim; a review alone, or a removal, does not.
    later
        What was told since its run ended last, by class: no state rests on it.
    retiring
        Whether a removal was ever begun; that of another claim's event may have ended it.
    """

    __slots__ = (
        "at",
        "before_gate",
        "cancelling",
        "claimed",
        "closed",
        "ended_at",
        "gates",
        "given_up",
        "id",
        "implied",
        "later",
        "not_called",
        "outcome",
        "progress",
        "reopened",
        "retired",
        "retiring",
        "reviewed",
        "runs",
        "said",
        "tied",
        "transient",
        "unsure",
        "wms_says",
    )

    def __init__(self, claim_id: str) -> None:
        self.id = claim_id
        self.claimed: Claimed | None = None
        self.progress = False
        self.before_gate = WorkflowState.CLAIMED
        self.given_up = False
        self.gates: dict[str, tuple[str, str]] = {}
        self.implied: list[str] = []
        self.closed: set[str] | None = None
        self.not_called: set[str] | None = None
        self.unsure = False
        self.runs: dict[str, WorkflowState] = {}
        self.tied: set[str] | None = None
        self.cancelling = self.retired = self.retiring = False
        self.reviewed: Reason | None = None
        self.at: dict[str, str] = {}
        self.said = self.wms_says = ""
        self.outcome: Outcome | None = None
        self.reopened = ""
        self.ended_at = ""
        self.transient = False
        self.later: dict[type, Draft] = {}

    def add(self, draft: Draft) -> None:
        """Take the next event; one of a kind that is not about a workflow says nothing."""
        step = _STEPS.get(type(draft.body))
        if step is not None:
            self.progress = self.progress or type(draft.body) not in _NO_CLAIM
            step(self, draft, draft.body)

    def finish(self) -> None:
        """Draw what follows from all events: a gate that is only spoken of was passed."""
        seen = bool(self.gates)
        for gate in self.implied:
            if gate not in self.gates and (not seen or (self.tied is not None and gate in self.tied)):
                self.gates[gate] = "", ""

    @property
    def gate(self) -> str | None:
        """The newest of its gates after which a run may exist that is not known, else of all."""
        gates = self.gates
        if len(gates) < 2:
            return next(iter(gates), None)
        return (self.open_gates or list(gates))[-1]

    @property
    def open_gates(self) -> list[str]:
        """The gates after which a run may exist that is not known."""
        gates = self.gates
        if not gates or (len(gates) == 1 and self.runs):
            return []
        return [
            gate
            for gate in gates
            if not (self.closed and gate in self.closed)
            and not (self.not_called and gate in self.not_called)
            and not (self.tied and gate in self.tied)
        ]

    @property
    def named_runs(self) -> list[str]:
        """The ids of its runs, newest last."""
        return [run for run in self.runs if run]

    @property
    def never_called(self) -> bool:
        """Whether each of its gates was given back before the word, or none was passed."""
        if self.runs:
            return False
        return not self.gates or (self.not_called is not None and self.not_called.issuperset(self.gates))

    @property
    def nothing_came(self) -> bool:
        """Whether it is over and left nothing behind."""
        if not self.never_called:
            return False
        return bool(self.gates) or self.given_up or self.before_gate is WorkflowState.PREPARE_FAILED

    @property
    def may_run_unnamed(self) -> bool:
        """Whether a run may exist whose id is not known, given up by a person or not."""
        return bool(self.open_gates) or (not self.named_runs and not self.never_called)

    @property
    def review(self) -> Reason | None:
        """Why a person must look."""
        runs = self.runs
        if len(runs) > 1 and len(self.named_runs) > 1:
            return Reason.TWO_RUNS
        if (self.gates and not runs) or len(self.gates) > 1:
            open_gates = self.open_gates
            if len(self.gates) > 1 and (open_gates or runs):
                return Reason.TWO_GATES
            if self.given_up and open_gates and not runs:
                return Reason.GATE_ABANDONED_AS_CLAIM
            if not open_gates and self.reviewed in NO_RUN:
                return None
        if runs and self.reviewed in NO_RUN:
            return None
        return self.reviewed

    @property
    def detail(self) -> str:
        """What was said last, or what contradicts itself."""
        if len(self.runs) > 1 or len(self.gates) > 1:
            review = self.review
            if review is Reason.TWO_RUNS:
                return f"runs {', '.join(self.named_runs)}"
            if review is Reason.TWO_GATES:
                return f"gates {', '.join(self.gates)}"
        return self.said

    def live(self, told: Container[str] = ()) -> bool:
        """Tell whether it is not known to be over.

        Parameters
        ----------
        told
            Runs of which a later claim tells.
        """
        if self.runs:
            if self.cancelling and not all(run in told for run in self.runs):
                return True
            for run, state in self.runs.items():
                if state not in ENDED and run not in told:
                    return True
        elif not self.gates and not self.nothing_came:
            return True
        return bool(self.open_gates) or (bool(self.runs) and self.reviewed in MAY_LIVE)

    @property
    def state(self) -> WorkflowState:
        """Where it stands."""
        if self.runs:
            return self._state_of_runs()
        if self.gates:
            if not self.open_gates:
                return self._retired_or(WorkflowState.ABANDONED)
            doubt = self.unsure or self.given_up or self.reviewed is not None or len(self.gates) > 1
            return WorkflowState.UNKNOWN if doubt else WorkflowState.SUBMITTING
        if self.given_up:
            return self._retired_or(WorkflowState.ABANDONED)
        if self.before_gate is WorkflowState.PREPARE_FAILED:
            return self._retired_or(WorkflowState.PREPARE_FAILED)
        return self.before_gate

    def _state_of_runs(self) -> WorkflowState:
        if self.cancelling:
            return WorkflowState.CANCELLING
        for last in reversed(self.runs.values()):
            if last not in ENDED:
                return last
        last = next(reversed(self.runs.values()))
        if not self.retired and len(self.gates) < 2:
            return last
        if self.open_gates:
            return WorkflowState.UNKNOWN
        return last if self.live() else self._retired_or(last)

    def _retired_or(self, state: WorkflowState) -> WorkflowState:
        return WorkflowState.RETIRED if self.retired else state

    # What each kind of event adds.

    def _claimed(self, draft: Draft, body: Claimed) -> None:
        if self.claimed is None:
            self.claimed = body
        self.at.setdefault("claimed", draft.at)

    def _prepared(self, draft: Draft, body: Prepared) -> None:
        self.before_gate = WorkflowState.PREPARING
        self.at["preparing"] = draft.at

    def _prepare_failed(self, draft: Draft, body: PrepareFailed) -> None:
        self.before_gate = WorkflowState.PREPARE_FAILED
        self.at["prepare_failed"] = draft.at
        self.transient = body.transient
        self.said = body.message

    def _submitting(self, draft: Draft, body: Submitting) -> None:
        if draft.id not in self.gates:
            self.gates[draft.id] = draft.at, body.former
        self.at["submitting"] = draft.at

    def _not_called(self, draft: Draft, body: NotCalled) -> None:
        self.not_called = {body.gate} | (self.not_called or set())
        if self.gates and body.gate not in self.gates:
            return
        self.implied.append(body.gate)
        self._free(draft.at)

    def _abandoned(self, draft: Draft, body: Abandoned) -> None:
        if body.gate is None:
            self.given_up = True
            self.at.setdefault("unknown", draft.at)
        else:
            self.closed = {body.gate} | (self.closed or set())
            if self.gates and body.gate not in self.gates:
                return
            self.implied.append(body.gate)
        self._free(draft.at)
        self.said = body.why

    def _unknown(self, draft: Draft, body: Unknown) -> None:
        self.unsure = True
        self.implied.append(body.gate)
        self.at.setdefault("unknown", draft.at)
        self.said = body.why

    def _submitted(self, draft: Draft, body: Submitted) -> None:
        if body.gate is not None:
            self.tied = {body.gate} | (self.tied or set())
            if body.gate not in self.gates:
                self.implied.append(body.gate)
        if body.run_id not in self.runs:
            if not self._name(body.run_id):
                self.runs[body.run_id] = WorkflowState.SUBMITTED
                self.retired = False
            self.at["submitted"] = draft.at
            self.reviewed = None
            self.said = ""

    def _observed(self, draft: Draft, body: Observed) -> None:
        run = body.run_id
        runs = self.runs
        if run not in runs:
            if run:
                self._name(run)
            elif len(runs) == 1:
                run = next(iter(runs))
        state = SEEN.get(body.state, WorkflowState.RUNNING)
        former = runs.get(run)
        runs[run] = state
        self.wms_says = body.wms_state
        if state is not former:
            self.at[state.value] = draft.at
            self.outcome = None
            self.later = {}
        if former is None or state not in ENDED:
            self.retired = False
        if state in ENDED:
            self.reopened = ""
            self.ended_at = draft.at
            if body.outcome is not None:
                self.outcome = body.outcome
        elif former in ENDED:
            self.reopened = self.ended_at
        self.cancelling = False
        self.reviewed = None
        self.said = ""

    def _told(self, draft: Draft, body: Measured | Diagnosed | Signalled) -> None:
        self.later[type(body)] = draft

    def _reviewed(self, draft: Draft, body: Reviewed) -> None:
        self.reviewed = REASONS.get(body.reason, Reason.REVIEW_ASKED)
        self.said = body.why
        self.at.setdefault("unknown", draft.at)

    def _cancelling(self, draft: Draft, body: Cancelling) -> None:
        self.cancelling = True
        self.at["cancelling"] = draft.at

    def _retiring(self, draft: Draft, body: Retiring) -> None:
        self.retiring = True

    def _retired(self, draft: Draft, body: Retired) -> None:
        self.retired = True
        self.at["retired"] = draft.at
        self.said = body.why

    def _name(self, run: str) -> bool:
        """Give a run that was seen without its id the first id that is told."""
        if len(self.runs) != 1 or "" not in self.runs:
            return False
        self.runs[run] = self.runs.pop("")
        return True

    def _free(self, at: str) -> None:
        self.at["abandoned"] = at
        self.reviewed = None
        self.said = ""


_STEPS: dict[type, Callable[[ClaimRecord, Draft, Any], None]] = {
    Claimed: ClaimRecord._claimed,
    Prepared: ClaimRecord._prepared,
    PrepareFailed: ClaimRecord._prepare_failed,
    Submitting: ClaimRecord._submitting,
    NotCalled: ClaimRecord._not_called,
    Abandoned: ClaimRecord._abandoned,
    Unknown: ClaimRecord._unknown,
    Submitted: ClaimRecord._submitted,
    Observed: ClaimRecord._observed,
    **dict.fromkeys((Measured, Diagnosed, Signalled), ClaimRecord._told),
    Reviewed: ClaimRecord._reviewed,
    Cancelling: ClaimRecord._cancelling,
    Retiring: ClaimRecord._retiring,
    Retired: ClaimRecord._retired,
}
#: Kinds that alone are no claim.
_NO_CLAIM = frozenset({Measured, Diagnosed, Signalled, Reviewed, Cancelling, Retiring, Retired})
