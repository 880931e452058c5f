"""What was measured, put together by task, step, workflow and campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from cmcompile.model.diagnosed import TaskJobs
from cmcompile.model.ids import natural
from cmcompile.model.outcome import TaskOutcome
from cmcompile.model.stamp import moment_of
from cmcompile.model.stats import Ran, Stats, StatsRow
from cmcompile.model.usage import TaskUsage

T = TypeVar("T")
By: TypeAlias = Literal["task", "step", "workflow", "series"]


@dataclass(frozen=True, slots=True)
class _Part:
    """One task of one workflow; None where nothing is known."""

    ran: Ran
    task: str
    took: TaskUsage | None
    came: TaskOutcome | None
    tried: TaskJobs | None = None


def stats(workflows: Sequence[Ran], by: By, steps: Sequence[str] = ()) -> Stats:
    """Return figures by task, step or workflow; ``series`` is by workflow and task, in the order of time.

    Parameters
    ----------
    steps
        Their order.
    """
    place = {step: number for number, step in enumerate(steps)}
    ordered = sorted(
        workflows, key=lambda r: (place.get(r.step, len(place)), r.step, natural(r.group), r.workflow)
    )
    some: list[StatsRow] = []
    if by == "task":
        for step, inside in _sorted_out(ordered, lambda r: r.step):
            parts = [part for ran in inside for part in _parts(ran)]
            for task, of_task in _sorted_out(parts, lambda p: p.task):
                some.append(_row(inside, of_task, step=step, task=task))
    elif by == "series":
        every = [(ran, part) for ran in ordered for part in _parts(ran) if part.took is not None]
        some = [_row([ran], [part], step=ran.step, workflow=ran.name, task=part.task) for ran, part in every]
        some.sort(key=lambda row: row.started)
    elif by == "step":
        for step, inside in _sorted_out(ordered, lambda r: r.step):
            some.append(_row(inside, [part for ran in inside for part in _parts(ran)], step=step))
    else:
        for ran in ordered:
            some.append(_row([ran], list(_parts(ran)), step=ran.step, workflow=ran.name, state=ran.state))
    return Stats(tuple(some), _row(ordered, [part for ran in ordered for part in _parts(ran)]))


def _sorted_out(values: Iterable[T], key: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    found: dict[str, list[T]] = {}
    for value in values:
        found.setdefault(key(value), []).append(value)
    return list(found.items())


def _parts(ran: Ran) -> Iterable[_Part]:
    """Yield the tasks of a workflow: those of the pipeline, then what else was measured or told of.

    Attempts are told by label, and that of a cluster is no task.
    """
    took = {} if ran.measured is None else {task.task: task for task in ran.measured.tasks}
    came = {} if ran.outcome is None else {task.task: task for task in ran.outcome.tasks}
    tried = {} if ran.diagnosed is None else {one.label: one for one in ran.diagnosed.tasks}
    for task in dict.fromkeys((*came, *took, *tried)):
        yield _Part(ran, task or "not told", took.get(task), came.get(task), tried.get(task))


def _row(
    workflows: Sequence[Ran],
    parts: Sequence[_Part],
    *,
    step: str = "",
    workflow: str = "",
    task: str = "",
    state: str = "",
) -> StatsRow:
    took = [part.took for part in parts if part.took is not None]
    came = [part.came for part in parts if part.came is not None]
    told = sum(ran.outcome is not None for ran in workflows)
    peaks = [one.memory for one in took if one.memory is not None]
    tried = [part.tried for part in parts if part.tried is not None]
    waits = [one.queue for one in tried if one.queue is not None]
    one = took[0] if len(took) == len(parts) == 1 else None
    queues = [queued for ran in workflows if (queued := _queued(ran)) is not None]
    return StatsRow(
        step,
        workflow,
        task,
        state,
        len(workflows),
        sum(ran.live for ran in workflows),
        told,
        sum(ran.measured is not None for ran in workflows),
        sum(ran.restarts for ran in workflows),
        sum(one.quanta for one in came) if told else None,
        sum(one.succeeded for one in came) if told else None,
        sum(one.failed for one in came) if told else None,
        sum(one.quanta for one in took),
        sum(one.sampled for one in took),
        min((ran.created for ran in workflows if ran.created), default=""),
        min((one.started for one in took), default=""),
        max((one.ended for one in took), default=""),
        _middle(queues),
        sum(one.cpu_sum for one in took) if took else None,
        sum(one.wall_sum for one in took) if took else None,
        _middle([one.cpu.median for one in took]),
        _middle([one.wall.median for one in took]),
        max((one.wall.p95 for one in took), default=None),
        max((one.wall.max for one in took), default=None),
        max((peak.max for peak in peaks), default=None),
        max((peak.p95 for peak in peaks), default=None),
        sum(one.succeeded == one.quanta for one in came) if told else None,
        sum(one.succeeded == 0 < one.quanta for one in came) if told else None,
        sum(0 < one.succeeded < one.quanta for one in came) if told else None,
        sum(ran.diagnosed is not None for ran in workflows),
        _sum([job.retries for job in tried]),
        _middle([wait.median for wait in waits]),
        max((wait.p95 for wait in waits), default=None),
        _middle([job.efficiency for job in tried if job.efficiency is not None]),
        max((job.memory for job in tried if job.memory is not None), default=None),
        () if one is None else one.deciles,
        () if one is None else one.running,
    )


def _sum(values: Sequence[int | None]) -> int | None:
    """Return a sum; None where one of the values is not known, or there are none."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _middle(values: Sequence[int]) -> int | None:
    return sorted(values)[(len(values) - 1) // 2] if values else None


def _queued(ran: Ran) -> int | None:
    """Return the seconds from submission to the first quantum."""
    if ran.measured is None or not ran.measured.tasks or not ran.created or ran.restarts:
        return None
    begun = min(task.started for task in ran.measured.tasks)
    return seconds(ran.created, begun)


def seconds(begin: str, end: str) -> int | None:
    """Return the seconds between two times; None where that is no time, or less than nothing."""
    try:
        found = int((moment_of(end) - moment_of(begin)).total_seconds())
    except ValueError:
        return None
    return found if found >= 0 else None
