"""A process that is forked for each child, so that what all of them import is imported once.

It is told over a socket, its standard input, that keeps messages apart. A message `FORK` comes with four
descriptors: standard input, output and error of the child, and its leash. Over the leash the child's process
id is told, and its end; a number that comes back is a signal for its group. The end of the socket ends the
server, and of a leash nothing: children go on.
"""

from __future__ import annotations

import contextlib
import os
import random
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

FORK = b"fork"
#: Said over the socket once the server can fork.
READY = b"ready"
#: Begin what is said over a leash.
PID, ENDED = b"pid ", b"ended "
LONGEST = 64
_DESCRIPTORS = 4


def serve_forks(work: Callable[[], int]) -> int:
    """Serve at standard input until its other end is closed.

    Parameters
    ----------
    work
        Is run by each child, with standard streams of its own, as leader of a session of its own; what it
        returns is the exit code.
    """
    with socket.socket(fileno=os.dup(0)) as control:
        # Nothing that is started from here is to keep the socket open.
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        return _Server(control, work).run()


class _Server:
    def __init__(self, control: socket.socket, work: Callable[[], int]) -> None:
        self._control = control
        self._work = work
        self._leashes: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = os.pipe()

    def run(self) -> int:
        """Fork until the other end is closed."""
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._control.send(READY)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    if not self._asked():
                        self._reap()  # what they took counts for whoever waits for this process
                        return 0
                elif key.fileobj == self._woken:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._woken, LONGEST)
                else:
                    self._pulled(key.data)
            self._reap()

    def _asked(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, LONGEST, _DESCRIPTORS)
        if not message:
            return False
        if message == FORK and len(descriptors) == _DESCRIPTORS:
            self._fork(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _fork(self, descriptors: list[int]) -> None:
        leash = socket.socket(fileno=os.dup(descriptors[-1]))
        pid = os.fork()
        if pid == 0:
            self._child(descriptors, leash)
        self._leashes[pid] = leash
        self._selector.register(leash, selectors.EVENT_READ, pid)

    def _child(self, descriptors: list[int], leash: socket.socket) -> NoReturn:
        os.setsid()
        # Told from here: whoever hears it may take it for the leader of its session.
        _told(leash, PID + str(os.getpid()).encode())
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        # An end that were kept here would hold up whoever waits for it to close.
        for kept in (*descriptors, self._woken, self._wake):
            os.close(kept)
        self._selector.close()
        for other in (self._control, leash, *self._leashes.values()):
            other.close()
        random.seed()
        # As any program ends: with what was registered for its end.
        sys.exit(self._work())

    def _pulled(self, pid: int) -> None:
        """Send the signal that is asked for; a child that was not waited for keeps its process id."""
        leash = self._leashes[pid]
        try:
            message = leash.recv(LONGEST)
        except OSError:
            message = b""
        if not message:
            self._selector.unregister(leash)
            leash.close()
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, int(message))

    def _reap(self) -> None:
        for pid in list(self._leashes):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                leash = self._leashes.pop(pid)
                if leash.fileno() >= 0:
                    _told(leash, ENDED + str(os.waitstatus_to_exitcode(status)).encode())
                    self._selector.unregister(leash)
                    leash.close()


def _told(leash: socket.socket, message: bytes) -> None:
    """Tell, if there is still someone to be told."""
    with contextlib.suppress(OSError):
        leash.send(message)
