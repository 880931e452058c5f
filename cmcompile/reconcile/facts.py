"""From what was observed to events: what the ledger does not say yet, on the tip that is written to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cmcompile.apply.outside import Sources
from cmcompile.model.event import Abandoned, Body, Draft, Observed, Reviewed, Subject, Submitted, WmsRef
from cmcompile.model.reason import Reason
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import GroupRecord, LedgerState, Workflow, WorkflowState
from cmcompile.model.transaction import Proposal, Sight, Stop
from cmcompile.model.wms import RunSeen
from cmcompile.reconcile.foreign import Foreign, foreign_runs
from cmcompile.reconcile.observe import Observation, workflows
from cmcompile.state.claim import ENDED, SEEN
from cmcompile.state.moves import may_append

_BEFORE_GATE = frozenset({WorkflowState.CLAIMED, WorkflowState.PREPARING})
_ENDS = frozenset(state.value for state in ENDED)
#: A restart was replied to, and no change of its run was seen since; it may be asked to end before there is one.
_REPLIED = frozenset({WorkflowState.SUBMITTED, WorkflowState.CANCELLING})
_WAITS_FOR_REPLY = frozenset({WorkflowState.SUBMITTING, WorkflowState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited before others, or a person, are asked to go on; nothing is safer for it.

    Attributes
    ----------
    prepare
        The age of a claim without a gate after which it is given up although its process may live.
    """

    prepare: timedelta = timedelta(hours=3)


@dataclass(slots=True)
class Facts:
    """Judges an observation against the ledger; what others wrote about meanwhile waits for the next pass."""

    sources: Sources
    observation: Observation
    patience: Patience = field(default_factory=Patience)

    def judge(self, sight: Sight) -> Proposal | Stop:
        """Return what is to be recorded on a tip."""
        drafts = tuple(self.drafts(sight.state))
        if not drafts:
            return Stop("nothing new was seen")
        kinds = ", ".join(sorted({draft.kind.replace("_", " ") for draft in drafts}))
        return Proposal(drafts, message=f"seen: {kinds} ({len(drafts)})")

    def drafts(self, state: LedgerState) -> Iterator[Draft]:
        """Return the events that the ledger lacks."""
        known = {run for w in workflows(state) for run in w.runs}
        for record in state.groups.values():
            for workflow in record.workflows:
                if self.observation.asked.get(str(workflow)) == workflow.numbers:
                    yield from self._of_workflow(workflow, record, known)
        for found in foreign_runs(self.observation, state):
            yield from self._foreign(found, state)

    def _of_workflow(self, workflow: Workflow, record: GroupRecord, known: set[str]) -> Iterator[Draft]:
        if workflow.claim is None:
            yield from self._unclaimed(workflow)
            return
        if workflow.state in _BEFORE_GATE and workflow.gate is None:
            yield from self._dead(workflow)
            return
        named = list(self._named(workflow, known))
        yield from (self._draft(w, body) for w, body in named)
        if named:
            return
        if workflow.run_id is None or workflow.looked_up:
            yield from self._absent(workflow, record)
        if workflow.run_id is not None:
            yield from self._seen(workflow)

    def _draft(self, workflow: Workflow, body: Body) -> Draft:
        subject = Subject(workflow.step, workflow.group, workflow.name)
        return self.sources.desk.draft(subject, body, workflow.claim_id)

    # A claim that was left.

    def _dead(self, workflow: Workflow) -> Iterator[Draft]:
        """Give a claim up whose process is gone, or that is too old: it has no gate."""
        if workflow.claim is None or not workflow.live:
            return
        process, desk = workflow.claim.process, self.sources.desk
        why = ""
        if desk.host.alive(process) is False:
            why = f"its process {process.pid} on {process.host} is gone"
        elif self._age(workflow.claimed_at) > self.patience.prepare:
            why = f"it was claimed at {workflow.claimed_at} and has not passed its gate since"
        if why and may_append(workflow, "abandoned") is None:
            yield self._draft(workflow, Abandoned(None, why))

    def _unclaimed(self, workflow: Workflow) -> Iterator[Draft]:
        """Ask a person about a run whose claim is not there: nobody knows which system to ask for it."""
        if workflow.live and workflow.review is None:
            why = "its claim is not in the ledger, so nobody can ask for its run: was the ledger set back?"
            yield self._draft(workflow, Reviewed(Reason.REVIEW_ASKED.value, why))

    # A gate without a known run.

    def _named(self, workflow: Workflow, known: set[str]) -> Iterator[tuple[Workflow, Body]]:
        """Return the runs that a gated claim started and that the ledger does not have yet."""
        claim, former = workflow.claim, workflow.former_run_id
        if claim is None or workflow.gate is None or claim.adopted:
            return
        if claim.restart and former is not None and workflow.looked_up:
            run = self.observation.run(workflow, former)
            # Found by its name it proves nothing: it was there before. Only a change tells.
            if run is not None and run.changed != workflow.mark:
                yield workflow, Submitted(former, workflow.gate, recovered=True)
        for run in self.observation.runs.get(claim.wms, {}).values():
            if run.name == claim.run_name and run.run_id not in known:
                known.add(run.run_id)
                yield workflow, Submitted(run.run_id, workflow.gate, recovered=True)

    def _absent(self, workflow: Workflow, record: GroupRecord) -> Iterator[Draft]:
        """Ask a person about a gate of which no run shows, once it should have."""
        claim, gate = workflow.claim, workflow.gate
        if claim is None or gate is None or workflow.review is not None:
            return
        if workflow.state not in _WAITS_FOR_REPLY or not self.observation.complete(
            workflow, record.workflows
        ):
            return
        if self.sources.desk.host.alive(claim.process) and workflow.state is WorkflowState.SUBMITTING:
            return  # the reply is still waited for
        if self._age(workflow.gated_at or workflow.since) <= self._settling(claim.wms):
            return
        restart = claim.restart and workflow.former_run_id is not None
        reason = Reason.RESTART_UNSEEN if restart else Reason.NOT_FOUND
        where = claim.wms.service.rpartition(".")[2]
        why = (
            f"{where} shows no change of run {workflow.former_run_id} since the gate at {workflow.gated_at}"
            if restart
            else f"{where} shows no run {claim.run_name} since the gate at {workflow.gated_at}"
        )
        yield self._draft(workflow, Reviewed(reason.value, why))

    # A run that is known.

    def _seen(self, workflow: Workflow) -> Iterator[Draft]:
        if may_append(workflow, "observed") is not None:
            return
        for run_id, last in workflow.run_states():
            run = self.observation.run(workflow, run_id)
            if run is None:
                continue
            if self._not_taken_up(workflow, run):
                yield from self._untouched(workflow)
            elif self._is_news(workflow, run, last):
                outcome = self.observation.outcomes.get(run_id) if run.state in _ENDS else None
                yield self._draft(workflow, Observed(run.state, run.wms_state, run_id, outcome))

    def _is_news(self, workflow: Workflow, run: RunSeen, last: WorkflowState) -> bool:
        """Tell whether the ledger does not have a run as it is shown."""
        seen, state = SEEN.get(run.state), workflow.state
        ended = seen in ENDED
        # What is asked to end goes on until it has; outputs that were removed stay removed.
        if seen is None or (state is WorkflowState.CANCELLING and not ended):
            return False
        if state is WorkflowState.RETIRED:
            return not ended
        if workflow.review in (Reason.REOPENED, Reason.RESTART_UNSEEN) and ended:
            return True
        lacks = workflow.outcome is None and run.run_id in self.observation.outcomes
        return seen is not last or (lacks and run.run_id == workflow.run_id)

    def _not_taken_up(self, workflow: Workflow, run: RunSeen) -> bool:
        """Tell whether a restart was replied to, and the run is still as it was before its gate."""
        claim = workflow.claim
        restarted = claim is not None and claim.restart and workflow.state in _REPLIED
        return restarted and run.run_id == workflow.former_run_id and run.changed == workflow.mark

    def _untouched(self, workflow: Workflow) -> Iterator[Draft]:
        claim = workflow.claim
        if claim is None or workflow.review is not None:
            return
        if self._age(workflow.gated_at or workflow.since) > self._settling(claim.wms):
            why = f"run {workflow.run_id} shows no change since the gate at {workflow.gated_at}"
            yield self._draft(workflow, Reviewed(Reason.RESTART_UNSEEN.value, why))

    # Runs that nobody here started.

    def _foreign(self, found: Foreign, state: LedgerState) -> Iterator[Draft]:
        record = state.groups.get((found.step, found.group))
        told = f"run {found.run.run_id} ("
        if record is None or (record.review is Reason.FOREIGN_RUN and told in record.detail):
            return
        command = self.sources.wms.cancel_command(found.where, found.run.run_id)
        why = f"{told}{found.run.name}) is {found.run.state}; to end it: {command}"
        subject = Subject(found.step, found.group)
        yield self.sources.desk.draft(subject, Reviewed(Reason.FOREIGN_RUN.value, why))

    # Time.

    def _age(self, at: str) -> timedelta:
        return self.sources.desk.clock.now() - _moment(at, self.sources.desk.clock.now())

    def _settling(self, where: WmsRef) -> timedelta:
        return timedelta(seconds=self.sources.wms.settling(where))


def _moment(at: str, otherwise: datetime) -> datetime:
    try:
        return moment_of(at)
    except ValueError:
        return otherwise
