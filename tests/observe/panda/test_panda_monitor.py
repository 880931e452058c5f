"""The monitor is asked seldom, once, and with care: each of its traps is a test."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from panda_sources import NOW, World, served

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.panda.budget import HOUR, home_of
from cmcompile.observe.panda.http import TOKEN, Http, TooMany
from cmcompile.observe.panda.monitor import Monitor, Polled
from cmcompile.version import VERSION


class Clock:
    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def world() -> World:
    made = World()
    for n in range(1, 6):
        made.submit(f"u_op_c_step1_{n}_w00-aaaaaa")
    return made


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


def monitor(address: str, home: Path, clock: Clock, *, age: float = 0.0, budget: int = 500) -> Monitor:
    return Monitor(address, budget=budget, age=age, home=home, http=Http(2.0, 1.0), clock=clock)


def polled(found: Polled | NoAnswer) -> Polled:
    assert isinstance(found, Polled), found
    return found


def test_three_requests_show_workflows_tasks_and_failed_jobs(
    world: World, address: str, tmp_path: Path, clock: Clock
) -> None:
    found = polled(monitor(address, tmp_path, clock).poll([str(n) for n in range(1, 6)]))
    assert {one.status for one in found.workflows.values()} == {"Transforming"}
    assert len(found.details.tasks) == 10
    assert {one.run_id for one in found.details.jobs} == {"5"}
    assert {one.state for one in found.details.jobs} == {"failed"}
    assert found.details.lacking == ()
    assert len(world.asked) == 3
    tasks, jobs = world.asked[1:]
    assert "reqid=1|2|3|4|5" in tasks.replace("%7C", "|")
    assert "fields=pandaid,jeditaskid," in jobs
    assert "jobstatus=failed" in jobs
    assert all("days=" in url for url in world.asked)


def test_the_user_agent_names_the_version(world: World, address: str, tmp_path: Path, clock: Clock) -> None:
    monitor(address, tmp_path, clock).workflows()
    assert world.headers[0]["User-Agent"] == f"cmcompile/{VERSION}"
    assert "Authorization" not in world.headers[0]


def test_the_token_is_sent_and_kept_nowhere(
    world: World, address: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "s3cret-t0ken")
    polled(monitor(address, tmp_path, clock, age=100).poll(["1"]))
    assert world.headers[0]["Authorization"] == "Bearer s3cret-t0ken"
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"s3cret" in data for data in kept)
    monkeypatch.setenv(TOKEN, "Token other-s3cret")
    monitor(address, tmp_path, clock).workflows()
    assert world.headers[-1]["Authorization"] == "Token other-s3cret"


def test_the_token_is_not_sent_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "s3cret")
    found = Http(0.1, 0.1).get("http://monitor.test/idds/wfprogress/")
    assert isinstance(found, NoAnswer)
    assert "TLS" in found.why
    assert "s3cret" not in found.why


def test_no_password_of_netrc_is_sent(
    world: World, address: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monitor(address, tmp_path, clock).workflows()
    assert "Authorization" not in world.headers[0]


@pytest.mark.parametrize("odd", ["html", "empty", "500", "302", "cut", "slow"])
def test_trap_what_looks_like_a_reply_is_no_answer_and_is_not_tried_again(
    world: World, address: str, tmp_path: Path, clock: Clock, odd: str
) -> None:
    world.odd["idds"] = odd
    asked = monitor(address, tmp_path, clock, age=100)
    found = asked.poll(["1"])
    assert isinstance(found, NoAnswer), found
    assert found.why.startswith("the monitor")
    assert len(world.asked) == 1
    world.odd.clear()
    polled(monitor(address, tmp_path, clock, age=100).poll(["1"]))  # nothing of it is kept on disk


def test_who_was_not_answered_does_not_ask_again_at_once(
    world: World, address: str, tmp_path: Path, clock: Clock
) -> None:
    """A server that is down would hold up each look-up of an apply until its time-out."""
    world.odd["idds"] = "500"
    asked = monitor(address, tmp_path, clock, age=100)
    for _ in range(5):
        assert isinstance(asked.workflows(), NoAnswer)
    assert len(world.asked) == 1
    world.odd.clear()
    clock.now += 101
    polled(asked.poll(["1"]))


def test_trap_nobody_is_there(tmp_path: Path, clock: Clock) -> None:
    assert isinstance(monitor("http://127.0.0.1:9", tmp_path, clock).poll(["1"]), NoAnswer)


@pytest.mark.parametrize("odd", ["html", "500", "cut", "empty"])
def test_tasks_that_are_not_told_spoil_no_workflows(
    world: World, address: str, tmp_path: Path, clock: Clock, odd: str
) -> None:
    world.odd["tasks"] = odd
    found = polled(monitor(address, tmp_path, clock).poll(["1", "5"]))
    assert found.workflows
    assert not found.details.tasks
    assert found.details.jobs
    assert any("tasks of runs 1 to 5" in why for why in found.details.lacking)


def test_trap_truncation_is_silent(
    world: World, address: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cmcompile.observe.panda.monitor.TASKS", 5)
    found = polled(monitor(address, tmp_path, clock).poll(["1", "2", "3"]))
    assert len(found.details.tasks) == 5
    assert any("there may be more" in why for why in found.details.lacking)


def test_trap_the_window_is_seven_days_where_none_is_named(
    world: World, address: str, tmp_path: Path, clock: Clock
) -> None:
    old = world.submit("u_op_c_old", created=NOW - timedelta(days=40))
    asked = monitor(address, tmp_path, clock)
    assert old not in polled(asked.poll([old])).workflows
    found = polled(asked.poll([old], NOW - timedelta(days=40)))
    assert old in found.workflows
    assert len([task for task in found.details.tasks if task.run_id == old]) == 2
    assert "days=41" in world.asked[-1]


def test_ids_go_in_chunks_of_a_hundred(world: World, address: str, tmp_path: Path, clock: Clock) -> None:
    ids = [world.submit(f"u_op_c_step1_more{n}") for n in range(250)]
    found = polled(monitor(address, tmp_path, clock).poll(ids))
    assert len(world.asked) == 1 + 2 * 3
    assert {task.run_id for task in found.details.tasks} == set(ids)


def test_a_young_reply_is_not_asked_for_again(
    world: World, address: str, tmp_path: Path, clock: Clock
) -> None:
    first, second = (monitor(address, tmp_path, clock, age=60) for _ in range(2))
    assert polled(first.poll(["1"])) == polled(second.poll(["1"]))
    assert len(world.asked) == 3
    clock.now += 61
    polled(second.poll(["1"]))
    assert len(world.asked) == 6


def test_trap_429_stops_all_asking_for_an_hour(
    world: World, address: str, tmp_path: Path, clock: Clock
) -> None:
    world.odd["tasks"] = "429"
    found = polled(monitor(address, tmp_path, clock).poll([str(n) for n in range(1, 300)]))
    asked = len(world.asked)
    assert asked == 2  # no chunk after it
    assert any("429" in why for why in found.details.lacking)
    world.odd.clear()
    other = monitor(address, tmp_path, clock)
    for _ in range(3):
        answer = other.poll(["1"])
        assert isinstance(answer, TooMany)
        assert "min" in answer.why
    assert len(world.asked) == asked
    clock.now += HOUR + 1
    polled(other.poll(["1"]))


def test_trap_403_stops_too(world: World, address: str, tmp_path: Path, clock: Clock) -> None:
    world.odd["idds"] = "403"
    asked = monitor(address, tmp_path, clock)
    assert isinstance(asked.poll(["1"]), TooMany)
    world.odd.clear()
    assert isinstance(asked.poll(["1"]), TooMany)
    assert len(world.asked) == 1


def test_the_budget_is_of_a_sliding_hour(world: World, address: str, tmp_path: Path, clock: Clock) -> None:
    asked = monitor(address, tmp_path, clock, budget=4)
    polled(asked.poll(["1"]))
    clock.now += HOUR / 2
    found = polled(asked.poll(["1"]))
    assert len(world.asked) == 4
    assert any("budget of 4" in why for why in found.details.lacking)
    assert isinstance(asked.poll(["1"]), TooMany)
    clock.now += HOUR / 2 + 1
    polled(asked.poll(["1"]))
    assert len(world.asked) == 7


def test_a_clock_that_is_set_back_gives_nothing_back(
    world: World, address: str, tmp_path: Path, clock: Clock
) -> None:
    polled(monitor(address, tmp_path, clock, budget=3).poll(["1"]))
    clock.now -= 10 * HOUR
    assert isinstance(monitor(address, tmp_path, clock, budget=3).poll(["1"]), TooMany)


def test_what_can_not_be_counted_is_not_asked(
    world: World, address: str, tmp_path: Path, clock: Clock
) -> None:
    polled(monitor(address, tmp_path, clock).poll(["1"]))
    (counted,) = tmp_path.rglob("asked.json")
    counted.write_text("{")
    assert isinstance(monitor(address, tmp_path, clock).poll(["1"]), TooMany)
    assert len(world.asked) == 3


def _spend(address: str, home: str, until: float) -> None:
    asked = Monitor(address, budget=40, age=0.0, home=Path(home), http=Http(5.0, 5.0))
    for _ in range(30):
        asked.workflows()
    assert time.time() < until


def test_four_processes_together_never_exceed_the_budget(world: World, address: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_spend, args=(address, str(tmp_path), time.time() + 60)) for _ in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert len(world.asked) == 40
    (counted,) = tmp_path.rglob("asked.json")
    assert len(json.loads(counted.read_bytes())["asked"]) == 40


def test_processes_share_what_one_of_them_was_told(world: World, address: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_share, args=(address, str(tmp_path))) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert len(world.asked) == 3


def _share(address: str, home: str) -> None:
    found = Monitor(address, age=600.0, home=Path(home), http=Http(5.0, 5.0)).poll(["1", "2"])
    assert isinstance(found, Polled)


def test_the_home_is_named_by_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CMCOMPILE_MONITOR_HOME", str(tmp_path))
    assert home_of() == tmp_path
    monkeypatch.delenv("CMCOMPILE_MONITOR_HOME")
    assert home_of() == Path(os.environ["HOME"]) / ".local/state/cmcompile/monitor"
