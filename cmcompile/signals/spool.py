"""What a spool holds: the names of its signals, and each of them."""

from __future__ import annotations

import os
from pathlib import Path

from cmcompile.model.errors import CmcompileError
from cmcompile.model.signal import Stored, Unread
from cmcompile.signals.codec import decode
from cmcompile.signals.fields import LONGEST, BadSignalError, job_and_time

#: The name of a spool in the submit directory of its run.
SPOOL = "signals"


class SpoolError(CmcompileError):
    """A spool can't be read: nothing is known of it."""


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
        data = bytes_of(directory, name)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unread(name, f"it can't be read: {error.strerror}")
    try:
        return decode(name, data)
    except BadSignalError as error:
        return Unread(name, str(error))


def bytes_of(directory: Path, name: str) -> bytes:
    """Return the file of a signal, or so much of one that is too long that this can be seen.

    What is no plain file could block for ever, and is not read. A plain file is read at once; should one ever
    not be, it is taken for cut, and read again next time.

    Raises
    ------
    OSError
        When it can't be read.
    """
    handle = os.open(f"{directory}/{name}", os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        return os.read(handle, LONGEST + 1)
    finally:
        os.close(handle)
