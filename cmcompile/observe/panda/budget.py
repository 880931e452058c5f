"""How often a host may be asked in an hour, by all processes of this machine together."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cmcompile.engine.lock import lock
from cmcompile.engine.record import written

#: Requests in an hour to one host; RTN-023 names some 500 before an address is shut out. All machines behind
#: one address share what the server allows.
BUDGET = 500
#: Seconds over which the server counts.
HOUR = 3600.0
#: Names the directory where this machine keeps what it asked monitors.
VARIABLE = "CMCOMPILE_MONITOR_HOME"
_USUAL = Path(".local/state/cmcompile/monitor")
#: Seconds that a lock is waited for; what is done under it takes milliseconds.
_PATIENCE = 10.0
_NAP = 0.02


class SpentError(Exception):
    """The host may not be asked now; the text says why."""


def home_of() -> Path:
    """Return the directory where this machine keeps what it asked monitors."""
    named = os.environ.get(VARIABLE, "")
    return Path(named).expanduser() if named else Path.home() / _USUAL


class Budget:
    """The requests to one host in the last hour.

    What can't be read or written stops all asking: nobody could know how much is left.

    Parameters
    ----------
    place
        The directory of the host.
    most
        How many requests may be made in an hour; 0: none.
    """

    def __init__(self, place: Path, most: int = BUDGET, clock: Callable[[], float] = time.time) -> None:
        self._place = place
        self._most = most
        self._clock = clock

    def take(self) -> None:
        """Count a request that is about to be made.

        Raises
        ------
        SpentError
        """
        with self._counted() as (asked, until):
            now = self._clock()
            if until > now:
                raise SpentError(f"it asked for no more requests for another {_minutes(until - now)}")
            # A clock that was set back leaves moments ahead of it: they count.
            recent = [moment for moment in asked if moment > now - HOUR]
            if len(recent) >= self._most:
                raise SpentError(
                    f"the budget of {self._most} requests in an hour is spent"
                    + (f"; the next is free in {_minutes(min(recent) + HOUR - now)}" if recent else "")
                )
            self._write([*recent, now], until)

    def stop(self) -> None:
        """Ask this host nothing more for an hour: it said so.

        Raises
        ------
        SpentError
            When that can't be written.
        """
        with self._counted() as (asked, _):
            self._write(asked, self._clock() + HOUR)

    @contextmanager
    def _counted(self) -> Iterator[tuple[list[float], float]]:
        """Read when it was asked, and until when it is not; for one process at a time."""
        try:
            self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
            with held(self._place / "lock", _PATIENCE):
                yield self._read()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise SpentError(
                f"the requests of the last hour can't be counted in {self._place}: {error}"
            ) from None

    def _read(self) -> tuple[list[float], float]:
        try:
            data = (self._place / "asked.json").read_bytes()
        except FileNotFoundError:
            return [], 0.0
        found = json.loads(data)
        return [float(moment) for moment in found["asked"]], float(found["until"])

    def _write(self, asked: list[float], until: float) -> None:
        written(self._place / "asked.json", json.dumps({"asked": asked, "until": until}).encode())


@contextmanager
def held(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock of a file, which is made where it is not there.

    Raises
    ------
    OSError
        When it can't be had within some seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + seconds
        while not lock(descriptor):
            if time.monotonic() > until:
                raise OSError(f"{path} is held by another process")
            time.sleep(_NAP)
        yield
    finally:
        os.close(descriptor)


def _minutes(seconds: float) -> str:
    return f"{max(1, round(seconds / 60))} min"
