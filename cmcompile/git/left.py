"""Locks of own refs that a git left behind which was killed; those of other refs are not for us to remove."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Seconds after which nobody holds the lock of an own ref any more: git holds one for a moment.
LEFT = 30.0
_OWN = "/refs/cmcompile/"
_LOCK = re.compile(rf"Unable to create '(.+){_OWN}(.+\.lock)': File exists")


def freed(words: str) -> bool:
    """Remove the lock that stood in git's way, where a killed git left it; tell whether that was so.

    Parameters
    ----------
    words
        What git printed.
    """
    found = _LOCK.search(words)
    if found is None:
        return False
    folder, lock = Path(found[1]), Path(f"{found[1]}{_OWN}{found[2]}")
    try:
        with _alone(folder / "cmcompile" / ".left") as now:
            if now - lock.stat().st_mtime < LEFT:
                return False
            lock.unlink()
    except OSError:
        return False
    return True


@contextmanager
def _alone(guard: Path) -> Iterator[float]:
    """Be the only one that removes locks; gives the time by the clock that files here are dated with.

    Without that, of two that have seen an old lock the second would remove the new one that the first one's
    git has made since. The clock of a file server may be far from the one here.
    """
    guard.parent.mkdir(exist_ok=True, mode=0o700)
    with guard.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.utime(guard)
        yield os.fstat(file.fileno()).st_mtime
