"""Runs of the engine with programs of the system, which need no LSST package."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from cmcompile.engine import start
from cmcompile.engine.record import LIVE, Records, Run, Standing
from cmcompile.engine.workflow import Job, Workflow

#: A run of a test that takes longer has gone wrong; seconds.
LATE = 60.0


def until(what: Callable[[], object], seconds: float = LATE) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def pid_of_runner(records: Records, run: Run) -> int:
    """Return the runner of a run."""
    home = str(records.home.absolute()).encode()
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                words = (place / "cmdline").read_bytes().split(b"\0")
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                above = (Path("/proc") / str(parent) / "cmdline").read_bytes().split(b"\0")
            except (OSError, ValueError):
                continue
            # Keepers and jobs are forked from the runner, and share its command line.
            if home in words and run.id.encode() in words and home not in above:
                return int(place.name)
    raise AssertionError(f"run {run.id} has no runner")


def processes_with(word: str) -> list[int]:
    """Return the processes whose command line holds a word."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                if word.encode() in (place / "cmdline").read_bytes():
                    found.append(int(place.name))
            except OSError:
                continue
    return found


class Runs:
    """Submits workflows, and waits for them."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.records = Records(place / "records")
        self._count = 0

    def submit(self, *jobs: Job, final: str = "", cores: int = 2, memory: int = 0) -> Run:
        self._count += 1
        folder = self.place / f"submit{self._count}"
        folder.mkdir()
        workflow = Workflow(f"run{self._count}", jobs, final, str(self.place), cores=cores, memory=memory)
        workflow.write(folder)
        return start.submit(self.records.home, workflow, folder)

    def ended(self, run: Run) -> Standing:
        until(lambda: self.records.standing(run.id).state not in LIVE and not self.records.is_held(run.id))
        return self.records.standing(run.id)

    def log(self, run: Run, label: str, job: str, try_: int = 1) -> str:
        path = Path(run.submit_path) / "logs" / label / f"{job}.{try_}.log"
        return path.read_text(encoding="utf-8")

    def kill(self, run: Run) -> None:
        os.kill(pid_of_runner(self.records, run), signal.SIGKILL)


def shell(name: str, text: str, *parents: str, **more: object) -> Job:
    """Return a job that runs a line of the shell."""
    return Job(name, name.rstrip("0123456789"), ("sh", "-c", text), parents, quanta=1, **more)  # type: ignore[arg-type]
