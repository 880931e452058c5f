"""A process at the other end of a pipe: whether it lives, how it ended, and how it is ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from typing import Protocol


class Running(Protocol):
    """A process that leads a group with all that it starts."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def code(self) -> int | None:
        """Once it is gone: its exit code, or minus the number of the signal that ended it. None: unknown."""

    def gone(self, seconds: float = 0.0) -> bool:
        """Wait up to so many seconds for its end; tell whether it has ended."""

    def signal(self, number: int) -> None:
        """Send a signal to its group, unless it is gone."""

    def leave(self) -> None:
        """Leave it to itself; nothing more is asked."""


class OwnProcess:
    """A process that was started here; implements `Running`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, once it is gone."""
        return self._process.returncode

    def gone(self, seconds: float = 0.0) -> bool:
        """Wait up to so many seconds for its end; tell whether it has ended."""
        if seconds <= 0.0:
            return self._process.poll() is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def signal(self, number: int) -> None:
        """Send a signal to its group, unless it is gone."""
        if self._process.returncode is None:
            # Not waited for, so its id is still its own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def leave(self) -> None:
        """Leave it to itself."""
        # Someone must take its end, or it stays a zombie as long as this process lives.
        threading.Thread(target=self._process.wait, daemon=True).start()
