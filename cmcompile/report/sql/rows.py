"""What a ledger says, as rows of the tables of `cmcompile.report.sql.schema`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeAlias

from cmcompile.model.decision import Decision
from cmcompile.model.event import Claimed, Event, Measured, Subject
from cmcompile.model.ledger import Entry
from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, StepRecord, Workflow
from cmcompile.model.status import Seen
from cmcompile.model.usage import TaskUsage

Cell: TypeAlias = str | int | float | None
Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class FiledEvent:
    """An event, with its file on the branch."""

    event: Event
    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class Source:
    """The ledger of a campaign.

    Attributes
    ----------
    spec
        The path of the spec file.
    decisions
        Those that are written now.
    complete
        Whether the whole history is there.
    events
        Returns the readable events of some kinds, or of all for None; asked only where a table needs it.
    history
        Returns the commits, newest first; asked only where a table needs it.
    """

    campaign: str
    spec: str
    seen: Seen
    state: LedgerState
    decisions: Sequence[Decision] = ()
    complete: bool = True
    events: Callable[[frozenset[str] | None], Iterable[FiledEvent]] = field(default=lambda kinds: ())
    history: Callable[[], Iterable[Entry]] = field(default=lambda: ())


def rows(table: str, source: Source) -> Iterator[Row]:
    """Return the rows that a ledger has for a table, in an order that is always the same."""
    return _ROWS[table](source)


def _campaigns(source: Source) -> Iterator[Row]:
    seen = source.seen
    fresh = int(seen.asked == "fresh")
    faults, complete = len(source.state.faults), int(source.complete)
    yield (source.campaign, source.spec, _t(seen.commit), _t(seen.at), fresh, faults, complete)


def _steps(source: Source) -> Iterator[Row]:
    state = source.state
    names = sorted({step for step, _ in state.groups} | state.steps.keys())
    verdicts = Counter((r.step, r.verdict) for r in state.groups.values())
    groups = Counter(r.step for r in state.groups.values())
    workflows = Counter(w.step for w in state.workflows())
    for step in names:
        record = state.steps.get(step, StepRecord(step))
        accepted, rejected = (verdicts[step, v] for v in (GroupState.ACCEPTED, GroupState.REJECTED))
        counts = (groups[step], accepted, rejected, workflows[step])
        yield (source.campaign, step, *counts, _t(record.collection), int(record.retired))


def _groups(source: Source) -> Iterator[Row]:
    for record in source.state.groups.values():
        last = record.counting[-1] if record.counting else None
        rescue = record.group.partition(".")[0] if "." in record.group else None
        yield (
            *(source.campaign, record.step, record.group, rescue),
            None if record.verdict is None else record.verdict.value,
            None if last is None else last.state.value,
            _review(record),
            _t(record.detail),
            _t(record.since),
            len(record.workflows),
            _t(",".join(record.judged)),
            _t(",".join(sorted(record.superseded))),
        )


def _review(record: GroupRecord) -> str | None:
    found = (record.review, *(w.review for w in record.counting))
    return next((reason.value for reason in found if reason is not None), None)


def _workflows(source: Source) -> Iterator[Row]:
    for record in source.state.groups.values():
        for w in record.workflows:
            outcome = w.outcome
            yield (
                *_name(source, w),
                w.state.value,
                int(w.live),
                None if w.review is None else w.review.value,
                *(_t(w.detail), w.run_id, _t(w.wms_says)),
                *_claim(w.claim),
                *(_t(w.claim_id), w.gate, None if w.claim is None else w.claim.process.host),
                *(_t(w.claimed_at), _t(w.gated_at), _t(w.since), w.restarts),
                None if w.claim is None else int(w.claim.adopted),
                int(w.name in record.superseded),
                None if outcome is None else outcome.quanta,
                None if outcome is None else outcome.missing,
                w.core_seconds if w.measured else None,
            )


def _claim(claim: Claimed | None) -> Row:
    if claim is None:
        return (None,) * 14
    spec = claim.spec
    return (
        *(claim.output_run, claim.run_name, claim.wms.service, _t(claim.wms.where)),
        *(claim.submit_path, _t(claim.file), spec.path, _t(spec.commit), _t(spec.override)),
        *(spec.version, spec.emit, claim.definition, _t(claim.plan), _t(claim.item)),
    )


def _covers(source: Source) -> Iterator[Row]:
    for w in source.state.workflows():
        if w.claim is not None:
            yield from ((*_name(source, w), covered) for covered in dict.fromkeys(w.claim.covers))


def _events(source: Source) -> Iterator[Row]:
    for filed in source.events(None):
        draft, subject = filed.event.draft, filed.event.subject
        body = json.dumps(asdict(draft.body), default=_enum, ensure_ascii=False)
        yield (
            *(source.campaign, subject.step, subject.group, subject.workflow, filed.event.number),
            *(draft.kind, draft.id, draft.at, draft.by, _t(draft.ci), _t(draft.claim), _t(draft.decision)),
            *(filed.path, filed.blob, body),
        )


def _enum(value: object) -> object:
    return getattr(value, "value", str(value))


def _commits(source: Source) -> Iterator[Row]:
    for place, entry in enumerate(source.history(), 1):
        yield (source.campaign, entry.commit, place, entry.at, entry.author, entry.message.strip())


def _files(source: Source) -> Iterator[Row]:
    for entry in source.history():
        for change in entry.changes:
            name = "added" if change.before is None else "removed" if change.after is None else "changed"
            yield (source.campaign, change.path, entry.commit, name, change.after)


def _tasks(source: Source) -> Iterator[Row]:
    took: dict[Subject, tuple[TaskUsage, ...]] = {}
    for filed in source.events(frozenset({"measured"})):
        if isinstance(filed.event.draft.body, Measured):
            took[filed.event.subject] = filed.event.draft.body.tasks
    for w in source.state.workflows():
        subject = Subject(w.step, w.group, w.name)
        came = {t.task: t for t in (w.outcome or Outcome()).tasks}
        measured = {t.task: t for t in took.get(subject, ())} if w.measured else {}
        for task in dict.fromkeys((*came, *measured)):
            yield (*_name(source, w), task, *_came(came.get(task)), *_took(measured.get(task)))


def _came(task: TaskOutcome | None) -> Row:
    if task is None:
        return (None,) * 5
    return task.quanta, task.succeeded, task.failed, task.blocked, task.other


def _took(task: TaskUsage | None) -> Row:
    if task is None:
        return (None,) * 9
    return (
        *(task.quanta, task.sampled, task.cpu_sum / 1000, task.wall_sum / 1000),
        *(task.wall.median / 1000, task.wall.max / 1000, None if task.memory is None else task.memory.max),
        *(task.started, task.ended),
    )


def _failures(source: Source) -> Iterator[Row]:
    for w in source.state.workflows():
        for f in () if w.outcome is None else w.outcome.failures:
            c = f.cause
            told: Row = (None,) * 5
            if c is not None:
                told = (c.source, c.code, _t(c.site), c.attempts, _t(c.log))
            quantum = (f.quantum.task, f.quantum.data_id, f.fault.value, _t(f.message))
            yield (*_name(source, w), *quantum, *told)


def _decisions(source: Source) -> Iterator[Row]:
    used = Counter(filed.event.draft.decision for filed in source.events(None))
    written = {d.id: d for d in source.decisions}
    for id_ in sorted({*written, *used} - {""}):
        d = written.get(id_)
        if d is None:
            yield (source.campaign, id_, *(None,) * 9, used[id_])
            continue
        s = Subject("") if d.subject is None else d.subject
        subject = (_t(s.step), s.group, s.workflow)
        place = (d.span.file, d.span.line)
        yield (source.campaign, id_, d.verb.value, *subject, d.by, d.at, d.because, *place, used[id_])


def _members(source: Source) -> Iterator[Row]:
    for w in source.state.workflows():
        name = _name(source, w)
        if w.claim is None:
            continue
        for axis, m in w.claim.members.items():
            yield from ((*name, axis, lo, hi, m.over, m.count, 0) for lo, hi in m.ranges)
            yield from ((*name, axis, one, one, None, m.count, 0) for one in m.values)
        for axis, out in w.claim.excluded.items():
            yield from ((*name, axis, one, one, None, None, 1) for one in out)


def _collections(source: Source) -> Iterator[Row]:
    for w in source.state.workflows():
        if w.claim is not None:
            retired = int(w.state.value == "retired")
            yield (source.campaign, w.claim.output_run, "RUN", w.step, w.group, w.name, None, retired)
    for step in source.state.steps.values():
        gone = int(step.retired)
        if step.collection:
            holds = None if step.chained is None else len(step.chained)
            yield (source.campaign, step.collection, "CHAINED", step.step, None, None, holds, gone)
        for tag in step.tags:
            held = tag.count if tag.declaration else None
            yield (source.campaign, tag.collection, "TAGGED", step.step, None, None, held, gone)


def _chains(source: Source) -> Iterator[Row]:
    for step in source.state.steps.values():
        for place, address in enumerate(step.chained or (), 1):
            group, _, workflow = address.rpartition("@")
            of, _, inner = group.rpartition("/")
            name = of or step.step
            found = source.state.workflow(name, inner, workflow)
            run = None if found is None or found.claim is None else found.claim.output_run
            yield (source.campaign, step.collection, place, name, inner, workflow, run)


def _name(source: Source, workflow: Workflow) -> tuple[str, str, str, str]:
    return source.campaign, workflow.step, workflow.group, workflow.name


def _t(text: str) -> str | None:
    """Return a text; what is empty is not known, or is none."""
    return text or None


_ROWS: Mapping[str, Callable[[Source], Iterator[Row]]] = {
    "campaigns": _campaigns,
    "steps": _steps,
    "groups": _groups,
    "workflows": _workflows,
    "covers": _covers,
    "events": _events,
    "commits": _commits,
    "files": _files,
    "tasks": _tasks,
    "failures": _failures,
    "decisions": _decisions,
    "members": _members,
    "collections": _collections,
    "chains": _chains,
}
