"""What BPS is told about runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from lsst.ctrl.bps import WmsJobReport, WmsRunReport, WmsSpecificInfo, WmsStates

from cmcompile.engine.journal import Entry, entries, replayed
from cmcompile.engine.record import LIVE, Records, Run, Standing
from cmcompile.engine.runner import log_of
from cmcompile.engine.schedule import JobState, Schedule
from cmcompile.engine.start import LOG
from cmcompile.engine.workflow import Workflow, WorkflowError

RUNS = {
    "submitted": WmsStates.PENDING,
    "running": WmsStates.RUNNING,
    "held": WmsStates.HELD,
    "succeeded": WmsStates.SUCCEEDED,
    # BPS has no word for it.
    "partial": WmsStates.FAILED,
    "failed": WmsStates.FAILED,
    "cancelled": WmsStates.DELETED,
}
_JOBS = {
    JobState.UNREADY: WmsStates.UNREADY,
    JobState.READY: WmsStates.READY,
    JobState.RUNNING: WmsStates.RUNNING,
    JobState.SUCCEEDED: WmsStates.SUCCEEDED,
    JobState.FAILED: WmsStates.FAILED,
    JobState.PRUNED: WmsStates.PRUNED,
    JobState.DELETED: WmsStates.DELETED,
}
#: Logs of so many failed jobs are named.
_NAMED = 5


def report(records: Records, run: Run) -> WmsRunReport:
    """Return the report of one run, with its jobs.

    Raises
    ------
    RecordError
        When its record can't be read.
    """
    # The state first: a run that is over changes no more.
    standing = records.standing(run.id)
    found = WmsRunReport(
        wms_id=run.id,
        global_wms_id=f"{records.host}#{run.id}",
        path=run.submit_path,
        label=run.name,
        run=run.name,
        state=RUNS[standing.state],
        specific_info=WmsSpecificInfo(),
    )
    found.specific_info.add_message("State: {word}", {"word": standing.word})
    found.specific_info.add_message("Log of the runner: {log}", {"log": str(records.place(run.id) / LOG)})
    try:
        workflow = Workflow.read(Path(run.submit_path))
    except WorkflowError as error:
        found.specific_info.add_message("Jobs can't be told: {why}", {"why": str(error)})
        _add_attributes(found, {})
        found.job_state_counts = dict.fromkeys(WmsStates, 0)
        found.total_number_jobs = 0
        return found
    _add_attributes(found, workflow.attributes)
    past = entries(records.place(run.id))
    _add_jobs(found, standing, _schedule(standing, workflow, past))
    _add_codes(found, run, workflow, past)
    return found


def _add_attributes(found: WmsRunReport, attributes: Mapping[str, str]) -> None:
    for name in ("project", "campaign", "payload", "operator"):
        setattr(found, name, attributes.get(name, ""))


def _schedule(standing: Standing, workflow: Workflow, past: tuple[Entry, ...]) -> Schedule:
    schedule = replayed(workflow, past)
    if standing.state == "cancelled":
        schedule.cancel()
    return schedule


def _add_jobs(found: WmsRunReport, standing: Standing, schedule: Schedule) -> None:
    jobs: list[WmsJobReport] = []
    for job, state in schedule.states():
        if job.argv:
            # Of a run that is over no job runs: it was lost, and is the next to be started.
            is_lost = state is JobState.RUNNING and standing.state not in LIVE
            told = WmsStates.READY if is_lost else _JOBS[state]
            jobs.append(WmsJobReport(f"{found.wms_id}.{len(jobs)}", job.name, job.label, told))
    found.jobs = jobs
    found.total_number_jobs = len(jobs)
    found.job_state_counts = _counts(job.state for job in jobs)
    by_label: dict[str, list[WmsStates]] = {}
    for job in jobs:
        by_label.setdefault(job.label, []).append(job.state)
    found.job_summary = {label: _counts(states) for label, states in by_label.items()}
    found.run_summary = ";".join(f"{label}:{len(states)}" for label, states in by_label.items())


def _counts(states: Iterable[WmsStates]) -> dict[WmsStates, int]:
    found = Counter(states)
    return {state: found[state] for state in WmsStates}


def _add_codes(found: WmsRunReport, run: Run, workflow: Workflow, past: tuple[Entry, ...]) -> None:
    last = {entry.job: entry for entry in past if entry.kind == "end"}
    jobs = {job.name: job for job in workflow.jobs}
    failed = [job.name for job in found.jobs if job.state is WmsStates.FAILED]
    codes: dict[str, list[int]] = {label: [] for label in found.job_summary}
    for name in failed:
        codes[jobs[name].label].append(last[name].code)
    found.exit_code_summary = codes
    for number, name in enumerate(failed[:_NAMED]):
        log = log_of(Path(run.submit_path), jobs[name], last[name].try_)
        found.specific_info.add_message(f"Failed: {{job{number}}}", {f"job{number}": f"{name}, see {log}"})
