"""How often a person asked to stop, by signals."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Protocol, Self

from cmcompile.model.child import Interrupts


class Waking(Interrupts, Protocol):
    """Interrupts that can be waited for together with pipes."""

    def fileno(self) -> int:
        """Return a descriptor that can be read from after each interrupt."""

    def woken(self) -> None:
        """Take what can be read from it; does not wait."""


class SignalInterrupts:
    """Counts SIGINT and SIGTERM while it is entered, instead of what they did before; implements `Waking`.

    SIGINT, the ``^C`` of a terminal, counts each time. SIGTERM, which machines send, is as a first ``^C``: it
    is never the second, which leaves things in doubt. It is for the main thread, once.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._read, self._write = -1, -1
        self._woke = -1
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        try:
            self._woke = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._count)
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    @property
    def asked(self) -> int:
        """0: not; 1: stop as soon as nothing is in doubt; 2: stop at once."""
        return self._asked

    def fileno(self) -> int:
        """Return the descriptor, while it is entered."""
        return self._read

    def woken(self) -> None:
        """Take what woke; does not wait."""
        try:
            os.read(self._read, 4096)
        except BlockingIOError:
            return

    def _count(self, number: int, frame: FrameType | None) -> None:
        again = self._asked + 1 if number == signal.SIGINT else 1
        self._asked = min(max(self._asked, again), 2)

    def _restore(self) -> None:
        for number, handler in self._before.items():
            # None: it was not set by Python, and can't be set again.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # type: ignore[arg-type]
        self._before = {}
        signal.set_wakeup_fd(self._woke)
        os.close(self._read)
        os.close(self._write)
        self._read, self._write, self._woke = -1, -1, -1
