"""From what was observed to events: what the ledger does not say yet, on the tip that is written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from cmcompile.apply.outside import Sources
from cmcompile.model.event import Abandoned, Body, Draft, Observed, Reviewed, Subject, Submitted, WmsRef
from cmcompile.model.ids import natural
from cmcompile.model.reason import Reason
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import GroupRecord, LedgerState, Workflow, WorkflowState
from cmcompile.model.transaction import Proposal, Sight, Stop
from cmcompile.model.wms import RunSeen
from cmcompile.reconcile.foreign import Foreign, foreign_runs
from cmcompile.reconcile.observe import Observation
from cmcompile.state.claim import ENDED, SEEN
from cmcompile.state.moves import may_append

_BEFORE_GATE = frozenset({WorkflowState.CLAIMED, WorkflowState.PREPARING})
_ENDS = frozenset(state.value for state in ENDED)
#: So many unknown runs of a group are named.
_NAMED = 10
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
    _by_name: Mapping[tuple[WmsRef, str], Sequence[RunSeen]] = field(default_factory=dict, init=False)

    def judge(self, sight: Sight) -> Proposal | Stop:
        """Return what is to be recorded on a tip."""
        drafts = tuple(self.drafts(sight.state))
        if not drafts:
            return Stop("nothing new was seen")
        kinds = ", ".join(sorted({draft.kind.replace("_", " ") for draft in drafts}))
        return Proposal(drafts, message=f"seen: {kinds} ({len(drafts)})")

    def drafts(self, state: LedgerState) -> Iterator[Draft]:
        """Return the events that the ledger lacks."""
        known = {run for w in state.workflows() for run in w.runs}
        self._by_name = self.observation.by_name()
        for record in state.groups.values():
            for workflow in record.workflows:
                if self.observation.asked.get(str(workflow)) == workflow.numbers:
                    yield from self._of_workflow(workflow, record, known)
        yield from self._foreign(foreign_runs(self.observation, state), state)

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
        elif self._is_past(workflow.claimed_at, self.patience.prepare):
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
        for run in self._by_name.get((claim.wms, claim.run_name), ()):
            if run.run_id not in known:
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
        if not self._is_past(workflow.gated_at or workflow.since, self._settling(claim.wms)):
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
            if self.observation.untaken(workflow, run):
                yield from self._untouched(workflow)
            elif self._is_news(workflow, run, last):
                outcome = self.observation.outcomes.get(run_id) if run.state in _ENDS else None
                says = self.sources.desk.clean(run.wms_state)
                yield self._draft(workflow, Observed(run.state, says, run_id, outcome))

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
        lacks = ended and workflow.outcome is None and run.run_id in self.observation.outcomes
        return seen is not last or (lacks and run.run_id == workflow.run_id)

    def _untouched(self, workflow: Workflow) -> Iterator[Draft]:
        claim = workflow.claim
        if claim is None or workflow.review is not None:
            return
        if self._is_past(workflow.gated_at or workflow.since, self._settling(claim.wms)):
            why = f"run {workflow.run_id} shows no change since the gate at {workflow.gated_at}"
            yield self._draft(workflow, Reviewed(Reason.RESTART_UNSEEN.value, why))

    # Runs that nobody here started.

    def _foreign(self, found: Iterable[Foreign], state: LedgerState) -> Iterator[Draft]:
        """Ask a person about the groups whose names are borne by runs that nobody here started."""
        groups: dict[tuple[str, str], list[Foreign]] = {}
        for one in found:
            groups.setdefault((one.step, one.group), []).append(one)
        for key, some in groups.items():
            record = state.groups.get(key)
            # What can't be read may be that very review: a person looks at it anyway.
            if record is None or record.review is Reason.UNREADABLE:
                continue
            some.sort(key=lambda one: natural(one.run.run_id))
            told = record.detail if record.review is Reason.FOREIGN_RUN else ""
            # One review names all of them: with one for each, the newest would hide the others for ever.
            counted = len(some) <= _NAMED or " more are " in told
            if not (counted and all(f"{self._run(one)} " in told for one in some[:_NAMED])):
                yield self.sources.desk.draft(
                    Subject(*key), Reviewed(Reason.FOREIGN_RUN.value, self._why(some))
                )

    def _run(self, one: Foreign) -> str:
        return self.sources.desk.clean(f"run {one.run.run_id}")

    def _why(self, some: Sequence[Foreign]) -> str:
        """Say which runs are there, in few words, with the command that ends the first."""
        first, more = some[0], len(some) - _NAMED
        names = " and ".join(map(self._run, some[:_NAMED])) + (f" and {more} more" if more > 0 else "")
        are = "" if len(some) == 1 else " are not known; the first"
        command = self.sources.wms.cancel_command(first.where, first.run.run_id)
        why = f"{names}{are} ({first.run.name}) is {first.run.state}; to end it: {command}"
        return self.sources.desk.clean(why)

    # Time.

    def _is_past(self, at: str, limit: timedelta) -> bool:
        """Tell whether something is older than a limit.

        What is far in the future was written by a clock that is wrong, or said nothing: who waits for that
        waits for ever.
        """
        try:
            age = self.sources.desk.clock.now() - moment_of(at)
        except ValueError:
            return True
        return age > limit or -age > max(limit, self.patience.prepare)

    def _settling(self, where: WmsRef) -> timedelta:
        return timedelta(seconds=self.sources.wms.settling(where))
