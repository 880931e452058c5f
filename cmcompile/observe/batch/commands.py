"""One command of a batch system: run once, for a bounded time, with bounded output."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmcompile.model.wms import NoAnswer

#: Seconds; a busy controller takes tens of them.
TIMEOUT = 120.0
#: Bytes of an answer: some 200 for each job, and a cluster may hold a million.
LARGEST = 1 << 28
_PIECE = 1 << 16
_WORDS = 500


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered.

    Attributes
    ----------
    error
        The end of what it wrote on standard error.
    """

    code: int
    out: str
    error: str = ""

    @property
    def words(self) -> str:
        """What it said, for people, on one line."""
        text = " ".join((self.error or self.out).split())
        return text[-_WORDS:] if text else f"it ended with {self.code} and said nothing"


def run(
    command: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    timeout: float = TIMEOUT,
    largest: int = LARGEST,
) -> Said | NoAnswer:
    """Run a command, once; one that can't be run, takes too long or says too much gives no answer.

    Parameters
    ----------
    environ
        Its variables; None: those of this process.
    """
    program = command[0]
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=None if environ is None else dict(environ),
            start_new_session=True,
        )
    except FileNotFoundError:
        return NoAnswer(f"there is no program {program} on PATH here")
    except OSError as error:
        return NoAnswer(f"{program} can't be run: {error.strerror}")
    with process:
        try:
            read = _read(process, time.monotonic() + timeout, largest)
        finally:
            # Whatever it started goes with it; it has not been waited for, so the group is its own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
    if isinstance(read, str):
        return NoAnswer(f"{program} {read}")
    out, words = (part.decode("utf-8", "replace") for part in read)
    return Said(process.returncode, out, words)


def _read(process: subprocess.Popen[bytes], until: float, largest: int) -> tuple[bytes, bytes] | str:
    """Return what a process writes until it ends; or why that is of no use."""
    out, words = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for pipe, into in ((process.stdout, out), (process.stderr, words)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, into)
        while selector.get_map():
            wait = until - time.monotonic()
            ready = selector.select(wait) if wait > 0 else []
            if not ready:
                return "gave no answer in time"
            for key, _ in ready:
                piece = os.read(key.fd, _PIECE)
                key.data.extend(piece)
                if not piece:
                    selector.unregister(key.fileobj)
            if len(out) > largest:
                return f"says more than {largest} bytes"
            del words[:-_PIECE]
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return "does not end"
    return bytes(out), bytes(words)
