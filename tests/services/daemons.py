"""Servers that live as long as the tests that use them: in the foreground, with ports of their own."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

#: Seconds until a server answers that has just been started, and until one has ended that was asked to.
PATIENCE = 30.0


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens at; all of them differ."""
    with contextlib.ExitStack() as kept:
        ports = []
        for _ in range(count):
            listener = kept.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            ports.append(int(listener.getsockname()[1]))
        return ports


@contextlib.contextmanager
def daemon(
    command: Sequence[str],
    log: Path,
    *,
    ready: Callable[[], bool],
    env: Mapping[str, str] | None = None,
    user: str = "",
    stop: signal.Signals = signal.SIGTERM,
    patience: float = PATIENCE,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in the foreground until the block is left, whatever the reason.

    Parameters
    ----------
    command
        Stays in the foreground.
    log
        Gets all that it prints.
    ready
        Whether it can be used; asked until it is.
    user
        Runs it, where the tests run as root; empty: as who runs the tests.
    stop
        Ends it.
    patience
        Seconds until it can be used.
    """
    process = _started(command, log, env, user, stop)
    try:
        _wait(process, ready, log, patience)
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _started(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None, user: str, stop: signal.Signals
) -> subprocess.Popen[bytes]:
    # Without a parent it ends too: tests that are killed leave nothing behind.
    lead = ["setpriv", "--pdeathsig", stop.name[3:]] if shutil.which("setpriv") else []
    if user:
        lead += [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    with log.open("ab") as out:
        return subprocess.Popen(
            [*lead, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=log.parent
        )


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            told = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"{process.args!r} does not answer:\n{told}")
        time.sleep(0.1)
