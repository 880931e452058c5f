"""What Linux offers to end processes together; the standard library does not reach it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Collection
from pathlib import Path

_SET_DEATH_SIGNAL = 1
_SET_SUBREAPER = 36


def die_with_parent(number: int) -> None:
    """Let the system send a signal to this process when its parent ends."""
    _prctl(_SET_DEATH_SIGNAL, number)


def adopt_orphans() -> None:
    """Become the parent of all processes below this one whose own parent ends."""
    _prctl(_SET_SUBREAPER, 1)


def children() -> set[int]:
    """Return the processes whose parent is this one."""
    found = set()
    mine = os.getpid()
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                if int(fields(place)[1]) == mine:
                    found.add(int(place.name))
    return found


def fields(place: Path) -> list[str]:
    """Return what ``stat`` says in the directory of a process below ``/proc``, after the name of its program.

    Raises
    ------
    OSError
        When there is no such process any more.
    """
    # The name stands in brackets, and may hold anything.
    return (place / "stat").read_text(errors="replace").rpartition(")")[2].split()


def end_all(kept: Collection[int] = (), seconds: float = 30.0) -> None:
    """Kill all that is below this process, but some children; it must have adopted orphans before.

    Killing a process hands its children to this one, so it goes on until none is left, or for so long.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = children().difference(kept)
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in found:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def threads() -> int:
    """Return how many threads this process has."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
