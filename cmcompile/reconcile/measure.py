"""What the quanta of workflows took that have ended: asked after all else, and recorded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from cmcompile.apply.outside import Desk, Sources
from cmcompile.model.event import Draft, Measured, Subject
from cmcompile.model.stamp import is_after
from cmcompile.model.states import LedgerState, Workflow, WorkflowState
from cmcompile.model.transaction import Landed, Proposal, Sight, Stop
from cmcompile.model.usage import Usage
from cmcompile.model.wms import NoAnswer
from cmcompile.reconcile.present import Lately

#: So many workflows are measured in a pass at most, the newest first, and so many may give no answer.
AT_ONCE, SILENT = 20, 3
#: No further one is begun after so long.
ENOUGH = timedelta(minutes=2)
#: Of what has ended so long ago nothing is asked any more: its outputs may be gone.
PAST = timedelta(days=30)
_RAN = frozenset({WorkflowState.SUCCEEDED, WorkflowState.PARTIAL, WorkflowState.FAILED})


def measure(sources: Sources, lately: Lately) -> int:
    """Ask what quanta took, record it, and return of how many workflows; no state rests on it.

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
    state = sources.desk.book.seen().state
    found = dict(_answers(sources, state, lately))
    return recorded(sources.desk, "measured", lambda now: _drafts(sources, now, found)) if found else 0


def recorded(desk: Desk, what: str, drafts: Callable[[LedgerState], Iterable[Draft]]) -> int:
    """Write what was found of workflows, as far as it is new on the tip; return how many events that are.

    Raises
    ------
    UnreachableError, LedgerError
        As `cmcompile.reconcile.run.refresh`.
    """

    def judge(sight: Sight) -> Proposal | Stop:
        new = tuple(drafts(sight.state))
        return Proposal(new, message=f"{what}: {len(new)}") if new else Stop("nothing is new")

    wrote = desk.book.decide(judge)
    return len(wrote.events) if isinstance(wrote, Landed) else 0


def _answers(
    sources: Sources, state: LedgerState, lately: Lately
) -> Iterator[tuple[str, tuple[Workflow, Usage]]]:
    clock = sources.desk.clock
    begun, silent = clock.now(), 0
    for workflow, run in list(_unmeasured(sources, state, lately))[:AT_ONCE]:
        if silent >= SILENT or clock.now() - begun > ENOUGH:
            return
        # Before it is asked: a question that ends the process is not asked again at once.
        lately.saw([run])
        answer = sources.butler.usage([run])
        if isinstance(answer, NoAnswer):
            silent += 1
        else:
            yield str(workflow), (workflow, answer)


def _unmeasured(sources: Sources, state: LedgerState, lately: Lately) -> Iterator[tuple[Workflow, str]]:
    """Yield workflows that have ended, and whose quanta nobody measured, with their runs."""
    now = sources.desk.clock.now()
    ended = [w for w in state.workflows() if w.state in _RAN and not w.live and not w.measured and w.run_id]
    ended.sort(key=lambda w: (w.since, str(w)), reverse=True)
    runs = [(w, w.claim.output_run) for w in ended if w.claim is not None and is_after(w.since, now - PAST)]
    due = lately.unseen([run for _, run in runs]) if runs else frozenset()
    yield from ((workflow, run) for workflow, run in runs if run in due)


def _drafts(
    sources: Sources, state: LedgerState, found: dict[str, tuple[Workflow, Usage]]
) -> Iterator[Draft]:
    """Yield the events of workflows about which nothing was written since they were asked about."""
    for asked, answer in found.values():
        now = state.workflow(asked.step, asked.group, asked.name)
        if now is not None and now.numbers == asked.numbers and not now.measured:
            subject = Subject(now.step, now.group, now.name)
            yield sources.desk.draft(subject, Measured(answer.source, answer.tasks), now.claim_id)
