"""A signal put into a spool: a reader finds all of it or nothing, whatever kills the writer."""

from __future__ import annotations

import os
import time

#: What a file is called until it is whole; readers pass over such names.
PART = ".part"


def new_name(job: int) -> str:
    """Return the name of a new signal, which no other has."""
    return f"{job}-{time.time_ns()}-{os.urandom(6).hex()}.json"


def put(directory: str, name: str, data: bytes, *, durable: bool = False) -> None:
    """Write a signal into a spool.

    Parameters
    ----------
    durable
        Whether the name must be on the disk too when this returns; the bytes always are.

    Raises
    ------
    OSError
        When it can't be written; the spool is as before.
    """
    part = os.path.join(directory, f".{name}-{os.urandom(4).hex()}{PART}")  # noqa: PTH118 - pathlib is slow to start
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        try:
            _write(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.rename(part, os.path.join(directory, name))  # noqa: PTH104, PTH118
    except BaseException:
        _remove(part)
        raise
    if durable:
        _sync(directory)


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _sync(directory: str) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108
    except OSError:  # the reader passes over it
        return
