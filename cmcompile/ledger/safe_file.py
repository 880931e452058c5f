"""Files written so that a reader, or the next process after a crash, finds all of one or nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any


def replace(path: Path, data: bytes, *, durable: bool) -> None:
    """Write a file in one step, readable for its owner only; directories are made.

    Parameters
    ----------
    durable
        Whether it must be on the disk, and not only with the system, when this returns.

    Raises
    ------
    OSError
        When it can't be written; what was there before is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_directory(path.parent)


def read_own(path: Path) -> bytes:
    """Return the bytes of a file that only this user can have written.

    Raises
    ------
    OSError
        When it can't be read, or another user owns it or may write it.
    """
    with path.open("rb") as file:
        status: Any = os.fstat(file.fileno())
        if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
            raise PermissionError(f"{path} belongs to someone else")
        return file.read()


def sync_directory(directory: Path) -> None:
    """Put the names of a directory on the disk, where the system can do that."""
    try:
        handle = os.open(directory, os.O_RDONLY)
    except OSError:  # pragma: no cover (a system whose directories can't be opened)
        return
    try:
        os.fsync(handle)
    except OSError:  # pragma: no cover (a file system without it)
        pass
    finally:
        os.close(handle)
