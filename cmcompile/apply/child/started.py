"""A started process, its pipe as the parent has it, and waiting for several at once."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
from collections.abc import Sequence
from typing import IO

from cmcompile.apply.child.interrupts import Waking
from cmcompile.apply.child.messages import LONGEST
from cmcompile.apply.child.parent import End
from cmcompile.apply.child.pipe import Lines
from cmcompile.apply.child.running import Running

#: Seconds after which it is looked whether a process is gone whose pipe someone else holds open.
_TICK = 1.0
#: Seconds that a process is given to end whose pipe ended: most often it is ending.
_ENDING = 10.0
_LAST_BYTES = 4096
_LAST_LINES = 3
_LAST_LENGTH = 500


class Started:
    """A process and its pipe; implements `cmcompile.apply.child.parent.Far`.

    Nothing of it waits but `wait`, `end` and `close`: what does not fit into the pipe is sent while waiting.

    Parameters
    ----------
    to, source
        The ends of its standard input and output.
    log, log_start
        A file that takes its standard error, opened for reading too, and its length before the process began.
    grace
        Seconds that it is given to end by itself, and again after SIGTERM.
    """

    def __init__(
        self,
        process: Running,
        to: IO[bytes],
        source: IO[bytes],
        log: IO[bytes],
        log_start: int,
        interrupts: Waking,
        grace: float,
    ) -> None:
        self._process = process
        self._to, self._from = to, source
        self._log, self._log_start = log, log_start
        self._interrupts = interrupts
        self._grace = grace
        self._unsent = bytearray()
        os.set_blocking(self._to.fileno(), False)
        os.set_blocking(self._from.fileno(), False)
        self._lines = Lines(self._from.fileno(), LONGEST)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def answers(self) -> bool:
        """Whether `read` returns at once."""
        return self._lines.complete

    def wait(self) -> bool:
        """Wait until `read` would return at once. False: a person interrupted, twice."""
        return first_of([self], self._interrupts, enough=2) is not None

    def read(self) -> str | None:
        """Return the next line; waits, whoever interrupts. None: end of file."""
        first_of([self], self._interrupts, enough=sys.maxsize)
        return self._lines.take()

    def write(self, line: str) -> None:
        """Say a line; what the pipe does not take at once is sent while waiting."""
        self._unsent += line.encode("ascii")
        self._send()

    def register(self, selector: selectors.BaseSelector) -> None:
        """Name what is waited for."""
        selector.register(self._from, selectors.EVENT_READ, self)
        if self._unsent:
            selector.register(self._to, selectors.EVENT_WRITE, self)

    def move(self) -> None:
        """Send and read what can be without waiting, and see whether the process is gone."""
        # Asked before reading: what a process that is gone has said is in the pipe then.
        gone = self._process.gone()
        if self._unsent:
            # Nobody reads: what the process said before tells why.
            with contextlib.suppress(BrokenPipeError):
                self._send()
        try:
            while not self._lines.complete:
                self._lines.feed()
        except BlockingIOError:
            # Another process may hold the pipe of one that is gone; it has nothing to say.
            self._lines.ended = gone

    def end(self) -> End:
        """Tell how the process ended, after end of file, and the last that it wrote on standard error."""
        if not self._process.gone(_ENDING):
            return End(f"it closed its pipe{self._last()}")
        code = self._process.code
        if code is None:
            return End(f"how it ended is not known{self._last()}", killed=True)
        if code < 0:
            return End(f"it was ended by signal {-code}{self._last()}", killed=True)
        return End(f"it ended with exit code {code}{self._last()}")

    def close(self, *, said: bool, heard: bool) -> None:
        """Close the pipe and let the process end; only one without the word is ever sent a signal."""
        if self._to.closed:
            return
        self._unsent.clear()
        self._to.close()
        if not said:
            self._finish()
        elif not heard or not self._process.gone(self._grace):
            self._process.leave()
        self._from.close()
        self._log.close()

    def _finish(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.gone(self._grace):
                return
            self._process.signal(number)
        if not self._process.gone(_ENDING):
            self._process.leave()

    def _send(self) -> None:
        while self._unsent:
            try:
                sent = os.write(self._to.fileno(), self._unsent)
            except BlockingIOError:
                return
            except OSError:
                self._unsent.clear()
                raise
            del self._unsent[:sent]

    def _last(self) -> str:
        """Return the last lines on standard error, as they may stand at the end of a sentence."""
        number = self._log.fileno()
        size = os.fstat(number).st_size
        start = max(self._log_start, size - _LAST_BYTES)
        lines = os.pread(number, max(size - start, 0), start).decode("utf-8", "replace").splitlines()
        text = " / ".join([line.strip() for line in lines if line.strip()][-_LAST_LINES:])
        printable = "".join(sign if sign.isprintable() else "?" for sign in text)
        if len(printable) > _LAST_LENGTH:
            # The end of a word that was cut would not be known for the secret that it is a part of.
            printable = printable[-_LAST_LENGTH:].partition(" ")[2]
        return f"; it wrote: {printable}" if printable else ""


def first_of(started: Sequence[Started], interrupts: Waking, enough: int) -> Started | None:
    """Wait until one of some processes has said a line, or is at its end.

    Parameters
    ----------
    enough
        So many interrupts end the waiting; the answer is None then, unless there is one already.
    """
    while True:
        for one in started:
            one.move()
            if one.answers:
                return one
        if interrupts.asked >= enough:
            return None
        with selectors.DefaultSelector() as selector:
            selector.register(interrupts, selectors.EVENT_READ)
            for one in started:
                one.register(selector)
            selector.select(_TICK)
        interrupts.woken()
