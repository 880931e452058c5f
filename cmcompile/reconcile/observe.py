"""What the workload systems show of a campaign's runs now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cmcompile.model.event import WmsRef
from cmcompile.model.outcome import Outcome
from cmcompile.model.states import LedgerState, Workflow, WorkflowState
from cmcompile.model.wms import NoAnswer, RunSeen, Wms, refreshed
from cmcompile.reconcile.wanted import wanted
from cmcompile.state.claim import ENDED, SEEN

#: A restart was replied to, and no change of its run was seen since; it may be asked to end before that.
_REPLIED = frozenset({WorkflowState.SUBMITTED, WorkflowState.CANCELLING})


@dataclass(frozen=True, slots=True)
class Observation:
    """What was asked, of which workflows, and what was answered.

    Attributes
    ----------
    asked
        The number of the newest event of each workflow when it was asked: what others write meanwhile makes
        the answer old.
    runs
        By workload system, by id. A system that did not answer is not here.
    silent
        Why a workload system did not answer.
    outcomes
        What became of the quanta, by run id, of runs that have ended.
    untold
        Why the Butler did not tell that, by workflow: of runs that ended with outputs, in groups that nobody
        has judged yet.
    unasked
        Ids of runs that were not asked for: they were over, and all is known of them.
    unclear
        Why nothing can be said of a run that a system shows, by system and id.
    """

    asked: Mapping[str, int]
    runs: Mapping[WmsRef, Mapping[str, RunSeen]]
    silent: Mapping[WmsRef, str]
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    untold: Mapping[str, str] = field(default_factory=dict)
    unasked: Mapping[WmsRef, frozenset[str]] = field(default_factory=dict)
    unclear: Mapping[WmsRef, Mapping[str, str]] = field(default_factory=dict)

    def run(self, workflow: Workflow, run_id: str) -> RunSeen | None:
        """Return a run of a workflow as it is shown, or None."""
        claim = workflow.claim
        found = None if claim is None else self.runs.get(claim.wms, {}).get(run_id)
        if claim is None or found is None:
            return None
        # Where a system lost what it knew, it may give an id out again: that is another run.
        is_own = found.name == claim.run_name or found.name.startswith(claim.prefix)
        return found if is_own else None

    def by_name(self) -> Mapping[tuple[WmsRef, str], Sequence[RunSeen]]:
        """Return all runs that are shown, by their systems and names."""
        found: dict[tuple[WmsRef, str], list[RunSeen]] = {}
        for where, runs in self.runs.items():
            for run in runs.values():
                found.setdefault((where, run.name), []).append(run)
        return found

    def unheard(self, workflow: Workflow) -> bool:
        """Tell whether the system of a workflow did not answer."""
        return workflow.claim is not None and workflow.claim.wms in self.silent

    def is_left(self, workflow: Workflow) -> bool:
        """Tell whether nothing follows from it that the run of a workflow is not here."""
        if workflow.claim is None or workflow.run_id is None:
            return False
        where, run = workflow.claim.wms, workflow.run_id
        return run in self.unasked.get(where, ()) or run in self.unclear.get(where, ())

    def untaken(self, workflow: Workflow, run: RunSeen) -> bool:
        """Tell whether a restart was replied to, and its run is still as it was before the gate."""
        claim = workflow.claim
        restarted = claim is not None and claim.restart and workflow.state in _REPLIED
        return restarted and run.run_id == workflow.former_run_id and run.changed == workflow.mark

    def complete(self, workflow: Workflow, others: tuple[Workflow, ...]) -> bool:
        """Tell whether the answer about a workflow can be trusted as far as that it shows what is known.

        Parameters
        ----------
        others
            All workflows of the same group.
        """
        claim = workflow.claim
        if claim is None or claim.wms not in self.runs:
            return False
        shown = self.runs[claim.wms]
        return all(
            w.run_id in shown
            for w in others
            if w.run_id and w.state is not WorkflowState.RETIRED and w.claim and w.claim.wms == claim.wms
        )


def observe(wms: Wms, state: LedgerState) -> Observation:
    """Ask for the runs of a campaign, each system in the cheapest way that it has."""
    runs: dict[WmsRef, Mapping[str, RunSeen]] = {}
    silent: dict[WmsRef, str] = {}
    unasked: dict[WmsRef, frozenset[str]] = {}
    unclear: dict[WmsRef, Mapping[str, str]] = {}
    for where, some in wanted(state).items():
        answer = refreshed(wms, where, some)
        if isinstance(answer, NoAnswer):
            silent[where] = answer.why
            continue
        runs[where], unasked[where], unclear[where] = answer.runs, answer.left, answer.untold
    asked = {str(workflow): workflow.numbers for workflow in state.workflows()}
    return Observation(asked, runs, silent, unasked=unasked, unclear=unclear)


def newly_ended(observation: Observation, state: LedgerState) -> Iterator[tuple[Workflow, RunSeen]]:
    """Return the runs that have ended, of which the ledger does not have the end with its outcome yet."""
    for workflow in state.workflows():
        run = None if workflow.run_id is None else observation.run(workflow, workflow.run_id)
        seen = None if run is None else SEEN.get(run.state)
        if run is None or seen not in ENDED:
            continue
        # Outputs that were removed are asked for no more.
        if workflow.state is not WorkflowState.RETIRED and (
            workflow.state is not seen or workflow.outcome is None
        ):
            yield workflow, run
