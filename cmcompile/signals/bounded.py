"""A task in a process of its own, which is waited for only so long.

A file server that hangs holds a process that no signal wakes; whoever asked goes on all the same.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

_LONGEST = 4000


class Aside:
    """A task that runs beside this process. It says nothing, or in one line what went wrong.

    Parameters
    ----------
    task
        Returns what went wrong, or nothing; it may go on after this process has stopped to wait for it.
    """

    def __init__(self, task: Callable[[], str]) -> None:
        self._read, write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._read)
            _run(task, write)
        os.close(write)
        self._said = b""
        self._ended = False

    def ended(self, seconds: float = 0.0) -> bool:
        """Wait at most so long for the end, and tell whether it has come."""
        until = time.monotonic() + seconds
        while not self._ended:
            wait = max(0.0, until - time.monotonic())
            if not select.select([self._read], [], [], wait)[0]:
                return False
            piece = os.read(self._read, _LONGEST)
            self._said += piece
            if not piece:
                os.close(self._read)
                os.waitpid(self._pid, 0)
                self._ended = True
        return True

    @property
    def said(self) -> str:
        """What it said; it has ended."""
        return self._said.decode(errors="replace")


def _run(task: Callable[[], str], write: int) -> None:
    code = 1
    try:
        _let_go(write)
        said = task()
        os.write(write, said.encode(errors="replace")[:_LONGEST])
        code = 0
    except BaseException as error:
        os.write(write, f"{type(error).__name__}: {error}".encode(errors="replace")[:_LONGEST])
    finally:
        # Not by the way of the interpreter: what waits in buffers belongs to the other process.
        os._exit(code)


def _let_go(write: int) -> None:
    """Close what belongs to the other process: whoever reads its output must see the end of it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    os.closerange(3, write)
    os.closerange(write + 1, max(write, nothing) + 64)
