"""Runs that a process of their own supervises: they outlive who started them, and leave how they ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from driver_world import PARTS

from cmcompile.driver.supervisor import Ended, SupervisionError, Supervisor, session_members
from cmcompile.engine.record import LOST, Records, Standing
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Order
from cmcompile.model.event import Subject


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Tell whether a process runs; nobody may have taken the end of one that does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass(slots=True)
class Runs:
    """A directory of records, and a way to start runs in it."""

    home: Path

    @property
    def records(self) -> Records:
        return Records(self.home)

    def start(self, what: str, again: str = "") -> str:
        """Start a run; returns when who started it is gone, and its end of the pipe is closed."""
        program = [sys.executable, str(PARTS / "supervised.py"), str(self.home), what, again]
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        with (self.home.parent / "log").open("ab") as log:
            done = subprocess.run(
                program, stdout=subprocess.PIPE, stderr=log, env=environ, timeout=60, text=True
            )
        assert done.returncode == 0, (self.home.parent / "log").read_text()
        return done.stdout.strip()

    def ended(self, run: str) -> Standing:
        """Wait for the end of a run, and return it."""
        until(lambda: not self.records.is_held(run))
        return self.records.standing(run)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    found = Runs(tmp_path / "runs")
    found.home.mkdir()
    yield found
    (found.home / "end").touch()
    for run in found.records.runs():
        found.records.ask_to_cancel(run.id)
        until(lambda run=run: not found.records.is_held(run.id))  # type: ignore[misc]


def test_it_outlives_who_started_it(runs: Runs) -> None:
    run = runs.start("waits")
    assert run == "1"
    assert runs.records.is_held(run)
    until(lambda: runs.records.standing(run).state == "running")
    known = runs.records.run(run)
    assert known is not None
    assert (known.name, known.output_run, known.submit_path) == ("u_r", "u/r", "/somewhere/submit")
    before = runs.records.standing(run).serial
    (runs.home / "end").touch()
    ended = runs.ended(run)
    assert (ended.state, ended.word) == ("partial", "1 of 2 jobs failed")
    assert ended.serial > before


@pytest.mark.parametrize(
    ("what", "state", "word"),
    [
        ("raises", "failed", "ValueError"),
        ("exits", "failed", "SystemExit"),
        ("signals", "succeeded", "SIGNALS"),
    ],
)
def test_how_it_ends(runs: Runs, what: str, state: str, word: str) -> None:
    ended = runs.ended(runs.start(what))
    assert (ended.state, ended.word) == (state, word)


def test_a_cancel_leaves_no_process(runs: Runs) -> None:
    run = runs.start("sleeps")
    until(lambda: (runs.home / "job").exists() and (runs.home / "job").read_text().strip() != "")
    session = os.getsid(int((runs.home / "job").read_text()))
    assert len(session_members(session)) == 2
    runs.records.ask_to_cancel(run)
    ended = runs.ended(run)
    assert (ended.state, ended.word) == ("cancelled", "CANCELLED")
    assert session_members(session) == []


def test_a_run_whose_jobs_a_cancel_ends_was_cancelled(runs: Runs) -> None:
    run = runs.start("fails")
    until(lambda: (runs.home / "job").exists() and (runs.home / "job").read_text().strip() != "")
    runs.records.ask_to_cancel(run)
    ended = runs.ended(run)
    assert (ended.state, ended.word) == ("cancelled", "CANCELLED")


def test_a_cancel_that_breaks_the_work_off_is_a_cancel_all_the_same(runs: Runs) -> None:
    run = runs.start("broken off")
    until(lambda: (runs.home / "job").exists() and (runs.home / "job").read_text().strip() != "")
    session = os.getsid(int((runs.home / "job").read_text()))
    runs.records.ask_to_cancel(run)
    ended = runs.ended(run)
    assert (ended.state, ended.word) == ("cancelled", "CANCELLED")
    assert session_members(session) == []


def test_work_that_fails_leaves_no_process_and_nothing_in_a_queue(runs: Runs) -> None:
    run = runs.start("leaves")
    ended = runs.ended(run)
    assert (ended.state, ended.word) == ("failed", "ValueError")
    assert (runs.home / "stopped").exists()
    until(lambda: (runs.home / "job").read_text().strip() != "")
    assert not lives(int((runs.home / "job").read_text()))


def test_a_supervisor_that_is_killed(runs: Runs) -> None:
    run = runs.start("sleeps")
    until(lambda: (runs.home / "job").exists() and (runs.home / "job").read_text().strip() != "")
    job = int((runs.home / "job").read_text())
    session = os.getsid(job)
    os.kill(session, signal.SIGKILL)
    until(lambda: not lives(session))
    # What it started lives on: the run is not over, and would be there twice.
    assert lives(job)
    # Its threads may hold the lock a moment longer than it lives.
    until(lambda: runs.records.standing(run).word.startswith(LOST))
    assert runs.records.standing(run).state == "running"
    with pytest.raises(SupervisionError, match=f"still runs here .process [0-9, ]*{job}"):
        supervisor_of(runs).over(run)
    with pytest.raises(SupervisionError, match="still runs here"):
        supervisor_of(runs).again(run, lambda: Ended("succeeded", "NEVER"))
    assert runs.records.standing(run).state == "running"
    for pid in session_members(session):
        os.kill(pid, signal.SIGKILL)
    until(lambda: not runs.records.left(run))
    assert supervisor_of(runs).over(run).id == run
    ended = runs.records.standing(run)
    assert (ended.state, ended.word) == ("failed", LOST)


def supervisor_of(runs: Runs) -> Supervisor:
    where = WmsRef("x.ParslService", str(runs.home))
    order = Order("c", Subject("s", "1", "w00"), "0" * 16, where, "u_r", "u/r", "submit", {})
    return Supervisor(order, SystemClock(), lambda: None)


def test_it_is_taken_up_once_it_is_over(runs: Runs) -> None:
    run = runs.start("waits")
    supervisor = supervisor_of(runs)
    with pytest.raises(SupervisionError, match="its supervisor lives"):
        supervisor.over(run)
    with pytest.raises(SupervisionError, match="no run 77"):
        supervisor.over("77")
    runs.records.ask_to_cancel(run)
    cancelled = runs.ended(run)
    assert supervisor.over(run).id == run
    assert runs.start("waits", again=run) == run
    until(lambda: runs.records.standing(run).state == "running")
    (runs.home / "end").touch()
    ended = runs.ended(run)
    assert ended.state == "partial"
    assert ended.serial > cancelled.serial
