"""Calls of the program `bps`: as a person calls it, or in a process where it was imported before."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

_HERE = Path(__file__).parent
#: A call that takes longer has gone wrong, also on a machine that has much else to do; seconds.
LATE = 300.0


class Bps:
    """Calls `bps`; the first call but those that are `fresh` imports it, which costs three seconds, for all.

    Parameters
    ----------
    log
        A file for all that a call prints.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._server: subprocess.Popen[str] | None = None

    def call(
        self, arguments: list[str], directory: Path, environment: Mapping[str, str], *, fresh: bool
    ) -> tuple[int, str]:
        """Call it; returns exit code and all that it printed.

        Parameters
        ----------
        fresh
            In a process of its own.
        """
        if fresh:
            done = subprocess.run(
                [f"{sys.prefix}/bin/bps", *arguments],
                cwd=directory,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=LATE,
                check=False,
            )
            return done.returncode, done.stdout
        server = self._started()
        asked = {"arguments": ["bps", *arguments], "directory": str(directory), "log": str(self._log)}
        server.stdin.write(f"{json.dumps(asked | {'environment': dict(environment)})}\n")  # type: ignore[union-attr]
        server.stdin.flush()  # type: ignore[union-attr]
        code = server.stdout.readline()  # type: ignore[union-attr]
        assert code, "the process that calls bps is gone"
        return int(code), self._log.read_text(encoding="utf-8")

    def _started(self) -> subprocess.Popen[str]:
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, str(_HERE / "bps_server.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._server

    def __enter__(self) -> Bps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            with self._server as server:
                server.kill()
