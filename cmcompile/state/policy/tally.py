"""The failures of many workflows, by class, rule, task and site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from cmcompile.model.failures import Example, FailureRow, FailureTable, Judgement, Trend
from cmcompile.model.outcome import Quantum
from cmcompile.model.policy import FailureClass, Ruled
from cmcompile.state.acceptance import counts_by_task
from cmcompile.state.policy.matching import ruled

#: So many examples of a sort are kept, those of the newest workflows.
_EXAMPLES = 3
#: Of fewer workflows no trend is told.
_FEW = 4
#: From half to half of the workflows, a share that grows, or shrinks, by this is no chance.
_MUCH = Fraction(3, 2)

_Sort = tuple[FailureClass, str, str, str]


@dataclass(slots=True)
class _Found:
    """What was seen of one sort of failure."""

    failures: int = 0
    quanta: set[tuple[str, Quantum]] = field(default_factory=set)
    by_workflow: Counter[int] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


def tally(judgements: Sequence[Judgement], open_: Mapping[str, Collection[Quantum]]) -> FailureTable:
    """Count failures.

    Parameters
    ----------
    judgements
        What became of each workflow, as it was recorded last.
    open_
        By step: the quanta that have no outputs now.
    """
    ordered = sorted(judgements, key=lambda one: (one.at, str(one.subject)))
    found: dict[_Sort, _Found] = {}
    behind = 0
    for number, one in enumerate(ordered):
        told = _ruled(one)
        behind += sum(r.behind for r in told)
        for each in (r for r in told if not r.behind):
            _add(found.setdefault(_sort(each), _Found()), number, one, each)
    rows = [_row(sort, seen, ordered, open_) for sort, seen in found.items()]
    rows.sort(key=lambda row: (-row.open, -row.failures, row.kind.value, row.rule, row.task, row.site))
    return FailureTable(tuple(rows), behind, len(ordered), sum(not one.outcome.complete for one in ordered))


def _ruled(one: Judgement) -> tuple[Ruled, ...]:
    if one.policy is not None:
        return ruled(one.policy, one.outcome.failures)
    return tuple(Ruled(f, None, f.fault.value == "blocked") for f in one.outcome.failures)


def _sort(one: Ruled) -> _Sort:
    cause = one.failure.cause
    rule = "" if one.rule is None else one.rule.name
    return one.kind, rule, one.failure.quantum.task, "" if cause is None else cause.site


def _add(found: _Found, number: int, judgement: Judgement, one: Ruled) -> None:
    failure, subject = one.failure, judgement.subject
    found.failures += 1
    found.quanta.add((subject.step, failure.quantum))
    found.by_workflow[number] += 1
    cause = failure.cause
    name = f"{subject.step}/{subject.group}@{subject.workflow}"
    example = Example(failure.quantum.data_id, name, failure.message, cause.log if cause else "")
    found.examples.insert(0, example)
    del found.examples[_EXAMPLES:]


def _row(
    sort: _Sort,
    found: _Found,
    ordered: Sequence[Judgement],
    open_: Mapping[str, Collection[Quantum]],
) -> FailureRow:
    kind, rule, task, site = sort
    seen = sorted(found.by_workflow)
    subjects = [ordered[number].subject for number in seen]
    return FailureRow(
        kind,
        rule,
        task,
        site,
        found.failures,
        sum(quantum in open_.get(step, ()) for step, quantum in found.quanta),
        len({(subject.step, subject.group) for subject in subjects}),
        len(seen),
        ordered[seen[0]].at,
        ordered[seen[-1]].at,
        _trend(task, found.by_workflow, ordered),
        tuple(found.examples),
    )


def _trend(task: str, by_workflow: Counter[int], ordered: Sequence[Judgement]) -> Trend:
    """Compare the shares of failed quanta of a task in the earlier and the later half of its workflows."""
    counts = [counts_by_task(one.outcome).get(task, (0, 0))[0] for one in ordered]
    having = [number for number, quanta in enumerate(counts) if quanta]
    if len(having) < _FEW:
        return Trend.FEW
    halves = having[: len(having) // 2], having[len(having) // 2 :]
    early, late = (
        Fraction(sum(by_workflow[n] for n in half), sum(counts[n] for n in half)) for half in halves
    )
    if late > early * _MUCH:
        return Trend.RISING
    return Trend.FALLING if late * _MUCH < early else Trend.STEADY
