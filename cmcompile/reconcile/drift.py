"""Drift: what is not as the ledger and the spec say, told apart from ordinary progress."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.butler import Butler
from cmcompile.model.drift import Drift, DriftKind
from cmcompile.model.event import Subject
from cmcompile.model.plan import Action, Plan
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, LedgerState, WorkflowState
from cmcompile.model.wms import NoAnswer, Wms
from cmcompile.reconcile.foreign import foreign_runs
from cmcompile.reconcile.observe import Observation, workflows


def drift_of_runs(observation: Observation, state: LedgerState, wms: Wms) -> Iterator[Drift]:
    """Return what runs show that nobody here brought about, by the state before it is recorded."""
    for found in foreign_runs(observation, state):
        command = wms.cancel_command(found.where, found.run.run_id)
        detail = f"run {found.run.run_id} ({found.run.name}) is {found.run.state}"
        yield Drift(DriftKind.FOREIGN_RUN, Subject(found.step, found.group), detail, command)
    for workflow in workflows(state):
        if workflow.run_id is None or workflow.claim is None or workflow.claim.wms not in observation.runs:
            continue
        subject = Subject(workflow.step, workflow.group, workflow.name)
        run = observation.run(workflow, workflow.run_id)
        if run is None:
            if workflow.state is not WorkflowState.RETIRED:
                yield Drift(DriftKind.GONE, subject, f"run {workflow.run_id}")
        elif run.state == "cancelled" and workflow.live and workflow.state is not WorkflowState.CANCELLING:
            yield Drift(DriftKind.CANCELLED_OUTSIDE, subject, f"run {workflow.run_id} is {run.wms_state}")
        elif workflow.reopened:
            command = wms.cancel_command(workflow.claim.wms, workflow.run_id)
            detail = f"run {workflow.run_id} had ended at {workflow.reopened}"
            yield Drift(DriftKind.REOPENED, subject, detail, command)


def drift_of_outputs(butler: Butler, state: LedgerState) -> Iterator[Drift]:
    """Return the accepted groups whose outputs are not in the Butler, where it answers."""
    runs: dict[str, Subject] = {}
    for record in state.groups.values():
        if record.verdict is not GroupState.ACCEPTED:
            continue
        for workflow in record.workflows:
            named = f"{record.group}@{workflow.name}" in record.judged or workflow.name in record.judged
            made = workflow.state in (WorkflowState.SUCCEEDED, WorkflowState.PARTIAL)
            if named and made and workflow.claim is not None:
                runs[workflow.claim.output_run] = Subject(record.step, record.group, workflow.name)
    missing = butler.missing(tuple(runs)) if runs else frozenset[str]()
    if isinstance(missing, NoAnswer):
        return
    for run in runs:
        if run in missing:
            yield Drift(DriftKind.OUTPUTS_GONE, runs[run], run)


def drift_of_plan(plan: Plan) -> Iterator[Drift]:
    """Return the groups whose spec is not what ran."""
    for item in plan.items():
        if item.action is Action.REFUSE and item.reason in (Reason.SENT_CHANGED, Reason.SENT_GONE):
            yield Drift(DriftKind.CONFIG_DIFFERS, item.subject, item.detail, item.next)
