"""What the jobs of workflows that have ended said of themselves: counted, and recorded once per workflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cmcompile.apply.outside import Sources
from cmcompile.model.event import Draft, Signalled, Subject
from cmcompile.model.stamp import is_after
from cmcompile.model.states import LedgerState, Workflow, WorkflowState
from cmcompile.model.wms import Hearing, NoAnswer
from cmcompile.reconcile.measure import ENOUGH, PAST, recorded
from cmcompile.reconcile.present import Lately

#: So many workflows are asked about in a pass at most.
AT_ONCE = 500
#: So long after the end of a run the last of its signals may be seen: file servers show a new name late to
#: other machines. Counts are recorded once, so what lacks an end is not counted before.
SETTLED = timedelta(minutes=2)
_OVER = frozenset(
    {WorkflowState.SUCCEEDED, WorkflowState.PARTIAL, WorkflowState.FAILED, WorkflowState.CANCELLED}
)


def hear(sources: Sources, lately: Lately) -> int:
    """Count the signals of runs that have ended, record that, and return of how many workflows.

    Parameters
    ----------
    lately
        Remembers what was asked; what gave no answer is asked again after
        `cmcompile.reconcile.present.AGAIN`.

    Raises
    ------
    UnreachableError, LedgerError
        As `cmcompile.reconcile.run.refresh`.
    """
    if not isinstance(sources.wms, Hearing):
        return 0
    found = dict(_answers(sources, sources.wms, lately))
    return recorded(sources.desk, "signalled", lambda now: _drafts(sources, now, found)) if found else 0


def _answers(
    sources: Sources, wms: Hearing, lately: Lately
) -> Iterator[tuple[str, tuple[Workflow, Signalled]]]:
    clock = sources.desk.clock
    begun = clock.now()
    unheard = list(_unheard(sources, wms, sources.desk.book.seen().state))
    due = lately.unseen([_key(w) for w, _ in unheard]) if unheard else frozenset()
    asked: list[str] = []
    for workflow, run in [pair for pair in unheard if _key(pair[0]) in due][:AT_ONCE]:
        if clock.now() - begun > ENOUGH:
            break
        answer = wms.heard(workflow.claim.wms, run) if workflow.claim is not None else NoAnswer("no claim")
        if not isinstance(answer, NoAnswer) and _lacks(answer) and is_after(workflow.since, begun - SETTLED):
            continue  # the next pass asks again
        asked.append(_key(workflow))
        if not isinstance(answer, NoAnswer) and (answer.counts.jobs or answer.counts.unread):
            yield str(workflow), (workflow, answer)
    if asked:
        lately.saw(asked)


def _lacks(said: Signalled) -> bool:
    """Tell whether a job that began did not say how it ended, or something can't be read."""
    return said.counts.begun > said.counts.ended or said.counts.unread > 0


def _unheard(sources: Sources, wms: Hearing, state: LedgerState) -> Iterator[tuple[Workflow, str]]:
    """Yield workflows that have ended, and of whose jobs nothing is recorded, with their runs."""
    now = sources.desk.clock.now()
    for w in state.workflows():
        ended = w.state in _OVER and not w.live and w.signalled is None and w.claim is not None and w.run_id
        if ended and w.claim is not None and wms.hears(w.claim.wms) and is_after(w.since, now - PAST):
            yield w, w.claim.output_run


def _key(workflow: Workflow) -> str:
    """Return what is remembered of a workflow: a run that ends again is asked about again."""
    return f"{workflow} {workflow.run_id} {workflow.since}"


def _drafts(
    sources: Sources, state: LedgerState, found: dict[str, tuple[Workflow, Signalled]]
) -> Iterator[Draft]:
    """Yield the events of workflows about which nothing was written since they were asked about."""
    for asked, answer in found.values():
        now = state.workflow(asked.step, asked.group, asked.name)
        if now is not None and _key(now) == _key(asked) and now.signalled is None:
            yield sources.desk.draft(Subject(now.step, now.group, now.name), answer, now.claim_id)
