"""What became different between two states of a ledger.

Every figure is that of the later state less that of the earlier one: over two spans of time, one after the
other, the figures of both add up to those of the whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple

from cmcompile.model.changes import (
    Became,
    Changes,
    CollectionChange,
    FailureChange,
    FailureKind,
    Figures,
    Moved,
    Reviewed,
    StepChange,
    Taken,
)
from cmcompile.model.decision import Decision
from cmcompile.model.ids import natural
from cmcompile.model.outcome import Fault
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, StepRecord, WorkflowState
from cmcompile.state.claim import ENDED

_Pair = tuple[GroupRecord | None, GroupRecord | None]

_BY_STATE = {
    WorkflowState.SUCCEEDED: Became.SUCCEEDED,
    WorkflowState.PARTIAL: Became.PARTIAL,
    WorkflowState.FAILED: Became.FAILED,
    WorkflowState.CANCELLED: Became.CANCELLED,
    WorkflowState.PREPARE_FAILED: Became.UNPREPARED,
    WorkflowState.RETIRED: Became.RETIRED,
}


def changes(
    before: LedgerState,
    after: LedgerState,
    steps: Sequence[str] = (),
    decisions: Mapping[str, Decision] | None = None,
) -> Changes:
    """Return what became different.

    Parameters
    ----------
    steps
        Names in the order in which they are told; others follow.
    decisions
        By id: those that are written now.
    """
    pairs = _differing(before, after)
    rescued = _differing_cover(before, after)
    every = {step for step, _ in (*pairs, *rescued)} | before.steps.keys() | after.steps.keys()
    order = list(dict.fromkeys([*steps, *sorted(every)]))
    place = {step: number for number, step in enumerate(order)}
    by_step: dict[str, dict[str, _Pair]] = {}
    for (step, group), pair in pairs.items():
        by_step.setdefault(step, {})[group] = pair
    covers: dict[str, list[tuple[str, bool, bool]]] = {}
    for (step, group), (was, now) in rescued.items():
        covers.setdefault(step, []).append((group, was, now))
    sent = _steps_sent(before)
    told = (_step(step, by_step.get(step, {}), covers.get(step, ()), sent) for step in order)
    read_before = {fault.path for fault in before.faults}
    return Changes(
        steps=tuple(found for found in told if found is not None),
        failures=tuple(sorted(_failures(before, pairs), key=lambda f: (place[f.kind.step], f.kind))),
        reviews=tuple(sorted(_reviews(pairs), key=lambda r: (place[r.step], r.reason.value))),
        collections=tuple(c for step in order for c in _collections(step, before, after)),
        decisions=tuple(_decisions(pairs, {} if decisions is None else decisions)),
        groups=len(pairs),
        unreadable=tuple(fault.path for fault in after.faults if fault.path not in read_before),
    )


def newest(state: LedgerState) -> str:
    """Return the time of the newest event that a group's or a workflow's state rests on; or empty."""
    times = [record.since for record in state.groups.values()]
    for w in state.workflows():
        times += (w.since, w.claimed_at, w.gated_at, w.measured)
    return max(times, default="")


def _differing(before: LedgerState, after: LedgerState) -> dict[tuple[str, str], _Pair]:
    """Return the groups that are not the same; a record that was not read anew is the same object."""
    found: dict[tuple[str, str], _Pair] = {}
    for key, now in after.groups.items():
        was = before.groups.get(key)
        if was is not now and was != now:
            found[key] = was, now
    found.update({key: (was, None) for key, was in before.groups.items() if key not in after.groups})
    return found


def _differing_cover(before: LedgerState, after: LedgerState) -> dict[tuple[str, str], tuple[bool, bool]]:
    keys = before.covering.keys() ^ after.covering.keys()
    return {key: (key in before.covering, key in after.covering) for key in keys}


def _steps_sent(state: LedgerState) -> Collection[str]:
    return {w.step for w in state.workflows() if w.run_id is not None}


def _step(
    step: str,
    pairs: Mapping[str, _Pair],
    covers: Iterable[tuple[str, bool, bool]],
    sent: Collection[str],
) -> StepChange | None:
    """Return what became different in a step; None: nothing of what is counted."""
    entered: dict[Became, list[str]] = {}
    left: dict[Became, list[str]] = {}
    total = [0] * len(_ZERO)
    for group, (was, now) in pairs.items():
        old, new = _is(was), _is(now)
        for became in new - old:
            entered.setdefault(became, []).append(group)
        for became in old - new:
            left.setdefault(became, []).append(group)
        more = zip(total, _figures(was), _figures(now), strict=True)
        total = [count - less + plus for count, less, plus in more]
    for group, _, now_covered in covers:
        (entered if now_covered else left).setdefault(Became.RESCUED, []).append(group)
    moved = tuple(
        Moved(became, _ordered(entered.get(became, ())), _ordered(left.get(became, ())))
        for became in Became
        if became in entered or became in left
    )
    began = step not in sent and any(m.became is Became.SENT and m.entered for m in moved)
    return StepChange(step, began, moved, Figures(*total)) if moved or any(total) else None


def _ordered(groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(groups, key=natural))


def _is(record: GroupRecord | None) -> frozenset[Became]:
    """Return what a group is."""
    if record is None:
        return frozenset()
    found: set[Became] = set()
    if any(w.run_id is not None for w in record.workflows):
        found.add(Became.SENT)
    if record.review is not None or any(w.review is not None for w in record.counting):
        found.add(Became.REVIEW)
    if record.superseded:
        found.add(Became.SUPERSEDED)
    if record.verdict is GroupState.ACCEPTED:
        found.add(Became.ACCEPTED)
    if record.verdict is GroupState.REJECTED:
        found.add(Became.REJECTED)
    last = record.counting[-1] if record.counting else None
    if last is not None and (state := _BY_STATE.get(last.state)) is not None:
        found.add(state)
        if last.state in ENDED:
            found.add(Became.ENDED)
    return frozenset(found)


_ZERO: tuple[int, ...] = astuple(Figures())


def _figures(record: GroupRecord | None) -> tuple[int, ...]:
    """Return the counters of a group, in the order of `Figures`."""
    if record is None:
        return _ZERO
    some = record.workflows
    outcomes = [w.outcome for w in some if w.outcome is not None]
    return (
        len(some),
        sum(w.run_id is not None for w in some),
        sum(w.state in ENDED for w in some),
        sum(w.restarts for w in some),
        sum(o.quanta for o in outcomes),
        sum(o.missing for o in outcomes),
        sum(w.core_seconds for w in some),
        sum(bool(w.measured) for w in some),
    )


def _failures(before: LedgerState, pairs: Mapping[tuple[str, str], _Pair]) -> Iterator[FailureChange]:
    """Yield the kinds of failures whose number is not the same."""
    less: Counter[FailureKind] = Counter()
    more: Counter[FailureKind] = Counter()
    for was, now in pairs.values():
        less.update(_kinds(was))
        more.update(_kinds(now))
    differ = {kind for kind in less.keys() | more.keys() if less[kind] != more[kind]}
    if not differ:
        return
    # A kind is new only where no other group has it either.
    same = Counter(
        k for key, r in before.groups.items() if key not in pairs for k in _kinds(r) if k in differ
    )
    for kind in differ:
        yield FailureChange(kind, same[kind] + less[kind], same[kind] + more[kind])


def _kinds(record: GroupRecord | None) -> Iterator[FailureKind]:
    for workflow in () if record is None else record.workflows:
        if workflow.outcome is None:
            continue
        for failure in workflow.outcome.failures:
            if failure.fault is Fault.FAILED:
                cause = failure.cause
                said = "" if cause is None else cause.source
                said += "" if cause is None or cause.code is None else f" {cause.code}"
                site = "" if cause is None else cause.site
                yield FailureKind(workflow.step, failure.quantum.task, said, site)


def _reviews(pairs: Mapping[tuple[str, str], _Pair]) -> Iterator[Reviewed]:
    found: dict[tuple[str, Reason], list[str]] = {}
    for (step, group), (was, now) in pairs.items():
        for reason in _reasons(now) - _reasons(was):
            found.setdefault((step, reason), []).append(group)
    for (step, reason), groups in found.items():
        yield Reviewed(step, reason, _ordered(groups))


def _reasons(record: GroupRecord | None) -> frozenset[Reason]:
    if record is None:
        return frozenset()
    return frozenset(r for r in (record.review, *(w.review for w in record.counting)) if r is not None)


def _collections(step: str, before: LedgerState, after: LedgerState) -> Iterator[CollectionChange]:
    was = before.steps.get(step, StepRecord(step))
    now = after.steps.get(step, StepRecord(step))
    if was == now:
        return
    if (was.chained, was.retired) != (now.chained, now.retired):
        held = None if was.chained is None else len(was.chained)
        holds = None if now.chained is None else len(now.chained)
        name = now.collection or was.collection
        yield CollectionChange(step, name, held, holds, retired=now.retired and not was.retired)
    for tag in now.tags:
        old = was.tag(tag.collection)
        if (old.declaration, old.datasets) != (tag.declaration, tag.datasets):
            some = old.count if old.declaration else None
            yield CollectionChange(
                step, tag.collection, some, tag.count if tag.declaration else None, tagged=True
            )


def _decisions(pairs: Mapping[tuple[str, str], _Pair], written: Mapping[str, Decision]) -> Iterator[Taken]:
    found: dict[str, list[str]] = {}
    for (step, group), (was, now) in pairs.items():
        for decision in _decided(now) - _decided(was):
            found.setdefault(decision, []).append(f"{step}/{group}")
    made = [_taken(id_, _ordered(on), written.get(id_)) for id_, on in found.items()]
    yield from sorted(made, key=lambda t: (t.by, t.verb, natural(t.on[0]), t.decision))


def _decided(record: GroupRecord | None) -> frozenset[str]:
    return frozenset() if record is None else record.decisions


def _taken(id_: str, on: tuple[str, ...], written: Decision | None) -> Taken:
    if written is None:
        return Taken(id_, on)
    return Taken(id_, on, written.verb.value, written.by, written.because)
