"""Records of runs that a process of this machine supervises: what was started, by whom, and how it stands.

The embedded engine keeps its runs here, and so does whoever supervises an engine that can't be asked itself,
such as Parsl. A run is alive exactly while its supervisor holds the lock of the record: the lock goes with
the process, whatever it dies of. The layout::

    host                 the machine that supervises; the locks of another one mean nothing here
    count                the last number that was given out
    runs/<number>/
        run.json         what was started; never changed
        lock             held by the supervisor as long as it lives
        state.json       how the run stands; replaced in one step
        cancel           there, when somebody asked for the end
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from cmcompile.engine.left import mark, marked
from cmcompile.engine.lock import is_locked, lock, lock_waiting

FORMAT = 1
#: Names the directory of the records where a submit file does not: see `home_of`.
VARIABLE = "CMCOMPILE_RUNS"
_USUAL = Path(".local/state/cmcompile/runs")
#: States of a run that goes on; one whose supervisor is gone has failed.
LIVE = frozenset({"submitted", "running", "held"})
#: The word for a run whose supervisor is gone without having said how it ended.
LOST = "SUPERVISOR_GONE"


class RecordError(Exception):
    """The records can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was started.

    Attributes
    ----------
    id
        A number as text: unique in one directory of records, and for ever.
    name
        As BPS names the run (``uniqProcName``).
    service
        The BPS plugin class that it was given to.
    submit_path
        Absolute.
    made
        UTC, ``2026-11-20T08:00:00Z``.
    output_run
        The RUN collection, or empty.
    """

    id: str
    name: str
    service: str
    submit_path: str
    made: str
    output_run: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands.

    Attributes
    ----------
    state
        As `cmcompile.model.wms.RunSeen.state`.
    word
        The supervisor's own word for it.
    serial
        Grows with each change of the state.
    """

    state: str
    word: str
    serial: int = 0


@dataclass(slots=True)
class Hold:
    """The lock of a record. It is kept by every process that inherits the descriptor, until the last ends."""

    descriptor: int

    def close(self) -> None:
        """Let go in this process; others that inherited it keep it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def home_of(where: str = "") -> Path:
    """Return the directory of the records.

    Parameters
    ----------
    where
        As a submit file names it in ``runsHome``; empty: what the variable `VARIABLE` names, else a directory
        of the user.
    """
    named = where or os.environ.get(VARIABLE, "")
    return Path(named).expanduser() if named else Path.home() / _USUAL


class Records:
    """All records below one directory; any number of processes may use it at once."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def make(self) -> None:
        """Make the directory, once; from then on it is known which machine supervises.

        Raises
        ------
        RecordError
            When it belongs to another machine, or can't be written.
        """
        try:
            (self.home / "runs").mkdir(parents=True, exist_ok=True)
            host = self.home / "host"
            if not host.exists():
                written_first(host, socket.gethostname().encode())
            # Where there are no locks, it is told now: after the word it would be a run that nobody knows of.
            with self._counting():
                pass
        except OSError as error:
            raise RecordError(f"no runs can be recorded in {self.home}: {error}") from None
        if not self.is_here:
            raise RecordError(
                f"{self.home} holds the runs of {self.host}, and this is {socket.gethostname()}"
            )

    @property
    def host(self) -> str:
        """The machine that supervises; empty where there are no records."""
        try:
            return (self.home / "host").read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    @property
    def is_here(self) -> bool:
        """Whether this machine supervises."""
        return self.host == socket.gethostname()

    def new(self, run: Run) -> tuple[Run, Hold]:
        """Record that a run is about to start; its ``id`` is given here. The caller holds its lock.

        Raises
        ------
        RecordError, OSError
            When it can't be written; nothing was started then.
        """
        self.make()
        made = replace(run, id=str(self._next()))
        place = self._place(made.id)
        place.mkdir()
        hold = self._hold(made.id, os.O_CREAT)
        if hold is None:
            raise RecordError(f"run {made.id} is held by somebody else")
        self.set(made.id, "submitted", "SUBMITTED")
        # Last: what has no run.json was never begun, and is not shown.
        written(place / "run.json", json.dumps({"format": FORMAT, **asdict(made)}, indent=1).encode())
        return made, hold

    def hold(self, run_id: str) -> Hold | None:
        """Take the lock of a run; None: somebody has it.

        Raises
        ------
        RecordError
            When its file is gone: the supervisor may live, and hold what nobody can see any more.
        """
        try:
            return self._hold(run_id)
        except FileNotFoundError:
            raise self._no_lock(run_id) from None

    def _hold(self, run_id: str, more: int = 0) -> Hold | None:
        descriptor = os.open(self._place(run_id) / "lock", os.O_RDWR | os.O_CLOEXEC | more, 0o644)
        try:
            if lock(descriptor):
                return Hold(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def _no_lock(self, run_id: str) -> RecordError:
        return RecordError(
            f"the lock of run {run_id} in {self.home} was removed, so nobody can tell whether the run goes on"
        )

    def runs(self) -> Iterator[Run]:
        """Return all runs, oldest first.

        Raises
        ------
        RecordError
            When there are no records, or one can't be read.
        """
        try:
            ids = [int(p.name) for p in (self.home / "runs").iterdir() if p.name.isdigit()]
        except OSError as error:
            raise RecordError(f"{self.home} can't be read: {error}") from None
        for number in sorted(ids):
            found = self.run(str(number))
            if found is not None:
                yield found

    def run(self, run_id: str) -> Run | None:
        """Return a run by its id; None: there is none.

        Raises
        ------
        RecordError
            When it can't be read.
        """
        if not run_id.isdigit():
            return None
        try:
            found = json.loads((self._place(run_id) / "run.json").read_bytes())
            if found.pop("format") != FORMAT:
                raise RecordError(f"run {run_id} in {self.home} was recorded by a newer cmcompile")
            return Run(**found)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RecordError(f"the record of run {run_id} in {self.home} can't be read: {error}") from None

    def standing(self, run_id: str, *, held: bool = False) -> Standing:
        """Return how a run stands; one that goes on by its record, and is held by nobody, has failed.

        While processes that it started still live here, it goes on all the same.

        Parameters
        ----------
        held
            Who asks holds the lock, and is no supervisor: one that goes on by its record has failed.

        Raises
        ------
        RecordError
            When it can't be read, or another machine supervises and it is not over.
        """
        found = self._state(run_id)
        while found.state in LIVE:
            if not self.is_here:
                raise RecordError(f"run {run_id} is supervised by {self.host}, which can't be asked here")
            if not held and self.is_held(run_id):
                return found
            # It may have ended between the two looks, or have been taken up again.
            again = self._state(run_id)
            if again == found:
                # Jobs of Parsl outlive a supervisor that was killed: until they end, the run is not over.
                if left := self.left(run_id):
                    return Standing("running", f"{LOST}, {len(left)} LEFT", found.serial + 1)
                return Standing("failed", LOST, found.serial + 1)
            found = again
        return found

    def mark(self, run_id: str) -> dict[str, str]:
        """Return the variable that all has which a run starts, where it does not inherit the lock."""
        return mark(self.home, run_id)

    def left(self, run_id: str) -> list[int]:
        """Return the processes on this machine that a run has started and that still live."""
        return marked(self.mark(run_id))

    def is_held(self, run_id: str) -> bool:
        """Tell whether the supervisor of a run lives; for the machine that supervises.

        The lock is looked at, not taken: who asks stands in nobody's way.

        Raises
        ------
        RecordError
            When the lock was removed.
        """
        try:
            descriptor = os.open(self._place(run_id) / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise self._no_lock(run_id) from None
        try:
            return is_locked(descriptor)
        finally:
            os.close(descriptor)

    def set(self, run_id: str, state: str, word: str) -> None:
        """Say how a run stands; for who holds its lock."""
        try:
            serial = self._state(run_id).serial
        except RecordError:
            serial = 0
        # Two more: a supervisor that was gone in between was shown with one more.
        data = json.dumps({"state": state, "word": word, "serial": serial + 2})
        written(self._place(run_id) / "state.json", data.encode())

    def changed(self, run_id: str) -> float:
        """Return when the state of a run was last said, in seconds since 1970; 0: never."""
        try:
            return (self._place(run_id) / "state.json").stat().st_mtime
        except OSError:
            return 0.0

    def ask_to_cancel(self, run_id: str) -> None:
        """Ask for the end of a run; it may be repeated."""
        written(self._place(run_id) / "cancel", b"")

    def is_asked_to_cancel(self, run_id: str) -> bool:
        """Tell whether somebody asked for the end of a run."""
        return (self._place(run_id) / "cancel").exists()

    def forget_cancel(self, run_id: str) -> None:
        """Take a run up again after its end was asked for; for who holds its lock."""
        (self._place(run_id) / "cancel").unlink(missing_ok=True)

    def place(self, run_id: str) -> Path:
        """Return the directory of a run, for what else its supervisor keeps."""
        return self._place(run_id)

    def _place(self, run_id: str) -> Path:
        return self.home / "runs" / run_id

    def _state(self, run_id: str) -> Standing:
        try:
            found = json.loads((self._place(run_id) / "state.json").read_bytes())
            return Standing(str(found["state"]), str(found["word"]), int(found["serial"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RecordError(f"the state of run {run_id} in {self.home} can't be read: {error}") from None

    def _next(self) -> int:
        with self._counting() as file:
            counted = 0
            with contextlib.suppress(ValueError):  # it was cut off, or emptied
                counted = int(file.read() or b"0")
            # A number that was given out stands for its run for ever, also where the count was lost.
            there = (int(p.name) for p in (self.home / "runs").iterdir() if p.name.isdigit())
            number = max(counted, *there, 0) + 1
            file.seek(0)
            file.write(str(number).encode())
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        return number

    @contextlib.contextmanager
    def _counting(self) -> Iterator[BinaryIO]:
        """Open the count, for one process at a time."""
        descriptor = os.open(self.home / "count", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "r+b") as file:
            lock_waiting(file.fileno())
            yield file


def written(path: Path, data: bytes) -> None:
    """Write a file in one step, and put it on the disk."""
    with _beside(path, data) as made:
        made.replace(path)


def written_first(path: Path, data: bytes) -> None:
    """Write a file in one step, where nobody has written it before."""
    with _beside(path, data) as made, contextlib.suppress(FileExistsError):
        path.hardlink_to(made)


@contextlib.contextmanager
def _beside(path: Path, data: bytes) -> Iterator[Path]:
    """Write a file beside another one; it is gone at the end, unless it was moved."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
