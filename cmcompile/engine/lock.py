"""Locks of files that belong to an open file, and so to all processes that inherited it, until the last ends.

These are Linux's open file description locks. Other than ``flock`` they can be looked at without being taken:
who looks never stands in the way of who wants the lock.
"""

from __future__ import annotations

import fcntl
import struct

#: struct flock: type, whence, start, length, process id (0 for these locks).
_LAYOUT = "hhqqi4x"


def lock(descriptor: int) -> bool:
    """Take the lock for this open file, if nobody else has it; the file must be open for writing."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _request(fcntl.F_WRLCK))
    except BlockingIOError:
        return False
    return True


def lock_waiting(descriptor: int) -> None:
    """Take the lock for this open file, as soon as nobody else has it."""
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLKW, _request(fcntl.F_WRLCK))


def unlock(descriptor: int) -> None:
    """Give the lock back, for all that inherited this open file."""
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _request(fcntl.F_UNLCK))


def is_locked(descriptor: int) -> bool:
    """Tell whether another open file has the lock; nothing is taken."""
    found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _request(fcntl.F_WRLCK))
    return bool(struct.unpack(_LAYOUT, found)[0] != fcntl.F_UNLCK)


def _request(kind: int) -> bytes:
    return struct.pack(_LAYOUT, kind, 0, 0, 0, 0)
