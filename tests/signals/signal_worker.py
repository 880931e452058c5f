"""What a worker runs: the program as it starts there, with the variables that the wrapper sets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from signal_examples import RUN, read_spool

from cmcompile.model.signal import Signal

PROGRAM = (sys.executable, "-c", "from cmcompile.cli.start import main; main()")


def variables(to: Path | str, **more: str) -> dict[str, str]:
    """Return the environment of a payload."""
    own = {"CMCOMPILE_RUN": RUN, "CMCOMPILE_JOB": "7", "CMCOMPILE_TRY": "2", "CMCOMPILE_SIGNALS": str(to)}
    return {**os.environ, **own, **more}


def run(*arguments: str, env: Mapping[str, str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the worker."""
    return subprocess.run(
        [*PROGRAM, *arguments], env=env, capture_output=True, check=False, timeout=60, **options
    )


def sent(spool: Path) -> list[Signal]:
    """Return what arrived; all of it can be read."""
    found = read_spool(spool)
    assert found.unread == ()
    return [s.signal for s in found.signals]
