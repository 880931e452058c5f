"""Two sides put beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from cmcompile.model.compare import (
    RECORDED,
    Compared,
    Comparison,
    FailurePair,
    GroupPair,
    Key,
    SoftwarePair,
    StepFigures,
    StepPair,
    TaskPair,
)
from cmcompile.model.difference import Difference
from cmcompile.model.failures import FailureRow, FailureTable
from cmcompile.model.states import GroupState
from cmcompile.model.stats import Stats

K = TypeVar("K")


def compared(old: Compared, new: Compared, found: Difference) -> Comparison:
    """Put two sides beside each other; steps, tasks, failures and groups are paired by their names."""
    return Comparison(
        (old, new),
        found,
        tuple(_software(old, new)),
        tuple(_steps(old, new)),
        tuple(_tasks(old.stats, new.stats)),
        _failures(old.failures, new.failures),
        tuple(_groups(old, new)),
    )


def _both(old: Mapping[K, object], new: Mapping[K, object]) -> list[K]:
    """Return the keys of both sides, those of the new one first."""
    return list(dict.fromkeys([*new, *old]))


def _software(old: Compared, new: Compared) -> Iterator[SoftwarePair]:
    """Yield what differs, steps that differ in the same way together."""
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for step in _both(old.software, new.software):
        then, now = old.software.get(step), new.software.get(step)
        if then is None or now is None:
            continue  # that a side lacks the step is told by the specs
        for what in _both(then, now):
            pair = then.get(what, ()), now.get(what, ())
            if pair[0] != pair[1] and (all(pair) or what not in RECORDED):
                found.setdefault((what, *pair), []).append(step)
    for (what, before, after), steps in sorted(found.items(), key=lambda item: item[0][0]):
        yield SoftwarePair(what, tuple(steps), before, after)


def _steps(old: Compared, new: Compared) -> Iterator[StepPair]:
    then, now = _figures(old), _figures(new)
    for step in _both(then, now):
        yield StepPair(step, then.get(step), now.get(step))


def _figures(side: Compared) -> dict[str, StepFigures]:
    most: dict[str, int] = {}
    workflows: dict[str, int] = {}
    for (name, _), tries in side.tries.items():
        most[name] = max(most.get(name, 0), tries)
        workflows[name] = workflows.get(name, 0) + tries
    found = {}
    for step in side.status.steps:
        found[step.step] = StepFigures(
            step.groups,
            step.first.get(GroupState.ACCEPTED, 0),
            step.rescue_groups,
            step.people + step.rescue_people,
            step.quanta,
            step.missing,
            workflows.get(step.step, 0),
            side.restarts.get(step.step, 0),
            most.get(step.step, 0),
            step.took.core_seconds if step.took.measured else None,
        )
    return found


def _tasks(old: Stats, new: Stats) -> Iterator[TaskPair]:
    then = {(row.step, row.task): row for row in old.rows}
    now = {(row.step, row.task): row for row in new.rows}
    for step, task in _both(then, now):
        yield TaskPair(step, task, then.get((step, task)), now.get((step, task)))


def _failures(old: FailureTable, new: FailureTable) -> tuple[FailurePair, ...]:
    """Return all failures by their sort, what grew most first."""
    then, now = _by_sort(old.rows), _by_sort(new.rows)
    pairs = [FailurePair(then.get(sort), now.get(sort)) for sort in _both(then, now)]
    return tuple(sorted(pairs, key=lambda pair: (-_grown(pair), pair.row.rule, pair.row.task)))


def _by_sort(rows: Sequence[FailureRow]) -> dict[tuple[str, ...], FailureRow]:
    return {(row.kind.value, row.rule, row.task, row.site): row for row in rows}


def _grown(pair: FailurePair) -> int:
    counts = [0 if row is None else row.failures for row in (pair.old, pair.new)]
    return counts[1] - counts[0]


def _groups(old: Compared, new: Compared) -> Iterator[GroupPair]:
    then: dict[Key, GroupState] = {
        (r.standing.step, r.standing.group): r.standing.state for r in old.status.rows
    }
    for row in new.status.rows:
        key = row.standing.step, row.standing.group
        before = then.get(key)
        if before is not None and before is not row.standing.state:
            tries = old.tries.get(key, 0), new.tries.get(key, 0)
            yield GroupPair(*key, before, row.standing.state, tries)
