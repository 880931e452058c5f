"""A payload's output passed through, byte for byte, and what it tells on the way."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable, Sequence
from types import FrameType

_PIECE = 1 << 16
#: What a batch system, its wrapper or a person sends.
_FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
#: What a terminal sends to all processes of a group.
_OF_TERMINALS = (signal.SIGINT, signal.SIGQUIT)


def pass_through(
    source: int,
    target: int,
    taken: Callable[[bytes], None],
    pause: Callable[[], bool],
    lost: Callable[[OSError], None],
    wait: float,
) -> None:
    """Copy bytes until the source ends, nobody reads the target any more, or a pause is the end.

    Parameters
    ----------
    taken
        Is given each piece after it was passed on.
    pause
        Is called when nothing came for a while; whether this is the end.
    lost
        Is told why a piece could not be passed on.
    wait
        That while, in seconds.
    """
    while True:
        if not select.select([source], [], [], wait)[0]:
            if pause():
                return
            continue
        data = os.read(source, _PIECE)
        if not data:
            return
        try:
            _write(target, data)
        except BrokenPipeError:
            return
        except OSError as error:
            # A full disk of logs is no reason for the payload to end.
            lost(error)
        taken(data)


def _write(target: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(target, data) :]
        except BlockingIOError:  # somebody made the terminal so
            select.select([], [target], [])


class Payload:
    """A command whose output is read here; it stays in the process group of this process.

    Raises
    ------
    OSError
        When it can't be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        # From before the start, so that none is lost between. What is ignored here is ignored by the payload.
        for number in _FORWARDED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._forward)
        read, write = os.pipe()
        self._pipe = os.fdopen(read, "rb", buffering=0)
        try:
            self._process = process = subprocess.Popen(command, stdout=write)
        finally:
            os.close(write)
        for early in self._early:
            process.send_signal(early)

    @property
    def output(self) -> int:
        """The descriptor that its output is read from."""
        return self._pipe.fileno()

    def _forward(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._process is None:
            self._early.append(number)
        elif number not in _OF_TERMINALS or not _is_foreground():
            self._process.send_signal(number)

    def has_ended(self) -> bool:
        """Tell whether it has ended; what it started may still hold its output."""
        return self._process is not None and self._process.poll() is not None

    def wait(self) -> int:
        """Wait for its end; minus the number of the signal that killed it, else its exit code."""
        # Where nobody reads any more, it is told so, as it would be without this process.
        self._pipe.close()
        return 0 if self._process is None else self._process.wait()


def _is_foreground() -> bool:
    """Tell whether a terminal sends signals to the group of this process, and so to the payload itself."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def end_as(code: int) -> int:
    """Return an exit code; one that stands for a signal ends this process by the same signal."""
    if code >= 0:
        return code
    import resource

    # The payload has left a core, if one was wanted.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    number = -code
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number
