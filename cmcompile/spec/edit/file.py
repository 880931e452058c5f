"""A file changed at once: whoever reads it sees the old bytes or the new ones."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from cmcompile.spec.edit.layout import EditError


def replace(path: Path, before: bytes | None, after: bytes) -> None:
    """Put new bytes in the place of those that were read.

    Parameters
    ----------
    path
        A symbolic link is followed.
    before
        What was read; None: there was no file.

    Raises
    ------
    EditError
        When the file is another one by now; nothing is changed.
    OSError
        When it can't be written; nothing is changed.
    """
    path = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(handle)
        made.chmod(_mode(path))
        if _bytes(path) != before:
            raise EditError(f"{path.name} was changed by someone else meanwhile; nothing was written")
        made.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            made.unlink()
        raise


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
