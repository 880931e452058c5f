"""Drift: what is not as the ledger and the spec say, told apart from ordinary progress."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cmcompile.model.butler import Butler
from cmcompile.model.drift import Drift, DriftKind
from cmcompile.model.event import Subject
from cmcompile.model.plan import Action, Plan
from cmcompile.model.reason import Reason
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import GroupState, LedgerState, Workflow, WorkflowState
from cmcompile.model.wms import NoAnswer, Wms
from cmcompile.reconcile.foreign import foreign_runs
from cmcompile.reconcile.judged import judged_by
from cmcompile.reconcile.observe import Observation
from cmcompile.reconcile.present import Present
from cmcompile.state.claim import ENDED, SEEN


def drift_of_runs(
    observation: Observation, state: LedgerState, wms: Wms, now: datetime | None = None
) -> Iterator[Drift]:
    """Return what runs show that nobody here brought about, by the state before it is recorded.

    Parameters
    ----------
    now
        A run that was just taken may not be shown yet; None: all should be.
    """
    for found in foreign_runs(observation, state):
        command = wms.cancel_command(found.where, found.run.run_id)
        detail = f"run {found.run.run_id} ({found.run.name}) is {found.run.state}"
        yield Drift(DriftKind.FOREIGN_RUN, Subject(found.step, found.group), detail, command)
    for workflow in state.workflows():
        if workflow.run_id is None or workflow.claim is None or workflow.claim.wms not in observation.runs:
            continue
        subject = Subject(workflow.step, workflow.group, workflow.name)
        run = observation.run(workflow, workflow.run_id)
        if run is None:
            expected = workflow.state is not WorkflowState.RETIRED and not observation.is_left(workflow)
            if expected and not _is_new(workflow, wms, now):
                yield Drift(DriftKind.GONE, subject, f"run {workflow.run_id}")
        elif observation.untaken(workflow, run):
            continue  # as it was before its restart: that is no news
        elif run.state == "cancelled" and workflow.live and workflow.state is not WorkflowState.CANCELLING:
            yield Drift(DriftKind.CANCELLED_OUTSIDE, subject, f"run {workflow.run_id} is {run.wms_state}")
        elif workflow.reopened or (workflow.state in ENDED and SEEN.get(run.state) not in ENDED):
            command = wms.cancel_command(workflow.claim.wms, workflow.run_id)
            detail = f"run {workflow.run_id} had ended at {workflow.reopened or workflow.since}"
            yield Drift(DriftKind.REOPENED, subject, detail, command)


def _is_new(workflow: Workflow, wms: Wms, now: datetime | None) -> bool:
    """Tell whether a run was taken so lately that its system need not show it yet."""
    if now is None or workflow.claim is None or workflow.state is not WorkflowState.SUBMITTED:
        return False
    try:
        age = now - moment_of(workflow.since)
    except ValueError:
        return False
    return age <= timedelta(seconds=wms.settling(workflow.claim.wms))


def drift_of_outputs(butler: Butler, state: LedgerState, present: Present | None = None) -> Iterator[Drift]:
    """Return the accepted groups whose outputs are not in the Butler, where it answers.

    Parameters
    ----------
    present
        Knows which were seen lately: it is not asked when that is true of all. None: it is always asked.
    """
    runs: dict[str, Subject] = {}
    removed = {name for name, step in state.steps.items() if step.retired}
    for record in state.groups.values():
        if record.verdict is not GroupState.ACCEPTED or record.step in removed:
            continue
        for workflow in judged_by(record, state):
            made = workflow.state in (WorkflowState.SUCCEEDED, WorkflowState.PARTIAL)
            if made and not workflow.retiring and workflow.claim is not None:
                runs[workflow.claim.output_run] = Subject(record.step, workflow.group, workflow.name)
    if not runs or (present is not None and present.lately(runs)):
        return
    missing = butler.missing(tuple(runs))
    if isinstance(missing, NoAnswer):
        return
    if present is not None:
        present.saw(run for run in runs if run not in missing)
    for run in runs:
        if run in missing:
            yield Drift(DriftKind.OUTPUTS_GONE, runs[run], run)


def drift_of_plan(plan: Plan) -> Iterator[Drift]:
    """Return the groups whose spec is not what ran."""
    for item in plan.items():
        if item.action is Action.REFUSE and item.reason in (Reason.SENT_CHANGED, Reason.SENT_GONE):
            yield Drift(DriftKind.CONFIG_DIFFERS, item.subject, item.detail, item.next)
