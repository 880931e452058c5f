"""What a run has started and what still runs, though its supervisor is gone."""

from __future__ import annotations

import contextlib
from pathlib import Path

_PROC = Path("/proc")
#: All that a run starts has this variable, which names its record.
_VARIABLE = "CMCOMPILE_SUPERVISED"


def mark(home: Path, run_id: str) -> dict[str, str]:
    """Return the variable that a supervisor sets before it starts anything."""
    return {_VARIABLE: f"{home.absolute()}:{run_id}"}


def marked(variable: dict[str, str], proc: Path = _PROC) -> list[int]:
    """Return the processes of this user on this machine that have a variable, wherever they stand now."""
    wanted = {f"{name}={value}".encode() for name, value in variable.items()}
    found = []
    for entry in proc.iterdir() if proc.is_dir() else ():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted <= set((entry / "environ").read_bytes().split(b"\0")):
                    found.append(int(entry.name))
    return found
