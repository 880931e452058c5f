"""What a spool holds: its signals, each told once to who keeps the names that it was told of."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from cmcompile.model.errors import CmcompileError
from cmcompile.model.signal import Stored, Unread
from cmcompile.signals.codec import decode
from cmcompile.signals.fields import LONGEST, BadSignalError, job_and_time

#: The name of a spool in the submit directory of its run.
SPOOL = "signals"


class SpoolError(CmcompileError):
    """A spool can't be read: nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is new in a spool.

    Attributes
    ----------
    signals
        In the order of time.
    unread
        Files that hold no signal; they are told at each reading, since they may be mended.
    since
        To be given to the next reading: the names of all signals that were told.
    """

    signals: tuple[Stored, ...]
    unread: tuple[Unread, ...]
    since: frozenset[str]


def read_spool(directory: Path, since: frozenset[str] = frozenset()) -> Reading:
    """Read what is new in a spool; one that is not there yet is empty.

    Parameters
    ----------
    since
        What the last reading gave; what it told of is not told again.

    Raises
    ------
    SpoolError
        When the directory can't be read.
    """
    found = list(each_signal(directory, since))
    signals = sorted((s for s in found if isinstance(s, Stored)), key=lambda s: (s.time, s.name))
    unread = tuple(u for u in found if isinstance(u, Unread))
    return Reading(tuple(signals), unread, since | {s.name for s in signals})


def each_signal(directory: Path, told: Container[str] = ()) -> Iterator[Stored | Unread]:
    """Yield the signals of a spool whose names were not told before, in no order.

    Raises
    ------
    SpoolError
        When the directory can't be read.
    """
    for name in names_of(directory):
        if name not in told and (found := read_signal(directory, name)) is not None:
            yield found


def names_of(directory: Path) -> list[str]:
    """Return the names of all signals of a spool; half-written files and others are not among them.

    Raises
    ------
    SpoolError
        When the directory can't be read.
    """
    try:
        return [name for name in os.listdir(directory) if job_and_time(name) is not None]  # noqa: PTH208
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SpoolError(f"the spool {directory} can't be read: {error.strerror}") from error


def read_signal(directory: Path, name: str) -> Stored | Unread | None:
    """Read one signal; None: it is no longer there."""
    try:
        data = _bytes_of(f"{directory}/{name}")
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unread(name, f"it can't be read: {error.strerror}", transient=True)
    try:
        return decode(name, data)
    except BadSignalError as error:
        return Unread(name, str(error))


def _bytes_of(path: str) -> bytes:
    # What is no plain file could block for ever; what is too long need not be read whole to be refused. A
    # plain file is read at once; should one ever not be, it is taken for cut, and read again next time.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        return os.read(handle, LONGEST + 1)
    finally:
        os.close(handle)
