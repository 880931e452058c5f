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
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cmcompile.engine.process import fields
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
#: How often what is left of them is killed.
_KILLS = 5


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
        self._alone(run_id)
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
        try:
            self._alone(run_id)
        except BaseException:
            hold.close()
            raise
        self._records.forget_cancel(run_id)
        self._records.set(run_id, "submitted", "SUBMITTED")
        self._fork(run_id, hold, work)
        return run_id

    def _alone(self, run_id: str) -> None:
        """See that nothing is left of a run: two at once would write the same files."""
        left = self._records.left(run_id)
        if left:
            raise SupervisionError(
                f"the supervisor of run {run_id} was killed, and what it started still runs here (process "
                f"{', '.join(map(str, left[:5]))}): wait until it ends, or kill it, and try again"
            )

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
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)  # else all jobs would ignore them too
        _close_pipes(hold.descriptor)
        os.environ.update(records.mark(run_id))
        # Whoever has it first says how the run ended; it is never given back.
        last = threading.Lock()
        records.set(run_id, "running", "RUNNING")
        threading.Thread(target=_watch, args=(records, run_id, stop, last), daemon=True).start()
        ended, is_whole = _worked(work)
        # Where somebody asked for the end, the work fails for that, and is no matter any more.
        last.acquire()
        _clear(None if is_whole else stop)
        records.set(run_id, ended.state, ended.word)
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(0)


def _worked(work: Callable[[], Ended]) -> tuple[Ended, bool]:
    """Do the work; return how it ended, and whether it ended as a whole."""
    try:
        return work(), True
    except BaseException as error:  # whatever it is, the record says how the run ended
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(traceback.format_exc())
        return Ended("failed", type(error).__name__), False


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


def _watch(records: Records, run_id: str, stop: Callable[[], None], last: threading.Lock) -> None:
    """End everything once somebody asks for it."""
    while not records.is_asked_to_cancel(run_id):
        time.sleep(_TICK)
    last.acquire()
    try:
        _clear(stop)
        records.set(run_id, "cancelled", "CANCELLED")
    finally:
        os._exit(0)


def _clear(stop: Callable[[], None] | None) -> None:
    """End what the run has begun, here and elsewhere: when the lock goes, nothing of it lives."""
    if stop is not None:
        ending = threading.Thread(target=stop, daemon=True)
        ending.start()
        ending.join(_GRACE)
    # Killing takes until nobody starts others any more.
    for number in (signal.SIGTERM, *[signal.SIGKILL] * _KILLS):
        others = session_members(os.getpid())
        if not others:
            return
        for pid in others:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        _wait_for(others)


def _wait_for(others: Collection[int]) -> None:
    """Wait until some processes are gone, for a while."""
    until = time.monotonic() + _TICK
    while time.monotonic() < until and not set(others).isdisjoint(session_members(os.getpid())):
        time.sleep(_TICK / 20)


def session_members(session: int, proc: Path = _PROC) -> list[int]:
    """Return the processes of a session but its leader: what a run has left, whoever their parents are."""
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdigit() or int(entry.name) == session:
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            shown = fields(entry)
            if int(shown[_SESSION]) == session and shown[0] != "Z":
                found.append(int(entry.name))
    return found
