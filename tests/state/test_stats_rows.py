"""Figures of several workflows together: sums where they are known, and nothing where they are not."""

from __future__ import annotations

from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.model.stats import Ran
from cmcompile.model.usage import Measured, QuantumUsage, Spread, spread_of, task_usage
from cmcompile.state.usage import stats

AT = "2026-11-20T08:00:{:02}Z"


def took(task: str, *walls: int, memory: int = 1000, begun: int = 0, of: int = 0) -> Measured:
    sample = [QuantumUsage(AT.format(begun), AT.format(begun + 9), w // 2, w, memory + w) for w in walls]
    return Measured("butler", (task_usage(task, of or len(sample), sample),))


def ran(group: str, measured: Measured | None, failed: int | None = 0, step: str = "s") -> Ran:
    told = None if failed is None else Outcome((TaskOutcome("isr", 4, 4 - failed, failed),))
    state = "running" if failed is None else "succeeded"
    return Ran(step, group, "w00", state, AT.format(0), told, measured, live=failed is None)


def test_spreads() -> None:
    assert spread_of([7]) == Spread(7, 7, 7)
    assert spread_of([3, 1, 2, 4]) == Spread(2, 4, 4)
    assert spread_of(range(101)) == Spread(50, 95, 100)


def test_a_sample_stands_for_all() -> None:
    [task] = took("isr", 100, 300, of=10).tasks
    assert (task.quanta, task.sampled, task.wall_sum, task.cpu_sum) == (10, 2, 2000, 1000)


def test_by_task() -> None:
    rows = stats([ran("1", took("isr", 100, 200)), ran("2", took("isr", 400, begun=20), failed=1)], "task")
    [row] = rows.rows
    assert (row.step, row.task, row.workflows, row.measured) == ("s", "isr", 2, 2)
    assert (row.quanta, row.failed, row.taken, row.wall, row.cpu) == (8, 1, 3, 700, 350)
    assert (row.wall_median, row.wall_max, row.memory) == (100, 400, 1400)
    assert (row.started, row.ended, row.queued) == (AT.format(0), AT.format(29), 0)
    assert (row.whole, row.part, row.bad) == (1, 1, 0)


def test_what_is_not_known_is_none_and_not_0() -> None:
    found = stats([ran("1", None, failed=None)], "workflow")
    [row] = found.rows
    for figure in (row.quanta, row.failed, row.cpu, row.wall, row.memory, row.queued, row.whole):
        assert figure is None
    assert (row.started, found.total.under_way, found.total.measured) == ("", 1, 0)


def test_what_is_known_counts_beside_what_is_not() -> None:
    total = stats([ran("1", took("isr", 100)), ran("2", None, failed=None)], "step").total
    assert (total.workflows, total.told, total.measured, total.quanta, total.wall) == (2, 1, 1, 4, 100)


def test_series_are_in_the_order_of_time_and_steps_in_that_of_the_spec() -> None:
    some = [ran("1", took("isr", 5, begun=30)), ran("2", took("isr", 5, begun=10), step="t")]
    assert [row.workflow for row in stats(some, "series").rows] == ["t/2@w00", "s/1@w00"]
    assert [row.step for row in stats(some, "step", ["t", "s"]).rows] == ["t", "s"]
