"""The observer as its parent sees it: a process that has the stack, and is asked any number of times."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.wms.lines import LineError, Request, read_reply, request_line

#: Seconds for one request. `bps report` of a busy server takes tens of seconds.
TIMEOUT = 120.0
#: More seconds for the first one, in which the stack is set up and imported: 3 s of an idle core, but tens of
#: a loaded machine that reads it over a network.
STARTING = 180.0
#: No reply is longer: each run takes some 200 bytes.
_LONGEST = 1 << 26
_PIECE = 1 << 16
#: So much of what the process printed last is shown with the reason.
_WORDS = 1000
#: Seconds that it is given to end by itself, once nothing is asked any more.
_GRACE = 1.0
_NAP = 0.01


@dataclass(frozen=True, slots=True)
class Starting:
    """How an observer is started.

    Attributes
    ----------
    command
        As of `Observer`.
    environ
        Its variables; None: those of this process.
    """

    command: tuple[str, ...]
    environ: Mapping[str, str] | None


class _GoneError(Exception):
    """The process is of no use any more; the text says why."""


@dataclass(slots=True)
class _Process:
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    number: int = 0


class Observer:
    """Asks workload systems through a process of its own; a request is never repeated.

    The process is started with the first request. It leads a session of its own, so a ``^C`` in a terminal
    reaches the parent only, and it ends with its parent. Whatever is odd ends it, with all that it started;
    the next request starts another one.

    Parameters
    ----------
    command
        What starts it: `cmcompile.observe.wms.serve` as a module, in the environment of a campaign, with
        standard input and output left to it.
    environ
        Its variables; None: those of this process.
    timeout, starting
        Seconds for a request, and more for the first of a process.
    """

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str] | None = None,
        *,
        timeout: float = TIMEOUT,
        starting: float = STARTING,
    ) -> None:
        self._command = tuple(command)
        self._environ = None if environ is None else dict(environ)
        self._timeout = timeout
        self._starting = starting
        self._process: _Process | None = None

    def ask(
        self, ask: str, where: WmsRef, texts: Sequence[str], known: Sequence[str] = ()
    ) -> tuple[RunSeen, ...] | NoAnswer:
        """Ask once.

        Parameters
        ----------
        ask, known
            As of `cmcompile.observe.wms.lines.Request`.
        """
        try:
            started = self._started()
        except OSError as error:
            return NoAnswer(f"the observer can't be started: {error}")
        seconds = self._timeout + (self._starting if started.number == 0 else 0.0)
        started.number += 1
        request = Request(started.number, ask, where, tuple(texts), seconds, tuple(known))
        try:
            line = _exchanged(started.process, request_line(request), seconds)
            return read_reply(line, started.number)
        except (_GoneError, LineError, OSError) as error:
            words = self._ended(started)
            return NoAnswer(f"the observer was of no use: {error}{words}")
        except BaseException:
            # A person interrupted: its reply would be taken for that to another request.
            self._ended(started)
            raise

    def close(self) -> None:
        """End the process; it may be repeated, and another request starts another one."""
        if self._process is not None:
            _close(self._process.process.stdin)
            _wait(self._process.process.pid, _GRACE)
            self._ended(self._process)

    def _started(self) -> _Process:
        if self._process is None:
            log: IO[bytes] = tempfile.TemporaryFile(mode="w+b")  # noqa: SIM115 (closed with the process)
            try:
                process = subprocess.Popen(
                    list(self._command),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    bufsize=0,
                    env=self._environ,
                    start_new_session=True,
                )
            except BaseException:
                log.close()
                raise
            self._process = _Process(process, log)
        return self._process

    def _ended(self, started: _Process) -> str:
        """End a process with all that it started; return its last words, to follow a reason."""
        self._process = None
        process = started.process
        # Not yet waited for, so the group is still its own, also where its leader has ended.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _close(process.stdin)
        _close(process.stdout)
        with started.log as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _WORDS))
            words = " ".join(log.read().decode("utf-8", "replace").split())
        return f"; its last words: {words}" if words else ""


def _exchanged(process: subprocess.Popen[bytes], line: bytes, seconds: float) -> bytes:
    """Write a line and read one; whatever else comes, or does not, is an error."""
    if process.stdin is None or process.stdout is None:
        raise _GoneError("it has no pipes")
    into, out = process.stdin.fileno(), process.stdout.fileno()
    os.set_blocking(into, False)
    until = time.monotonic() + seconds
    left, got = memoryview(line), bytearray()
    watch = select.poll()
    watch.register(into, select.POLLOUT)
    watch.register(out, select.POLLIN)
    while True:
        wait = until - time.monotonic()
        events = dict(watch.poll(max(0.0, wait) * 1000)) if wait > 0 else {}
        if not events:
            raise _GoneError(f"no reply within {seconds:g} s")
        if out in events:
            piece = os.read(out, _PIECE)
            if not piece:
                raise _GoneError("it ended")
            got += piece
        elif into in events:
            left = left[os.write(into, left) :]
            if not left:
                watch.unregister(into)
        if b"\n" in got:
            if left or not got.endswith(b"\n") or got.count(b"\n") != 1:
                raise _GoneError("it says what it was not asked")
            return bytes(got)
        if len(got) > _LONGEST:
            raise _GoneError("its reply does not end")


def _wait(pid: int, seconds: float) -> None:
    """Wait for the end of a child, and leave it to be waited for: its process group is its own until then."""
    until = time.monotonic() + seconds
    how = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while os.waitid(os.P_PID, pid, how) is None and time.monotonic() < until:
        time.sleep(_NAP)


def _close(file: IO[bytes] | None) -> None:
    if file is not None:
        with contextlib.suppress(OSError):
            file.close()
