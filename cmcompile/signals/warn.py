"""What went wrong on a worker, said where the payload's log has it."""

from __future__ import annotations

import sys


def warn(command: str, text: str) -> None:
    """Say what went wrong, on one line that steers no terminal; who reads it may be gone."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    try:
        sys.stderr.write(f"cmcompile {command}: {clean}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return
