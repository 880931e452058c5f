from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from far_worlds import PROCESS, always, done, dull, start

from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.clock import EPOCH
from cmcompile.sim.far.faults import OF_PROCESSES, ROUGH, Fault, Rates
from cmcompile.sim.far.scheduler import TICK, World
from cmcompile.sim.far.task import KillAt, Killed, State, Task, Victims


def steps(world: World, log: list[str], name: str, count: int) -> Callable[[], None]:
    """Return a task that performs effects, each with a boundary before and after."""

    def run() -> None:
        for number in range(count):
            world.point("before")
            log.append(f"{name}{number}")
            world.note(f"effect {number}")
            world.point("after")

    return run


def busy(choices: Choices, rates: Rates = ROUGH) -> World:
    """Return a world that has run, with all that the scheduler offers."""
    with World(choices, rates) as world:
        log: list[str] = []

        def parent() -> None:
            child = start(world, "child", steps(world, log, "c", 20))
            steps(world, log, "p", 10)()
            world.wait(lambda: not child.alive, "the child", world.now + 30)
            world.sleep(60)
            steps(world, log, "q", 10)()

        for name in "ab":
            start(world, name, parent)
            start(world, name, steps(world, log, name, 20))
        world.later(1.0, "something happens", lambda: log.append("!"))
        world.run()
        world.note(" ".join(log))
    return world


@pytest.mark.parametrize("seed", range(40))
def test_same_seed_same_trace(seed: int) -> None:
    first, second = busy(Choices(seed)), busy(Choices(seed))
    assert first.told() == second.told()
    replayed = busy(Choices(0, first.choices.made))
    assert replayed.told() == first.told()
    assert replayed.choices.made == first.choices.made


_ELSEWHERE = """
import sys
sys.path[:0] = sys.argv[1:]
from test_scheduler import Choices, busy
sys.stdout.write("".join(busy(Choices(seed)).told() for seed in range(20)))
"""


def test_same_trace_in_another_process() -> None:
    here = "".join(busy(Choices(seed)).told() for seed in range(20))
    for hash_seed in ("1", "2"):
        command = [sys.executable, "-c", _ELSEWHERE, str(Path(__file__).parent)]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        assert subprocess.check_output(command, text=True, env=environment) == here


def test_seeds_differ_and_all_faults_of_processes_happen() -> None:
    worlds = [busy(Choices(seed)) for seed in range(60)]
    assert len({world.told() for world in worlds}) == 60
    assert {fault for world in worlds for fault in world.fired} == set(OF_PROCESSES)
    assert all(not task.alive for world in worlds for task in world.tasks.values())


def test_zeroes_are_dull() -> None:
    made = busy(Choices(7)).choices.made
    world = busy(Choices(7, [0] * len(made)))
    assert not world.fired
    assert [task.state for task in world.tasks.values()] == [State.ENDED] * 6


def test_tasks_take_turns_and_without_switches_do_not() -> None:
    for switch, mixed in ((0.0, False), (0.5, True)):
        log: list[str] = []
        with World(Choices(1), Rates(switch)) as world:
            start(world, "a", steps(world, log, "a", 9))
            start(world, "b", steps(world, log, "b", 9))
            assert log == []
            assert world.run()
        assert len(log) == 18
        assert ("".join(entry[0] for entry in log) not in ("a" * 9 + "b" * 9, "b" * 9 + "a" * 9)) is mixed


def test_who_goes_on_is_chosen() -> None:
    def order(seed: int) -> str:
        log: list[str] = []
        with World(Choices(seed), Rates(0.0)) as world:
            for name in "abc":
                start(world, name, steps(world, log, name, 1))
            world.run()
        return "".join(log)

    assert len({order(seed) for seed in range(30)}) == 6


def test_of_two_at_one_time_the_first_comes_first() -> None:
    log: list[int] = []
    with dull() as world:
        for number in range(5):
            world.later(10.0, "", lambda number=number: log.append(number))  # type: ignore[misc]
        world.run()
    assert log == [0, 1, 2, 3, 4]


def test_time_passes_while_all_wait() -> None:
    with dull() as world:
        clock = world.clock(-90.0)
        assert clock.now() == EPOCH - timedelta(seconds=90)
        seen: list[float] = []
        world.later(500.0, "", lambda: seen.append(world.now))
        done(world, lambda: clock.sleep(3600.0))
        assert seen == [pytest.approx(500.0, abs=1)]
        assert world.now == pytest.approx(3600.0, abs=1)
        assert clock.now() - EPOCH == pytest.approx(timedelta(seconds=3510), abs=timedelta(seconds=1))


def test_waits_for_a_condition_or_a_time() -> None:
    flag: list[int] = []
    with dull() as world:
        world.later(10.0, "", lambda: flag.append(1))
        assert done(world, lambda: world.wait(lambda: bool(flag), "flag", 5.0)) is False
        assert done(world, lambda: world.wait(lambda: bool(flag), "flag")) is True
        assert world.now == pytest.approx(10.0, abs=0.1)
        assert not world.wait(lambda: len(flag) > 1, "from outside", 20.0)
        assert world.now == 20.0


def test_what_is_due_happens_between_two_boundaries() -> None:
    seen: list[float] = []

    def run() -> None:
        for _ in range(9):
            world.point("x")
            seen.append(world.now)
            assert world.current() is not None

    with dull() as world:
        world.later(5 * TICK, "due", lambda: seen.append(-1))
        world.later(5 * TICK, "and outside of any task", lambda: world.point("y"))
        done(world, run)
    assert seen.index(-1) in (4, 5)


def test_runs_to_a_limit_and_on() -> None:
    with dull() as world:
        ends: list[float] = []
        start(world, "t", lambda: world.sleep(100.0)).at_end.append(lambda: ends.append(world.now))
        assert not world.run(50.0)
        assert (world.now, ends) == (50.0, [])
        assert world.run(1000.0)
        assert ends == [pytest.approx(100.0, abs=0.1)]
        waiting = start(world, "t", lambda: world.wait(lambda: False, "for ever"))
        assert waiting.name == "t#2"
        assert world.run(), "it waits for what never comes"
        assert waiting.alive
    assert waiting.state is State.KILLED


def test_clocks_are_wrong_by_chance() -> None:
    with always(Fault.SKEW) as world:
        clocks = [world.some_clock() for _ in range(20)]
    assert min(clock.skew for clock in clocks) < 0 < max(clock.skew for clock in clocks)
    assert world.fired == {Fault.SKEW: 20}
    with dull() as world:
        assert world.some_clock().skew == 0


def test_errors_are_kept_and_told() -> None:
    def fail() -> None:
        raise ValueError("oh")

    with dull() as world:
        task = start(world, "t", fail)
        other = start(world, "u", lambda: 42)
        world.run()
    assert isinstance(task.error, ValueError)
    assert "ends with ValueError: oh" in world.told()
    assert (other.result, other.error, other.state) == (42, None, State.ENDED)


def test_what_is_not_for_tasks_goes_through() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with dull() as world:
        start(world, "t", interrupted)
        with pytest.raises(KeyboardInterrupt):
            world.run()
        assert world.current() is None
        assert done(world, lambda: 1) == 1


def cleaning(world: World, log: list[str], name: str) -> Callable[[], None]:
    """Return a task that tries hard to have an effect though it is dead."""

    def effect(text: str) -> None:
        world.point("before")
        log.append(f"{name} {text}")
        world.point("after")

    def run() -> None:
        try:
            while True:
                effect("works")
                world.sleep(10.0)
        except Exception:
            log.append(f"{name} took it for an error")
        finally:
            log.append(f"{name} unwinds")
            for attempt in (lambda: effect("cleans"), lambda: world.sleep(1), lambda: start(world, "x", run)):
                with pytest.raises(Killed):
                    attempt()
            effect("cleans")

    return run


def test_a_killed_task_has_no_effect_any_more() -> None:
    log: list[str] = []
    with dull() as world:
        task = start(world, "t", cleaning(world, log, "t"))
        world.run(35.0)
        works = log.count("t works")
        assert works == 4
        ends: list[State] = []
        task.at_end.append(lambda: ends.append(task.state))
        task.at_end.append(lambda: log.append("closed"))
        world.kill(task)
        world.kill(task)
        assert ends == [State.KILLED]
        assert log[works:] == ["closed", "t unwinds"]
        assert world.run()
        assert log[works:] == ["closed", "t unwinds"]
        assert task.error is None


def test_what_happens_by_itself_may_kill_whoever_runs() -> None:
    log: list[str] = []
    with dull() as world:
        tasks = [start(world, name, steps(world, log, name, 50)) for name in "ab"]
        for task in tasks:
            world.later(20.5 * TICK, "", lambda task=task: world.kill(task))  # type: ignore[misc]
        assert world.run()
    assert [task.state for task in tasks] == [State.KILLED] * 2
    assert log == [f"a{number}" for number in range(10)], "it died just before its next effect"
    assert [task.error for task in tasks] == [None, None]


def test_one_that_never_began_is_killed() -> None:
    log: list[str] = []
    with dull() as world:
        world.kill(start(world, "t", lambda: log.append("began")))
        assert world.run()
    assert log == []


def test_a_task_kills_another_and_goes_on() -> None:
    log: list[str] = []
    begun: list[bool] = []

    def other() -> None:
        world.wait(lambda: bool(begun), "the killing")
        log.append("other")

    def killer() -> str:
        world.sleep(25.0)
        begun.append(True)
        world.kill(world.tasks["t"])
        log.append("killer goes on")
        world.point("and goes on")
        return "lives"

    with dull() as world:
        start(world, "t", cleaning(world, log, "t"))
        start(world, "other", other)
        assert done(world, killer, "killer") == "lives"
        assert world.run()
    assert log == ["t works"] * 3 + ["t unwinds", "killer goes on", "other"], "nobody else in between"


def family(world: World, log: list[str]) -> Iterator[Task]:
    def parent() -> None:
        start(world, "child", steps(world, log, "c", 3))
        for _ in range(3):
            world.sleep(1.0)
        log.append("parent ends")

    yield start(world, "parent", parent)


@pytest.mark.parametrize(
    ("victims", "dead"),
    [
        (Victims.ALONE, {"parent"}),
        (Victims.CHILD, {"child"}),
        (Victims.BOTH, {"parent", "child"}),
    ],
)
def test_each_crash_point_can_be_tried(victims: Victims, dead: set[str]) -> None:
    with dull() as world:
        log: list[str] = []
        list(family(world, log))
        assert world.run()
    boundaries = world.tasks["parent"].passed
    assert boundaries == 3
    ends = []
    for boundary in range(1, boundaries + 2):
        log = []
        with World(Choices.dull(), kill_at=KillAt("parent", boundary, victims)) as world:
            list(family(world, log))
            assert world.run()
        ends.append({name for name, task in world.tasks.items() if task.state is State.KILLED})
        assert world.tasks["parent"].passed == (boundary if "parent" in ends[-1] else boundaries)
        assert ("parent ends" in log) is ("parent" not in ends[-1])
    assert ends[0] == dead
    assert ends[-1] == set(), "past its last boundary nothing happens"


@pytest.mark.parametrize("fault", OF_PROCESSES)
def test_people_are_not_killed(fault: Fault) -> None:
    for mortal in (True, False):
        log: list[str] = []
        with always(fault) as world:
            world.spawn("t", steps(world, log, "t", 3), PROCESS, mortal=mortal)
            world.run()
        assert bool(world.fired) is (mortal and fault in (Fault.KILL, Fault.PAUSE))
        assert (len(log) == 3) is (not mortal or fault is not Fault.KILL)


def test_a_paused_task_goes_on_later() -> None:
    log: list[str] = []
    with always(Fault.PAUSE) as world:
        start(world, "t", steps(world, log, "t", 3))
        assert world.run()
    assert len(log) == 3
    assert world.fired[Fault.PAUSE] == 6
    assert world.now > 600


def test_faults_are_for_who_asks() -> None:
    with always(Fault.EMPTY) as world:
        assert done(world, lambda: world.point("x", (Fault.LATE, Fault.EMPTY))) is Fault.EMPTY
        assert done(world, lambda: world.point("x", (Fault.LATE,))) is None
        assert world.point("x", (Fault.EMPTY,)) is None, "outside of any task nothing goes wrong"
        world.rates = Rates()
        assert done(world, lambda: world.point("x", (Fault.LATE, Fault.EMPTY))) is None
        assert not world.drawn(Fault.EMPTY)
    assert world.fired == {Fault.EMPTY: 1}


def test_too_many_boundaries_end_the_world() -> None:
    def spin() -> None:
        while True:
            world.point("x")

    with World(Choices(0), most=1000) as world:
        for _ in range(2):
            start(world, "t", spin)
        assert world.run()
        assert world.exhausted
        assert all(task.state is State.KILLED for task in world.tasks.values())
        assert world.now < math.inf
