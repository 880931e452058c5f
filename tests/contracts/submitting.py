"""A process with the stack that submits, any number of times: told in lines of JSON, it answers in lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self


class SubmittingProcess:
    """A program that submits what it is told; what is printed there is in a file.

    Parameters
    ----------
    env
        Variables that it gets besides.
    """

    def __init__(self, program: Path, log: Path, env: Mapping[str, str]) -> None:
        self._log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, str(program)],
                env={**os.environ, **env},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )

    def answer(self, asked: Mapping[str, object]) -> str:
        """Tell it something, and return the line that it answers; empty: it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def printed(self) -> str:
        """Return the end of what it printed."""
        return self._log.read_text(encoding="utf-8")[-3000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            self._process.kill()
