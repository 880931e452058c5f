"""What a monitor tells of the failed jobs of runs that have ended: asked once, and recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from cmcompile.apply.outside import Sources
from cmcompile.model.body import WmsRef
from cmcompile.model.diagnosed import MONITOR, Diagnosed, Diagnosis
from cmcompile.model.event import Draft, Subject
from cmcompile.model.jobs import Details
from cmcompile.model.outcome import Outcome
from cmcompile.model.stamp import is_after, oldest
from cmcompile.model.states import LedgerState, Workflow, WorkflowState
from cmcompile.model.transaction import Landed, Proposal, Sight, Stop
from cmcompile.model.wms import Explaining, NoAnswer
from cmcompile.reconcile.attempts import task_jobs
from cmcompile.reconcile.causes import FailedJob, causes, counted, failed_jobs, unclear
from cmcompile.reconcile.keeping import Kept, kept, worth_a_log
from cmcompile.reconcile.present import Present

#: So many runs are asked about in a pass at most, the newest first.
AT_ONCE = 20
#: So many pages of single jobs are asked for in a pass, each a request.
PAGES = 20
#: No further page or log is asked for after so long.
ENOUGH = timedelta(seconds=60)
#: Of what has ended so long ago nothing is asked any more: the server has pruned it.
PAST = timedelta(days=30)
#: So long it waits until the Butler has told which quanta failed; then what there is is kept without that.
WAITS = timedelta(days=1)
#: Causes that are named in an event; more are counted only.
NAMED = 2000
_FAILED = frozenset({WorkflowState.PARTIAL, WorkflowState.FAILED})


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told of one workflow's run."""

    workflow: Workflow
    body: Diagnosed
    kept: Kept


def diagnose(sources: Sources, lately: Present) -> int:
    """Ask what a monitor shows of runs that failed, record it, and return of how many workflows.

    Where it has no answer it is asked again after `cmcompile.reconcile.present.AGAIN`; nothing waits for it.

    Parameters
    ----------
    lately
        Remembers what was asked.

    Raises
    ------
    UnreachableError, LedgerError
        As `cmcompile.reconcile.run.refresh`.
    """
    if not isinstance(sources.wms, Explaining):
        return 0
    state = sources.desk.book.seen().state
    due = _due(sources, sources.wms, state, lately)
    if not due:
        return 0
    lately.saw([_key(workflow) for some in due.values() for workflow in some])
    found = {
        str(one.workflow): one for where in due for one in _told(sources, sources.wms, where, due[where])
    }
    if not found:
        return 0

    def judge(sight: Sight) -> Proposal | Stop:
        some = dict(_drafts(sources, sight.state, found))
        files = {
            f"{sources.desk.book.directory(draft.subject)}/{one.kept.name}": one.kept.data
            for draft, one in some.items()
        }
        return Proposal(tuple(some), files, f"diagnosed: {len(some)}") if some else Stop("nothing is new")

    wrote = sources.desk.book.decide(judge)
    return len(wrote.events) if isinstance(wrote, Landed) else 0


def _due(
    sources: Sources, wms: Explaining, state: LedgerState, lately: Present
) -> Mapping[WmsRef, Sequence[Workflow]]:
    """Return workflows that failed and of which nothing was told, by their systems."""
    now = sources.desk.clock.now()
    ended = [
        w
        for w in state.workflows()
        if w.state in _FAILED
        and not w.live
        and w.diagnosed is None
        and w.run_id
        and w.claim is not None
        and wms.explains(w.claim.wms)
        and is_after(w.since, now - PAST)
        and (w.outcome is not None or not is_after(w.since, now - WAITS))
    ]
    if not ended:
        return {}
    unseen = lately.unseen([_key(w) for w in ended])
    ended.sort(key=lambda w: (w.since, str(w)), reverse=True)
    found: dict[WmsRef, list[Workflow]] = {}
    for workflow in [w for w in ended if _key(w) in unseen][:AT_ONCE]:
        if workflow.claim is not None:
            found.setdefault(workflow.claim.wms, []).append(workflow)
    return found


def _key(workflow: Workflow) -> str:
    """Return what is remembered of a workflow: a run that ends again is asked about again."""
    return f"{workflow} {workflow.run_id} {workflow.since}"


def _told(sources: Sources, wms: Explaining, where: WmsRef, workflows: Sequence[Workflow]) -> Iterator[_Told]:
    names = {w.run_id: w.claim.run_name for w in workflows if w.run_id and w.claim is not None}
    details = wms.details(where, names, oldest(w.begun_at or w.claimed_at for w in workflows))
    if isinstance(details, NoAnswer):
        return
    clock = sources.desk.clock
    until, pages = clock.now() + ENOUGH, PAGES
    for workflow in workflows:
        jobs = failed_jobs(details, workflow.run_id or "")
        if _is_nothing(details, workflow.run_id or "", jobs):
            continue
        outcome = workflow.outcome or Outcome()
        inputs: dict[str, str] = {}
        for job in unclear(outcome, jobs):
            if not pages or clock.now() > until:
                break
            pages -= 1
            answer = wms.input_of(where, job.last.job_id)
            if isinstance(answer, str):
                inputs[job.last.job_id] = answer
        logs: dict[str, str] = {}
        for job in worth_a_log(jobs):
            answer = NoAnswer("") if clock.now() > until else wms.log_of(where, job.last.log)
            if isinstance(answer, str):
                logs[job.last.job_id] = answer
        file = kept(details, workflow.run_id or "", jobs, logs, sources.desk.clean)
        body = _body(sources, workflow, details, jobs, causes(outcome, jobs, inputs))
        yield _Told(workflow, replace(body, file=file.name, digest=file.digest), file)


def _is_nothing(details: Details, run_id: str, jobs: Sequence[FailedJob]) -> bool:
    """Tell whether that no job is shown means that nothing is known: then it is asked again."""
    failed = any(task.failed for task in details.tasks if task.run_id == run_id)
    return not jobs and (bool(details.lacking) or failed)


def _body(
    sources: Sources,
    workflow: Workflow,
    details: Details,
    jobs: Sequence[FailedJob],
    found: Sequence[Diagnosis],
) -> Diagnosed:
    clean = sources.desk.clean
    named = tuple(
        replace(
            one,
            message=clean(one.message),
            cause=replace(one.cause, site=clean(one.cause.site), log=clean(one.cause.log)),
        )
        for one in found[:NAMED]
        if one.cause.source
    )
    counts = tuple(replace(one, label=clean(one.label), site=clean(one.site)) for one in counted(jobs))
    lacking = tuple(map(clean, details.lacking))
    if len(found) > NAMED:
        lacking = (*lacking, f"{len(found) - NAMED} more causes are not named")
    run = workflow.run_id or ""
    tasks = tuple(replace(one, label=clean(one.label)) for one in task_jobs(details, run, jobs))
    return Diagnosed(MONITOR, run, named, counts, lacking=lacking, tasks=tasks)


def _drafts(
    sources: Sources, state: LedgerState, found: Mapping[str, _Told]
) -> Iterator[tuple[Draft, _Told]]:
    """Yield the events of workflows whose run has not changed since it was asked about."""
    for one in found.values():
        asked = one.workflow
        now = state.workflow(asked.step, asked.group, asked.name)
        same = now is not None and _key(now) == _key(asked) and now.claim_id == asked.claim_id
        if now is not None and same and now.state in _FAILED and now.diagnosed is None:
            yield sources.desk.draft(Subject(now.step, now.group, now.name), one.body, now.claim_id), one
