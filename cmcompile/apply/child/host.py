"""The machine at hand, and its processes."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from cmcompile.model.body import Process

_PROC = Path("/proc")
#: The namespace in which a Linux starts; process ids of any other are counted apart.
_FIRST_NAMESPACE = "pid:[4026531836]"
_NO_BOOT_ID = "unknown"
#: The place of ``starttime`` in ``/proc/<pid>/stat``, after the name.
_STARTED = 19


class LocalHost:
    """The machine at hand, through ``/proc`` where there is one; implements ``Host``.

    A process id that was given to another process after the first ended is told by when that one started, in
    ticks since the boot. A zombie, and an id that is now that of a thread, are dead. Within a container the
    boot id names the namespace of process ids too: those of another one can't be asked, though the host name
    be the same. Without ``/proc`` neither a reboot nor such an id is seen.

    Parameters
    ----------
    proc
        Where processes are shown.
    """

    def __init__(self, proc: Path = _PROC) -> None:
        self._proc = proc

    def here(self) -> Process:
        """Return this process."""
        return self.of(os.getpid())

    def of(self, pid: int) -> Process:
        """Return a process of this machine by its id, as it is now."""
        return Process(socket.gethostname(), self._boot_id(), pid, self._started(pid))

    def alive(self, process: Process) -> bool | None:
        """Tell whether a process lives. None: it is of another machine, or container, and can't be asked."""
        here = self.here()
        if process.host != here.host:
            return None
        if process.boot_id != here.boot_id:
            same_boot = process.boot_id.partition("/")[0] == here.boot_id.partition("/")[0]
            # Written without /proc: nothing is known of when that was.
            return None if same_boot or _NO_BOOT_ID in (process.boot_id, here.boot_id) else False
        if not self._exists(process.pid) or self._dead(process.pid):
            return False
        started = self._started(process.pid)
        return not process.started or not started or process.started == started

    def _boot_id(self) -> str:
        try:
            boot = (self._proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return _NO_BOOT_ID
        try:
            namespace = str((self._proc / "self/ns/pid").readlink())
        except OSError:
            return boot
        return boot if namespace == _FIRST_NAMESPACE else f"{boot}/{namespace}"

    def _started(self, pid: int) -> str:
        """Return when a process started, in ticks since the boot; empty where that can't be seen."""
        try:
            text = (self._proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        # What stands in brackets is the name of its program, and may hold anything.
        after = text.rpartition(")")[2].split()
        return after[_STARTED] if len(after) > _STARTED and after[_STARTED].isdigit() else ""

    def _exists(self, pid: int) -> bool:
        if pid <= 0:  # these would ask whole groups of processes
            return False
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:  # another user's
            return True
        return True

    def _dead(self, pid: int) -> bool:
        """Tell whether what has the id is no process any more, or is a thread."""
        try:
            text = (self._proc / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            # It ended just now; or there is nothing to look at, or other users' processes are hidden.
            return self._proc.is_dir() and not self._exists(pid)
        except OSError:
            return False
        shown = dict(line.partition(":")[::2] for line in text.splitlines())
        state = shown.get("State", "").strip()[:1]
        return state in ("Z", "X", "x") or shown.get("Tgid", str(pid)).strip() != str(pid)
