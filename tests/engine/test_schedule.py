"""The scheduling core: what may start, what is tried again, what becomes of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.engine.schedule import OVER, JobState, Schedule, outcome
from cmcompile.engine.workflow import Job, Workflow


def job(name: str, *parents: str, **more: object) -> Job:
    return Job(name, name, ("true",), parents, **{"quanta": 1, **more})  # type: ignore[arg-type]


def names(schedule: Schedule) -> list[str]:
    return [found.name for found in schedule.ready()]


def states(schedule: Schedule) -> dict[str, JobState]:
    return {found.name: state for found, state in schedule.states()}


def test_a_job_waits_for_its_parents() -> None:
    schedule = Schedule(Workflow("w", (job("a"), job("b"), job("c", "a", "b"))))
    assert names(schedule) == ["a", "b"]
    schedule.start("a")
    schedule.end("a", 0)
    assert names(schedule) == ["b"]
    schedule.start("b")
    schedule.end("b", 0)
    assert names(schedule) == ["c"]


def test_larger_priority_goes_first() -> None:
    assert names(Schedule(Workflow("w", (job("a"), job("b", priority=3), job("c", priority=3))))) == [
        *("b", "c", "a")
    ]


def test_a_failure_is_tried_again_so_often() -> None:
    schedule = Schedule(Workflow("w", (job("a", retries=2),)))
    for _ in range(3):
        schedule.start("a")
        schedule.end("a", 7)
    assert schedule.state("a") is JobState.FAILED
    assert schedule.is_over


@pytest.mark.parametrize(("code", "state"), [(1, JobState.FAILED), (7, JobState.READY), (-9, JobState.READY)])
def test_some_exit_codes_are_not_tried_again(code: int, state: JobState) -> None:
    schedule = Schedule(Workflow("w", (job("a", retries=2, no_retry=(1, 2)),)))
    schedule.start("a")
    schedule.end("a", code)
    assert schedule.state("a") is state


def test_a_retry_asks_for_more_memory_up_to_a_limit() -> None:
    schedule = Schedule(Workflow("w", (job("a", retries=5, memory=100, memory_factor=2.0, memory_max=350),)))
    asked = []
    while not schedule.is_over:
        asked.append(schedule.memory("a"))
        schedule.start("a")
        schedule.end("a", 1)
    assert asked == [100, 200, 350, 350, 350, 350]


def test_what_follows_a_failure_is_pruned_and_the_final_job_is_run() -> None:
    jobs = (job("init", quanta=0), job("a", "init"), job("b", "a"), job("c", "init"), job("end", quanta=0))
    schedule = Schedule(Workflow("w", jobs, "end"))
    for name, code in (("init", 0), ("a", 1), ("c", 0)):
        assert "end" not in names(schedule)
        schedule.start(name)
        schedule.end(name, code)
    assert names(schedule) == ["end"]
    schedule.start("end")
    schedule.end("end", 0)
    assert states(schedule)["b"] is JobState.PRUNED
    assert outcome(schedule, "end") == ("partial", "PARTIAL")


def test_nothing_was_tried_and_the_run_has_failed() -> None:
    schedule = Schedule(Workflow("w", (job("init", quanta=0), job("a", "init"), job("end", quanta=0)), "end"))
    for name, code in (("init", 1), ("end", 0)):
        schedule.start(name)
        schedule.end(name, code)
    assert outcome(schedule, "end") == ("failed", "FAILED")


def test_a_failed_final_job_fails_the_run() -> None:
    schedule = Schedule(Workflow("w", (job("a"), job("end", quanta=0)), "end"))
    for name, code in (("a", 0), ("end", 1)):
        schedule.start(name)
        schedule.end(name, code)
    assert outcome(schedule, "end") == ("failed", "FINAL_JOB_FAILED")


def test_without_a_final_job_a_failure_fails_the_run() -> None:
    schedule = Schedule(Workflow("w", (job("a"), job("b"))))
    for name, code in (("a", 0), ("b", 1)):
        schedule.start(name)
        schedule.end(name, code)
    assert outcome(schedule, "") == ("failed", "FAILED")


def test_an_exit_code_may_abort_the_run_but_the_final_job() -> None:
    jobs = (job("a", abort_on=42, retries=3), job("b"), job("c", "b"), job("end"))
    schedule = Schedule(Workflow("w", jobs, "end"))
    schedule.start("a")
    schedule.end("a", 42)
    assert names(schedule) == ["end"]
    schedule.start("end")
    schedule.end("end", 0)
    assert outcome(schedule, "end") == ("failed", "ABORTED")


def test_after_a_cancel_nothing_starts_and_what_runs_may_end() -> None:
    schedule = Schedule(Workflow("w", (job("a", retries=3), job("b"), job("c", "a"), job("end")), "end"))
    schedule.start("a")
    schedule.cancel()
    assert [schedule.is_over, names(schedule)] == [False, []]
    schedule.end("a", -15)
    assert [schedule.is_over, names(schedule)] == [True, []]
    assert set(states(schedule).values()) == {JobState.DELETED}
    assert outcome(schedule, "end") == ("cancelled", "CANCELLED")


def test_a_cancel_that_came_too_late_changes_nothing() -> None:
    schedule = Schedule(Workflow("w", (job("a"),)))
    schedule.start("a")
    schedule.cancel()
    schedule.end("a", 0)
    assert outcome(schedule, "") == ("succeeded", "SUCCEEDED")


def test_a_job_that_does_nothing_stands_between_others() -> None:
    jobs = (
        *(job("a"), job("b")),
        Job("any", "any", parents=("a", "b"), regardless=True),
        Job("all", "all", parents=("a", "b")),
        *(job("c", "any"), job("d", "all")),
    )
    schedule = Schedule(Workflow("w", jobs))
    for name, code in (("a", 1), ("b", 0)):
        schedule.start(name)
        schedule.end(name, code)
    assert names(schedule) == ["c"]
    assert states(schedule)["d"] is JobState.PRUNED


def test_what_is_done_is_not_done_again_but_the_final_job() -> None:
    jobs = (job("a"), job("b", "a"), job("c", "b"), job("end"))
    schedule = Schedule(Workflow("w", jobs, "end"), done={"a", "b", "end"})
    assert names(schedule) == ["c"]
    assert states(schedule)["end"] is JobState.UNREADY
    assert Schedule(Workflow("w", jobs, "end"), done={"a", "b", "c", "end"}).is_over
    assert names(Schedule(Workflow("w", jobs, "end"), done={"a", "b", "c"})) == ["end"]


def test_what_was_not_started_can_not_end() -> None:
    schedule = Schedule(Workflow("w", (job("a"),)))
    with pytest.raises(ValueError, match="job a is ready, not running"):
        schedule.end("a", 0)


@dataclass(frozen=True)
class World:
    """A workflow, the exit codes of each job's tries, and in which order running jobs end."""

    workflow: Workflow
    codes: dict[str, list[int]]
    order: list[int]
    width: int


@st.composite
def worlds(draw: st.DrawFn) -> World:
    count = draw(st.integers(1, 9))
    jobs = []
    for number in range(count):
        parents = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        made = job(
            f"j{number}",
            *(f"j{p}" for p in sorted(parents)),
            retries=draw(st.integers(0, 2)),
            no_retry=draw(st.sampled_from([(), (1,), (1, 2)])),
            priority=draw(st.integers(0, 2)),
        )
        is_noop, regardless = draw(st.sampled_from([(False, False)] * 4 + [(True, False), (True, True)]))
        jobs.append(replace(made, argv=(), regardless=regardless) if is_noop else made)
    final = draw(st.booleans())
    if final:
        jobs.append(job("end", retries=1))
    codes = {
        made.name: draw(st.lists(st.sampled_from([0, 0, 1, 2, 7, -9]), min_size=3, max_size=3))
        for made in jobs
    }
    order = draw(st.lists(st.integers(0, 5), min_size=60, max_size=60))
    return World(Workflow("w", tuple(jobs), "end" if final else ""), codes, order, draw(st.integers(1, 4)))


def played(world: World, done: set[str]) -> tuple[Schedule, list[str], Counter[str]]:
    """Run all jobs; some at a time, ending in any order."""
    schedule = Schedule(world.workflow, done)
    running: list[str] = []
    tries: Counter[str] = Counter()
    started = []
    order = iter(world.order)
    while not schedule.is_over:
        for found in schedule.ready()[: world.width - len(running)]:
            schedule.start(found.name)
            running.append(found.name)
            started.append(found.name)
        name = running.pop(next(order) % len(running))
        code = world.codes[name][tries[name]]
        tries[name] += 1
        schedule.end(name, code)
    return schedule, started, tries


def expected(world: World) -> dict[str, JobState]:
    """Return what becomes of each job, from the definition."""
    found: dict[str, JobState] = {}
    for at in world.workflow.jobs:
        bad = any(found[p] is not JobState.SUCCEEDED for p in at.parents) and not at.regardless
        if bad:
            found[at.name] = JobState.PRUNED
            continue
        found[at.name] = JobState.SUCCEEDED
        for code in world.codes[at.name][: at.retries + 1] if at.argv else ():
            found[at.name] = JobState.FAILED if code else JobState.SUCCEEDED
            if code == 0 or code in at.no_retry:
                break
    return found


@given(worlds())
def test_every_job_ends_as_it_should_in_any_order(world: World) -> None:
    schedule, started, tries = played(world, set())
    jobs = {found.name: found for found in world.workflow.jobs}
    assert states(schedule) == expected(world)
    assert all(count <= jobs[name].retries + 1 for name, count in tries.items())
    first = {name: started.index(name) for name in started}
    for name, place in first.items():
        if not jobs[name].regardless:
            assert all(first[p] < place for p in jobs[name].parents if p in first)
    if world.workflow.final:
        assert set(started[started.index("end") :]) == {"end"}


@given(worlds(), st.data())
def test_a_run_that_is_taken_up_again_does_the_rest_only(world: World, data: st.DataObject) -> None:
    schedule, _, _ = played(world, set())
    succeeded = [name for name, state in states(schedule).items() if state is JobState.SUCCEEDED]
    done = set(data.draw(st.lists(st.sampled_from(succeeded)))) if succeeded else set()
    again, started, _ = played(world, set(done))
    assert not set(started) & done - {"end"}
    assert all(state in OVER for state in states(again).values())
    assert {n: s for n, s in states(again).items() if n not in done} == {
        n: s
        for n, s in expected(replace(world, codes=world.codes | {name: [0] for name in done})).items()
        if n not in done
    }
