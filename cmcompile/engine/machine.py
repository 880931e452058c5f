"""What the machine has, shared among all runs of one directory of records.

Each job that runs holds the lock of a file that names its share; what is held counts. A lock goes with the
job, whatever it dies of, so that nothing is ever left to be given back. Who waits for a share holds the turn
meanwhile, and nobody else takes one: a job that needs the whole machine is not passed by small ones for ever.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cmcompile.engine.lock import is_locked, lock, unlock

_MEGA = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Share:
    """What a job uses; memory in MiB, and the word of which one job is run at a time, or empty."""

    cores: int
    memory: int
    limit: str = ""


def cores_here() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def memory_here() -> int:
    """Return the memory of the machine, or of the control group that this process is in, in MiB."""
    most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    # Without a limit there is a word.
    with contextlib.suppress(OSError, ValueError):
        most = min(most, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return most // _MEGA


class Machine:
    """Gives out shares; for one runner.

    Parameters
    ----------
    place
        A directory that all runners use.
    cores, memory
        What all shares together may be; memory in MiB.
    """

    def __init__(self, place: Path, cores: int, memory: int) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self._place = place
        self._most = Share(max(cores, 1), max(memory, 1))
        self._turn = os.open(place / "turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._has_turn = False
        self._count = 0

    def take(self, share: Share) -> int | None:
        """Take a share; one that is larger than the machine gets the whole.

        Returns
        -------
        descriptor
            To be inherited by the job, and closed here. None: not now. Then the turn is held, unless only
            the word of the share stands in the way.
        """
        self._has_turn = self._has_turn or lock(self._turn)
        if not self._has_turn:
            return None
        wanted = Share(min(share.cores, self._most.cores), min(share.memory, self._most.memory), share.limit)
        used = self._used()
        if wanted.limit and any(other.limit == wanted.limit for other in used):
            self.give_way()
            return None
        if sum(other.cores for other in used) + wanted.cores > self._most.cores:
            return None
        if sum(other.memory for other in used) + wanted.memory > self._most.memory:
            return None
        found = self._held(wanted)
        self.give_way()
        return found

    def give_way(self) -> None:
        """Let others take shares; for who waits for none."""
        if self._has_turn:
            # Said, not closed: jobs inherited the file.
            unlock(self._turn)
            self._has_turn = False

    def _held(self, share: Share) -> int:
        while True:
            self._count += 1
            path = self._place / f"{os.getpid()}-{self._count}.share"
            try:
                found = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            except FileExistsError:
                continue
            os.write(found, json.dumps([share.cores, share.memory, share.limit]).encode())
            lock(found)
            return found

    def _used(self) -> list[Share]:
        """Return all shares that are held, and remove the others; only in turn."""
        found = []
        for path in self._place.glob("*.share"):
            with path.open("rb") as file:
                if is_locked(file.fileno()):
                    found.append(Share(*json.loads(file.read())))
                else:
                    path.unlink()
        return found
