"""Attempts, time in the queue, CPU and memory of the failed jobs of a run, by label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import ceil

from cmcompile.model.diagnosed import TaskJobs
from cmcompile.model.jobs import Details, JobSeen, TaskSeen
from cmcompile.model.usage import spread_of
from cmcompile.reconcile.causes import FailedJob

_OVER = frozenset({"succeeded", "partial", "failed"})


def task_jobs(details: Details, run_id: str, jobs: Sequence[FailedJob]) -> tuple[TaskJobs, ...]:
    """Return what was told of the attempts of each label; nothing is asked for it.

    Parameters
    ----------
    jobs
        As `cmcompile.reconcile.causes.failed_jobs` gives them.
    """
    tasks: dict[str, list[TaskSeen]] = defaultdict(list)
    for task in details.tasks:
        if task.run_id == run_id:
            tasks[task.label].append(task)
    labels = {task.task_id: task.label for some in tasks.values() for task in some}
    shown: dict[str, list[JobSeen]] = defaultdict(list)
    for job in details.jobs:
        if job.run_id == run_id:
            shown[labels.get(job.task_id, "")].append(job)
    of: dict[str, list[FailedJob]] = defaultdict(list)
    for one in jobs:
        of[one.label].append(one)
    # A list that is not whole tells of some attempts only.
    whole = not details.lacking
    return tuple(
        _of_label(label, some, _retries(tasks[label], of[label]) if whole else None)
        for label, some in sorted(shown.items())
    )


def _retries(tasks: Sequence[TaskSeen], jobs: Sequence[FailedJob]) -> int | None:
    """Return how many attempts were not the first of their job; None: that can't be told.

    Each attempt that failed was followed by another one, but for the last ones of jobs that failed for good.
    """
    lost = sum(task.failed for task in tasks)
    if not tasks or lost > len(jobs) or any(task.state not in _OVER for task in tasks):
        return None
    return sum(job.attempts for job in jobs) - lost


def _of_label(label: str, jobs: Sequence[JobSeen], retries: int | None) -> TaskJobs:
    waits = [
        wait
        for job in jobs
        if job.created and job.started and (wait := int((job.started - job.created).total_seconds())) >= 0
    ]
    both = [(job.cpu_seconds, job.seconds) for job in jobs if job.cpu_seconds is not None and job.seconds]
    wall = sum(seconds for _, seconds in both)
    peaks = [job.max_rss for job in jobs if job.max_rss]
    return TaskJobs(
        label,
        len(jobs),
        retries,
        spread_of(waits) if waits else None,
        round(100 * sum(cpu for cpu, _ in both) / wall) if wall else None,
        ceil(max(peaks) / 1024) if peaks else None,
    )
