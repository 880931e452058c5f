"""Lines over file descriptors."""

from __future__ import annotations

import os
from typing import Protocol

_PIECE = 1 << 16


class Pipe(Protocol):
    """One end of a pipe that goes both ways."""

    def read(self) -> str | None:
        """Return the next line with its end; waits. None: end of file.

        A last line without an end was cut off; it is returned as it is.
        """

    def write(self, line: str) -> None:
        """Say a line, given with its end.

        Raises
        ------
        OSError
            When the other side is gone; part of the line may have reached it.
        """


class Lines:
    """What came over a file descriptor, cut into lines.

    Parameters
    ----------
    longest
        Once more bytes of a line than this have come without its end, nothing more is read; None: no limit.
    """

    def __init__(self, descriptor: int, longest: int | None = None) -> None:
        self._descriptor = descriptor
        self._longest = longest
        self._held = bytearray()
        self._end = -1
        self.ended = False

    @property
    def complete(self) -> bool:
        """Whether `take` has something to return: a line, or the end."""
        return self.ended or self._end >= 0

    def feed(self) -> None:
        """Read once.

        Raises
        ------
        BlockingIOError
            When there is nothing yet, and the descriptor does not wait.
        """
        if self.ended:
            return
        seen = len(self._held)
        try:
            piece = os.read(self._descriptor, _PIECE)
        except BlockingIOError:
            raise
        except OSError:
            piece = b""
        self._held += piece
        if self._end < 0:
            self._end = self._held.find(b"\n", seen)
        endless = self._longest is not None and self._end < 0 and len(self._held) > self._longest
        if not piece or endless:
            self.ended = True

    def take(self) -> str | None:
        """Return the next line of those read. None: nothing is left, and nothing will come."""
        size = len(self._held) if self._end < 0 else self._end + 1
        line = bytes(self._held[:size])
        del self._held[:size]
        self._end = self._held.find(b"\n")
        # Messages are ASCII: what is not becomes an escape that is no JSON.
        return line.decode("ascii", "backslashreplace") if line else None


class DescriptorPipe:
    """A pipe over two file descriptors, which are waited for; implements `Pipe`."""

    def __init__(self, source: int, target: int) -> None:
        self._lines = Lines(source)
        self._target = target

    def read(self) -> str | None:
        """Return the next line, as `Pipe.read`."""
        while not self._lines.complete:
            self._lines.feed()
        return self._lines.take()

    def write(self, line: str) -> None:
        """Say a line, as `Pipe.write`."""
        rest = memoryview(line.encode("ascii"))
        while rest:
            rest = rest[os.write(self._target, rest) :]
