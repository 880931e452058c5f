"""Processes that are forked from a server, as the parent sees them."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import IO

from cmcompile.apply.child.fork_server import ENDED, FORK, LONGEST, PID, READY
from cmcompile.apply.child.host import LocalHost
from cmcompile.apply.child.interrupts import Waking

#: Seconds in which a server that is ready forks.
_FORKING = 30.0
_GRACE = 2.0
#: So much of what a server printed before it was ready is shown to each child's log.
_MOST = 1 << 20


class ForkedProcess:
    """A child of a server; implements `cmcompile.apply.child.running.Running`."""

    def __init__(self, pid: int, leash: socket.socket) -> None:
        self._pid = pid
        self._leash = leash
        self._process = LocalHost().of(pid)
        self._ended = False
        self._code: int | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._pid

    @property
    def code(self) -> int | None:
        """Its exit code, once it is gone. None: its server went before it."""
        return self._code

    def gone(self, seconds: float = 0.0) -> bool:
        """Wait up to so many seconds for its end; tell whether it has ended."""
        if not self._ended and self._leash.fileno() >= 0 and _readable(self._leash, seconds):
            message = _received(self._leash)
            if message.startswith(ENDED):
                self._ended, self._code = True, int(message.removeprefix(ENDED))
            self._leash.close()
        if not self._ended and self._leash.fileno() < 0:
            self._ended = self._gone_alone(seconds)
        return self._ended

    def signal(self, number: int) -> None:
        """Send a signal to its group, unless it is gone."""
        if self._leash.fileno() >= 0:
            # Its server has not waited for it, so that the id is its own.
            with contextlib.suppress(OSError):
                self._leash.send(str(int(number)).encode())
        elif not self._ended and LocalHost().alive(self._process):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, number)

    def leave(self) -> None:
        """Leave it to itself; its server takes its end."""
        self._leash.close()

    def _gone_alone(self, seconds: float) -> bool:
        """Tell whether it has ended, without a server to say so."""
        until = time.monotonic() + seconds
        while LocalHost().alive(self._process):
            if time.monotonic() >= until:
                return False
            time.sleep(0.01)
        return True


class ForkServers:
    """One server for each way to start one, started when the first child is.

    Parameters
    ----------
    interrupts
        What ends waiting for a server that is not ready.
    """

    def __init__(self, interrupts: Waking) -> None:
        self._interrupts = interrupts
        self._servers: dict[tuple[object, ...], ForkServer | None] = {}

    def fork(
        self, command: Sequence[str], environ: Mapping[str, str], to: int, source: int, log: int
    ) -> ForkedProcess | None:
        """Fork a child, as `ForkServer.fork`. None: there is no such server, and none is tried again.

        Raises
        ------
        InterruptedError
            When a person interrupted while the server was not ready.
        """
        key = (*command, *sorted(environ.items()))
        if key not in self._servers:
            with contextlib.suppress(OSError):
                self._servers[key] = ForkServer(command, environ)
        server = self._servers.get(key)
        child = None
        if server is not None:
            if server.ready(self._interrupts):
                child = server.fork(to, source, log)
            elif self._interrupts.asked:
                raise InterruptedError
        if child is None:
            self._servers[key] = None
            if server is not None:
                server.close()
        return child

    def close(self) -> None:
        """End the servers, not their children; it may be repeated."""
        for server in self._servers.values():
            if server is not None:
                server.close()
        self._servers.clear()


class ForkServer:
    """A process that has imported what children need, and is forked for each.

    Parameters
    ----------
    command
        Starts it: it is to call `cmcompile.apply.child.fork_server.serve_forks`, with standard input left to
        it.
    environ
        Its variables, and those of its children.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._log: IO[bytes] = tempfile.TemporaryFile(mode="w+b")  # noqa: SIM115 (closed with it)
        try:
            with far:
                self._process = subprocess.Popen(
                    list(command),
                    stdin=far.fileno(),
                    stdout=self._log,
                    stderr=self._log,
                    start_new_session=True,
                    env=dict(environ),
                )
        except BaseException:
            self._control.close()
            self._log.close()
            raise
        self._said: bytes | None = None

    def ready(self, interrupts: Waking) -> bool:
        """Wait until it can fork. False: it ended, or a person interrupted."""
        if self._said is not None:
            return True
        while not interrupts.asked:
            if _readable(self._control, None, interrupts.fileno()):
                if _received(self._control) != READY:
                    return False
                self._said = os.pread(self._log.fileno(), _MOST, 0)
                return True
            interrupts.woken()
        return False

    def fork(self, to: int, source: int, log: int) -> ForkedProcess | None:
        """Fork a child with standard input, output and error. None: the server is of no use any more."""
        leash, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            # What the set-up of the environment printed belongs to each of its children.
            os.write(log, self._said or b"")
            try:
                socket.send_fds(self._control, [FORK], [to, source, log, far.fileno()])
            except OSError:
                leash.close()
                return None
        said = _received(leash) if _readable(leash, _FORKING) else b""
        if not said.startswith(PID):
            leash.close()
            return None
        return ForkedProcess(int(said.removeprefix(PID)), leash)

    def close(self) -> None:
        """End the server, not its children; it may be repeated."""
        self._control.close()
        self._log.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _readable(one: socket.socket, seconds: float | None, other: int | None = None) -> bool:
    """Wait until a socket can be read from. False: the time is over, or the other descriptor can be."""
    watch = select.poll()
    watch.register(one, select.POLLIN)
    if other is not None:
        watch.register(other, select.POLLIN)
    found = watch.poll(None if seconds is None else seconds * 1000)
    return any(descriptor == one.fileno() for descriptor, _ in found)


def _received(one: socket.socket) -> bytes:
    try:
        return one.recv(LONGEST)
    except OSError:
        return b""
