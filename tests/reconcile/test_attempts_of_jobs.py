"""What the attempts that failed tell of retries, queue, CPU and memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cmcompile.model.diagnosed import TaskJobs
from cmcompile.model.jobs import Details, JobSeen, TaskSeen
from cmcompile.model.usage import Spread
from cmcompile.reconcile.attempts import task_jobs
from cmcompile.reconcile.causes import failed_jobs

MADE = datetime(2026, 11, 20, 8, tzinfo=UTC)


def task(failed: int, state: str = "partial", label: str = "isr") -> TaskSeen:
    return TaskSeen(f"t-{label}", "5", f"run_{label}", label, state, state, 9, 9 - failed, failed)


def job(id_: int, attempt: int, name: str, wait: int | None = None, **more: object) -> JobSeen:
    times = {} if wait is None else {"created": MADE, "started": MADE + timedelta(seconds=wait)}
    known = {"name": name, "attempt": attempt, **times, **more}
    return JobSeen(str(id_), "t-isr", "5", status="failed", state="failed", **known)  # type: ignore[arg-type]


def told(details: Details, run_id: str = "5") -> tuple[TaskJobs, ...]:
    return task_jobs(details, run_id, failed_jobs(details, run_id))


def test_each_attempt_that_failed_was_followed_but_for_those_that_failed_for_good() -> None:
    jobs = (
        job(1, 1, "a", 10, cpu_seconds=90.0, seconds=100.0, max_rss=2048.0),
        job(2, 2, "a", 30, cpu_seconds=10.0, seconds=100.0, max_rss=4000000.0),
        job(3, 1, "b", 20, cpu_seconds=5.0),
    )
    # `a` failed twice for good, `b` once and then succeeded: two attempts were second ones.
    assert told(Details((task(1),), jobs)) == (TaskJobs("isr", 3, 2, Spread(20, 30, 30), 50, 3907),)


def test_what_is_not_told_is_not_zero() -> None:
    assert told(Details((task(1),), (job(1, 1, "a"),))) == (TaskJobs("isr", 1, 0),)
    assert told(Details((), (job(1, 1, "a"),))) == (TaskJobs("", 1),)
    assert told(Details((task(1),), (job(1, 1, "a"),)), "6") == ()


@pytest.mark.parametrize(
    "details",
    [
        Details((task(1),), (job(1, 2, "a"),), ("failed jobs of runs 5 to 5: it shows 10000 rows",)),
        Details((task(2),), (job(1, 2, "a"),)),
        Details((task(1, "running"),), (job(1, 2, "a"),)),
    ],
    ids=["not whole", "more failed than are shown", "not over"],
)
def test_retries_are_counted_only_where_all_is_told(details: Details) -> None:
    [found] = told(details)
    assert found.retries is None
    assert found.failed == 1


def test_a_clock_that_goes_backwards_is_no_wait() -> None:
    [found] = told(Details((task(1),), (job(1, 1, "a", -5),)))
    assert found.queue is None
