"""Runs of a plugin whose submission returns only when all is over: a process of their own supervises them."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cmcompile.engine.record import Hold, Records, Run, home_of
from cmcompile.model.child import Order
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import stamp

_PROC = Path("/proc")
#: Fields of ``/proc/<pid>/stat`` after the name: the session.
_SESSION = 3
#: Seconds between two looks for a request to end.
_TICK = 1.0
#: Seconds that the processes of a run are given to end by themselves.
_GRACE = 10.0


class SupervisionError(Exception):
    """No run was started; the text says why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes
    ----------
    state
        As `cmcompile.model.wms.RunSeen.state`.
    word
        In the words of whoever ran it.
    """

    state: str
    word: str


class Supervisor:
    """Starts the process that supervises the run of one order.

    The process leads a session of its own, so that it outlives who started it. It holds the lock of the run's
    record as long as it lives, and leaves there how the run ended.

    Parameters
    ----------
    stop
        Ends what the run has begun elsewhere, such as what waits in a queue; called in the supervisor, where
        somebody asked for the end. It may fail or hang: the processes of the session end all the same.
    """

    def __init__(self, order: Order, clock: Clock, stop: Callable[[], None]) -> None:
        self._order = order
        self._clock = clock
        self._stop = stop
        self._records = Records(home_of(order.wms.where))

    def check(self) -> None:
        """See that a run can be recorded.

        Raises
        ------
        RecordError
            When it can't.
        """
        self._records.make()

    def over(self, run_id: str) -> Run:
        """Return a run that may be taken up again.

        Raises
        ------
        RecordError
            When the records can't be read.
        SupervisionError
            When there is no such run here, or it goes on.
        """
        self.check()
        run = self._records.run(run_id)
        if run is None:
            raise SupervisionError(f"there is no run {run_id} in {self._records.home}")
        if self._records.is_held(run_id):
            raise SupervisionError(f"run {run_id} goes on: its supervisor lives")
        return run

    def start(self, submit_path: str, work: Callable[[], Ended]) -> str:
        """Record a new run, and let it go; return its id.

        Raises
        ------
        RecordError, OSError
            When it can't be recorded, or no process be started.
        """
        order = self._order
        made = stamp(self._clock.now())
        new = Run("", order.run_name, order.wms.service, submit_path, made, order.output_run)
        run, hold = self._records.new(new)
        self._fork(run.id, hold, work)
        return run.id

    def again(self, run_id: str, work: Callable[[], Ended]) -> str:
        """Let a run go on that is over; return its id.

        Raises
        ------
        SupervisionError
            When somebody else has taken it up.
        OSError
            When no process can be started.
        """
        hold = self._records.hold(run_id)
        if hold is None:
            raise SupervisionError(f"run {run_id} goes on: its supervisor lives")
        self._records.forget_cancel(run_id)
        self._records.set(run_id, "submitted", "SUBMITTED")
        self._fork(run_id, hold, work)
        return run_id

    def _fork(self, run_id: str, hold: Hold, work: Callable[[], Ended]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            pid = os.fork()
        except OSError:
            self._records.set(run_id, "failed", "NO_PROCESS")
            hold.close()
            raise
        if pid == 0:
            _supervise(self._records, run_id, hold, work, self._stop)
        hold.close()


def _supervise(
    records: Records, run_id: str, hold: Hold, work: Callable[[], Ended], stop: Callable[[], None]
) -> NoReturn:
    """Be the supervisor, from the fork to the end of the process."""
    code = 1
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)  # else all jobs would ignore them too
        _close_pipes(hold.descriptor)
        records.set(run_id, "running", "RUNNING")
        ending = threading.Lock()
        threading.Thread(target=_watch, args=(records, run_id, stop, ending), daemon=True).start()
        ended = _ended(work)
        # Jobs that the watch ends look like failures; then it is the one to tell how the run ended.
        ending.acquire()
        records.set(run_id, ended.state, ended.word)
        code = 0
    except BaseException as error:  # whatever it is, the record says how the run ended
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(traceback.format_exc())
        records.set(run_id, "failed", type(error).__name__)
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)


def _ended(work: Callable[[], Ended]) -> Ended:
    """Do the work, and tell how it ended, also where it raises."""
    try:
        return work()
    except BaseException as error:  # whatever it is, it is how the run ended
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(traceback.format_exc())
        return Ended("failed", type(error).__name__)


def _close_pipes(keep: int) -> None:
    """Close all pipes and sockets but the standard streams: who waits for their end must not wait for us."""
    for entry in list((_PROC / "self" / "fd").iterdir()) if _PROC.is_dir() else []:
        number = int(entry.name)
        if number <= sys.__stderr__.fileno() or number == keep:  # type: ignore[union-attr]
            continue
        with contextlib.suppress(OSError):
            mode = os.fstat(number).st_mode
            if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                os.close(number)


def _watch(records: Records, run_id: str, stop: Callable[[], None], ending: threading.Lock) -> None:
    """End everything once somebody asks for it, unless the run has ended by itself.

    Parameters
    ----------
    ending
        Belongs to the one who tells how the run ended, until the end of the process.
    """
    while not records.is_asked_to_cancel(run_id):
        time.sleep(_TICK)
    ending.acquire()
    stopping = threading.Thread(target=stop, daemon=True)
    stopping.start()
    stopping.join(_GRACE)
    for number in (signal.SIGTERM, signal.SIGKILL):
        others = session_members(os.getpid())
        for pid in others:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if others:
            time.sleep(_TICK)
    records.set(run_id, "cancelled", "CANCELLED")
    os._exit(0)


def session_members(session: int, proc: Path = _PROC) -> list[int]:
    """Return the processes of a session but its leader: what a run has left, whoever their parents are."""
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdigit() or int(entry.name) == session:
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[_SESSION]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found
