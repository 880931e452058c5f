"""The journal of a run: which jobs were started and how they ended, one line each, only ever appended."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmcompile.engine.schedule import JobState, Schedule
from cmcompile.engine.workflow import Workflow

#: The file in the record of a run.
FILE = "journal"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line.

    Attributes
    ----------
    kind
        ``take``: a runner took the run up. ``start``, ``end``: of a job.
    at
        Seconds since 1970.
    try_
        Which start of the job it is, over all times that the run was taken up.
    code
        With an end: exit code, or a signal (negative).
    cpu
        With an end: processor time in seconds, of all processes of the job.
    memory
        With an end: the largest resident size of one of its processes, in KiB.
    """

    kind: str
    at: float
    job: str = ""
    try_: int = 0
    pid: int = 0
    code: int = 0
    cpu: float = 0.0
    memory: int = 0


class Journal:
    """Appends to a journal; for who holds the lock of the run.

    What a writer that was killed left of a line is cut off.
    """

    def __init__(self, place: Path) -> None:
        self._file = os.open(place / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        data = (place / FILE).read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            os.ftruncate(self._file, whole)

    def add(self, entry: Entry, *, safe: bool = True) -> None:
        """Append a line by one write; safe: it is on the disk when this returns."""
        found: dict[str, Any] = {
            "kind": entry.kind,
            "at": round(entry.at, 3),
            "job": entry.job,
            "try": entry.try_,
            "pid": entry.pid,
            "code": entry.code,
            "cpu": round(entry.cpu, 4),
            "memory": entry.memory,
        }
        kept = {name: value for name, value in found.items() if value or name in ("kind", "at")}
        os.write(self._file, json.dumps(kept).encode() + b"\n")
        if safe:
            os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def entries(place: Path) -> tuple[Entry, ...]:
    """Return the lines of a journal, oldest first, but one that is not whole; there may be no file yet."""
    try:
        data = (place / FILE).read_bytes()
    except FileNotFoundError:
        return ()
    return tuple(_entry(line) for line in data[: data.rfind(b"\n") + 1].splitlines())


def _entry(line: bytes) -> Entry:
    found = json.loads(line)
    found["try_"] = found.pop("try", 0)
    return Entry(**found)


def succeeded(found: Iterable[Entry]) -> set[str]:
    """Return the jobs that succeeded."""
    return {entry.job for entry in found if entry.kind == "end" and entry.code == 0}


def tries(found: Iterable[Entry]) -> Counter[str]:
    """Return how often each job was started."""
    return Counter(entry.job for entry in found if entry.kind == "start")


def replayed(workflow: Workflow, found: Iterable[Entry]) -> Schedule:
    """Return how the jobs of a run stand by its journal."""
    found = list(found)
    takes = [place for place, entry in enumerate(found) if entry.kind == "take"]
    last = takes[-1] + 1 if takes else 0
    schedule = Schedule(workflow, succeeded(found[:last]))
    for entry in found[last:]:
        if entry.kind == "start" and schedule.state(entry.job) is JobState.READY:
            schedule.start(entry.job)
        elif entry.kind == "end" and schedule.state(entry.job) is JobState.RUNNING:
            schedule.end(entry.job, entry.code)
    return schedule
