"""A group and its workflows as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.outcome import UNREAD, Failure, Outcome
from cmcompile.model.reason import Reason
from cmcompile.model.states import Workflow, WorkflowState
from cmcompile.model.status import GroupRow, needs_person
from cmcompile.report.screen import Screen, columns, count, short
from cmcompile.report.signals import counts_line, disagreed_lines
from cmcompile.report.status import words

_LABEL = 9
#: States that do not say by themselves whether a run is under way.
_UNSURE = frozenset(WorkflowState) - {
    *(WorkflowState.CLAIMED, WorkflowState.PREPARING, WorkflowState.SUBMITTING, WorkflowState.SUBMITTED),
    *(WorkflowState.RUNNING, WorkflowState.HELD, WorkflowState.CANCELLING),
}
#: Of a message so many lines are shown where one workflow is asked for.
_LINES = 12
_TASKS = ("TASK", "QUANTA", "SUCCEEDED", "FAILED", "BLOCKED", "OTHER")


def group_lines(campaign: str, row: GroupRow, screen: Screen) -> Iterator[str]:
    """Yield the lines of a group: its state, what to type, then its workflows."""
    yield from _state(campaign, row, screen)
    if row.covers:
        yield screen.line(f"  covers {', '.join(row.covers)}")
    workflows = (*row.workflows, *row.covering)
    with_outcome = [w.outcome for w in workflows if w.outcome is not None]
    found = row.standing.outcome
    if found is not None and with_outcome != [found]:
        yield screen.line(f"  outcome over {count(len(with_outcome), 'workflow')}: {_summary(found)}")
        yield from _tasks(found, screen)
        yield from _failures(found.failures, screen)
    if not workflows and row.standing.reason is not Reason.NEVER_SENT:
        yield screen.line("  has no workflow")
    for workflow in workflows:
        yield "\n"
        yield from _workflow(row, workflow, screen, whole=False)


def workflow_lines(campaign: str, row: GroupRow, name: str, screen: Screen) -> Iterator[str]:
    """Yield the lines of one workflow of a group, with its claim and whole messages."""
    found = [w for w in row.workflows if w.name == name]
    yield from _state(campaign, row, screen)
    for workflow in found:
        yield from _workflow(row, workflow, screen, whole=True)
    if not found:
        standing = row.standing
        names = ", ".join(w.name for w in row.workflows) or "none"
        yield screen.line(f"{standing.step}/{standing.group} has no workflow {name}; it has: {names}")


def _state(campaign: str, row: GroupRow, screen: Screen) -> Iterator[str]:
    standing = row.standing
    alarm = needs_person(standing)
    since = f" since {screen.time(standing.since)}" if standing.since else ""
    wants = ", needs a person" if alarm else ""
    title = f"{campaign}/{standing.step}/{standing.group}: {standing.state.value}{since}{wants}"
    yield from screen.wrapped(title, "  ", "alarm" if alarm else "bold")
    yield from screen.wrapped(f"  {words.why(standing.reason, standing.detail)}", "  ")
    if standing.next:
        yield screen.whole(f"  {standing.next}", "bold")
    if standing.stale_since:
        yield screen.line(
            f"  stale: a source could not be asked since {screen.time(standing.stale_since)}", "alarm"
        )


def _workflow(row: GroupRow, workflow: Workflow, screen: Screen, *, whole: bool) -> Iterator[str]:
    notes = [workflow.state.value]
    notes += ["may be live"] if workflow.live and workflow.state in _UNSURE else []
    notes += ["looked up in every pass"] if workflow.looked_up else []
    address = f"{workflow.group}@{workflow.name}"
    notes += ["counts no more"] if address in row.superseded else []
    since = f" since {screen.time(workflow.since)}" if workflow.since else ""
    over = " (covers it)" if workflow in row.covering else ""
    title = f"  {address}{over}: {', '.join(notes)}{since}"
    yield from screen.wrapped(title, "    ", "alarm" if workflow.review else "bold")
    for label, value in _facts(workflow, whole=whole):
        sentence = label in ("review", "said", "jobs", "")
        line = f"    {label:{_LABEL}} {value}"
        yield from screen.wrapped(line, " " * (_LABEL + 5)) if sentence else [screen.whole(line)]
    if workflow.outcome is not None:
        yield screen.line(f"    {'outcome':{_LABEL}} {_summary(workflow.outcome)}")
        yield from _tasks(workflow.outcome, screen)
        yield from _failures(workflow.outcome.failures, screen, whole=whole)


def _facts(workflow: Workflow, *, whole: bool) -> Iterator[tuple[str, str]]:
    if workflow.review is not None:
        yield "review", words.why(workflow.review, workflow.detail)
    elif workflow.detail:
        yield "said", workflow.detail
    if workflow.run_id or workflow.looked_up or workflow.used:
        yield "run id", workflow.run_id or "not known"
    if workflow.wms_says:
        yield "WMS says", workflow.wms_says
    claim = workflow.claim
    if claim is not None:
        yield "WMS", f"{claim.wms.service} {claim.wms.where}".rstrip()
        yield "run", claim.output_run
    if workflow.restarts:
        yield "restarts", str(workflow.restarts)
    if workflow.signalled is not None:
        yield "jobs", counts_line(workflow.signalled.counts)
        yield from (("", line) for line in disagreed_lines(workflow.signalled))
    yield from _claim(workflow) if whole else ()


def _claim(workflow: Workflow) -> Iterator[tuple[str, str]]:
    claim = workflow.claim
    if claim is not None:
        spec, process = claim.spec, claim.process
        yield "name", claim.run_name
        yield "files", claim.submit_path
        commit = f"at {short(spec.commit)}" if spec.commit else "from an uncommitted tree"
        yield "spec", f"{spec.path} {commit}, cmcompile {spec.version} (emit {spec.emit})"
        if spec.override:
            yield "overridden", spec.override
        adopted = " (adopted: started outside of cmcompile)" if claim.adopted else ""
        yield "claim", f"{workflow.claim_id}{adopted}"
        yield "process", f"{process.pid} on {process.host}, boot {process.boot_id}"
        if claim.builds_on:
            yield "builds on", ", ".join(claim.builds_on)
    yield "gate", workflow.gate or "not passed"
    if workflow.decisions:
        yield "decisions", ", ".join(sorted(workflow.decisions))


def _summary(found: Outcome) -> str:
    if not found.tasks:
        return f"{count(len(found.failures), 'failure')} known"
    return f"{found.missing:,} of {count(found.quanta, 'quantum', 'quanta')} missing"


def _tasks(found: Outcome, screen: Screen) -> Iterator[str]:
    if not found.tasks:
        return
    cells = [list(_TASKS)]
    for t in found.tasks:
        numbers = (t.quanta, t.succeeded, t.failed, t.blocked, t.other)
        cells.append([t.task, *(f"{n:,}" for n in numbers)])
    for number, line in enumerate(columns(cells, frozenset(range(1, 6)))):
        yield screen.line(f"      {line}", None if number else "dim")
    for t in found.tasks:
        for caveat, number in sorted(t.caveats.items()):
            said = "metadata that were not read" if caveat == UNREAD else caveat.replace("|", ", ")
            yield from screen.wrapped(f"      caveat {t.task}: {number:,} succeeded with {said}", " " * 8)


def _failures(failures: Sequence[Failure], screen: Screen, *, whole: bool = False) -> Iterator[str]:
    shown = screen.shown(len(failures))
    for failure in failures[:shown]:
        quantum = failure.quantum
        head = f"      {failure.fault.value} {quantum.task} {quantum.data_id}"
        lines = failure.message.splitlines()
        if not whole:
            yield screen.line(f"{head}: {' '.join(failure.message.split())}" if lines else head)
            continue
        yield screen.whole(head)
        yield from (screen.whole(f"        {line}") for line in lines[:_LINES])
        if len(lines) > _LINES:
            yield screen.line(f"        and {count(len(lines) - _LINES, 'more line')}")
    if len(failures) > shown:
        yield screen.line(f"      and {len(failures) - shown:,} more (--all, or --format json)")
