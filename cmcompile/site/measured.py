"""What was measured of workflows, for plots and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.event import Event, Measured, Subject, Submitted
from cmcompile.model.stats import StatsRow
from cmcompile.model.usage import TaskUsage
from cmcompile.site.durations import durations
from cmcompile.site.model import Measurement, SiteCampaign
from cmcompile.site.series import under_way
from cmcompile.site.shards import Json
from cmcompile.site.times import seconds

#: A plot of more points than this is a cloud; of more workflows every n-th is drawn.
POINTS = 400


def newest(events: Sequence[Event]) -> Measured | None:
    """Return what was measured since the run was submitted last; None: nothing."""
    found = None
    for event in events:
        body = event.draft.body
        if isinstance(body, Submitted):
            found = None
        elif isinstance(body, Measured):
            found = body
    return found


def tasks_of(events: Sequence[Event]) -> Iterator[tuple[Json, ...]]:
    """Yield by task: quanta, how many were read, core seconds, wall and memory of a quantum, and when."""
    body = newest(events)
    for task in () if body is None else body.tasks:
        yield _row(task)


def _row(task: TaskUsage) -> tuple[Json, ...]:
    memory = None if task.memory is None else [task.memory.median, task.memory.p95, task.memory.max]
    wall = [task.wall.median, task.wall.p95, task.wall.max]
    return (
        task.task,
        task.quanta,
        task.sampled,
        task.cpu_sum,
        task.wall_sum,
        wall,
        memory,
        task.started,
        task.ended,
    )


def measurements(campaign: SiteCampaign) -> list[Measurement]:
    """Return what each task of each workflow took that counts still."""
    some = [w for row in campaign.status.rows for w in row.workflows if w.measured]
    return [one for w in some for one in _of_workflow(campaign, Subject(w.step, w.group, w.name))]


def _of_workflow(campaign: SiteCampaign, subject: Subject) -> Iterator[Measurement]:
    body = newest(campaign.events.get(subject, ()))
    name = subject.step, subject.group or "", subject.workflow or ""
    for t in () if body is None else body.tasks:
        figures = t.quanta, t.wall_sum, t.wall.median, t.wall.p95, t.wall.max
        yield Measurement(*name, t.task, t.started, t.ended, *figures, t.deciles, t.running)


def timing(campaign: SiteCampaign) -> Json:
    """Return what the pages of a campaign draw of times: figures by step and task, and what ran when."""
    found = measurements(campaign)
    return {
        "rows": [_figures(row) for row in campaign.tasks],
        "under_way": under_way(found),
        "points": _points(found),
        "durations": durations(found),
    }


def _points(found: Sequence[Measurement]) -> Json:
    """Return by task when each workflow began it, and how long a quantum took there."""
    tasks: dict[str, list[Measurement]] = {}
    for one in found:
        tasks.setdefault(one.task, []).append(one)
    told = []
    for task, some in tasks.items():
        some.sort(key=lambda m: (m.started, m.step, m.group, m.workflow))
        every = -(-len(some) // POINTS)
        points = [
            [seconds(m.started), m.median, m.p95, m.longest, m.quanta, f"{m.step}/{m.group}@{m.workflow}"]
            for m in some[::every]
        ]
        told.append({"task": task, "of": len(some), "points": points})
    return told


def _figures(row: StatsRow) -> Json:
    return {
        "step": row.step,
        "task": row.task,
        "workflows": row.workflows,
        "measured": row.measured,
        "quanta": row.quanta,
        "failed": row.failed,
        "taken": row.taken,
        "started": row.started,
        "ended": row.ended,
        "wall": row.wall,
        "cpu": row.cpu,
        "median": row.wall_median,
        "p95": row.wall_p95,
        "max": row.wall_max,
        "memory": row.memory,
    }
