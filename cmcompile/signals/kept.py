"""Folded signals in a file: one line per job, by its number; a file that is not whole is none.

The lines, and after them what the file was made from::

    <job> TAB <names of its signals, split by blanks> TAB <its slots as JSON>
    …
    {"v": …, "mark": …, "unread": [[name, why], …]}
    <where the line before begins, 20 digits> <CRC of all before this line, 8 digits>
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cmcompile.model.signal import Unread
from cmcompile.signals.slots import Slots

#: Raised with every change of what is kept, or of how it is folded.
VERSION = 1
_END = 20 + 1 + 8 + 1
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """The signals of one job: the names of all, and what is kept of them, as JSON."""

    job: int
    names: tuple[str, ...]
    text: bytes

    def slots(self) -> Slots:
        """Return what is kept."""
        held, outputs = json.loads(self.text)
        return Slots(
            {name: tuple(slot) for name, slot in held.items()},
            {name: tuple(slot) for name, slot in outputs.items()},
        )


def line_of(job: int, names: tuple[str, ...], slots: Slots) -> Line:
    """Return a line that keeps what is known of a job."""
    text = json.dumps([slots.held, slots.outputs], separators=(",", ":"))
    return Line(job, names, text.encode())


@dataclass(frozen=True, slots=True)
class Head:
    """What a file was made from.

    Attributes
    ----------
    mark
        Of the directory, as long as it tells that nothing was added since; None: it must be listed.
    unread
        Files of the directory that hold no signal.
    """

    mark: tuple[int, ...] | None
    unread: tuple[Unread, ...]


class Kept:
    """An open file of folded signals, whole."""

    def __init__(self, file: IO[bytes], head: Head, end: int) -> None:
        self._file = file
        self._end = end
        self.head = head

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def lines(self) -> Iterator[Line]:
        """Yield all lines; one is in memory at a time."""
        self._file.seek(0)
        at = 0
        while at < self._end:
            line = self._file.readline()
            at += len(line)
            job, names, text = line.split(b"\t")
            yield Line(int(job), tuple(names.decode().split(" ")), text)


def open_kept(path: Path) -> Kept | None:
    """Open a file; None where there is none, or it is not as it was written, by this version."""
    try:
        file = path.open("rb")
    except OSError:
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):
        if found := _whole(file):
            return found
    file.close()
    return None


def _whole(file: IO[bytes]) -> Kept | None:
    size = file.seek(-_END, os.SEEK_END)
    end, crc = file.read(_END).split()
    if _crc(file, size) != int(crc, 16):
        return None
    file.seek(int(end))
    found = json.loads(file.read(size - int(end)))
    if found["v"] != VERSION:
        return None
    mark = None if found["mark"] is None else tuple(found["mark"])
    return Kept(file, Head(mark, tuple(Unread(name, why) for name, why in found["unread"])), int(end))


def _crc(file: IO[bytes], size: int) -> int:
    file.seek(0)
    found = 0
    while size > 0 and (piece := file.read(min(_PIECE, size))):
        found = zlib.crc32(piece, found)
        size -= len(piece)
    return found


def write_kept(
    path: Path | None, lines: Iterator[Line], mark: tuple[int, ...] | None, unread: list[Unread]
) -> Kept:
    """Write a file and open it.

    Parameters
    ----------
    path
        Where it takes the place of what is there, in one step; None: it is of this process only.
    unread
        It is read after the last line, and so may grow with them.

    Raises
    ------
    OSError
        When it can't be written; what was there is as before.
    """
    file, temporary = _new(path)
    try:
        crc = end = 0
        for line in lines:
            data = b"%d\t%s\t%s\n" % (line.job, " ".join(line.names).encode(), line.text.rstrip(b"\n"))
            crc, end = zlib.crc32(data, crc), end + len(data)
            file.write(data)
        # What holds no signal may be mended where it is, and no directory shows that.
        head = Head(None if unread else mark, tuple(unread))
        found = {"v": VERSION, "mark": head.mark, "unread": [[u.name, u.why] for u in unread]}
        data = json.dumps(found).encode() + b"\n"
        file.write(data + b"%020d %08x\n" % (end, zlib.crc32(data, crc)))
        file.flush()
        if path is not None and temporary:
            temporary.replace(path)
    except BaseException:
        file.close()
        if temporary:
            temporary.unlink(missing_ok=True)
        raise
    return Kept(file, head, end)


def _new(path: Path | None) -> tuple[IO[bytes], Path | None]:
    if path is None:
        return tempfile.TemporaryFile(), None
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    return os.fdopen(handle, "w+b"), Path(name)
