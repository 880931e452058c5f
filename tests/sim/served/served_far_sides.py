"""Servers for tests: a process each, at a socket of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cmcompile.sim.served.hand import Hand


@contextmanager
def served(*options: str, directory: Path | None = None) -> Iterator[Path]:
    """Run a server; return its socket, beside which its log lies."""
    with tempfile.TemporaryDirectory(prefix="cmcompile-", dir=directory) as home:
        socket = Path(home) / "far"
        process = subprocess.Popen(command(socket, options), stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"ready {socket}\n"
            yield socket
        finally:
            process.terminate()
            process.wait(60)
            if process.stdout is not None:
                process.stdout.close()


def command(socket: Path, options: Sequence[str] = ()) -> list[str]:
    return [sys.executable, "-m", "cmcompile.sim.served.server", str(socket), *options]


def log_of(socket: Path) -> Path:
    return socket.with_name(f"{socket.name}.log")


def wait_for(hand: Hand, run_id: str, *states: str) -> None:
    """Wait until a run really is in one of some states."""
    until = time.monotonic() + 10
    while {run["run_id"]: run["state"] for run in hand.runs()}[run_id] not in states:
        assert time.monotonic() < until, f"run {run_id} is not {states}"
        time.sleep(0.01)
