"""Examples below the help of a command."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """Return lines to type, as the end of a help text; ``cmcompile`` stands before each."""
    return "\n".join(["\b", "Examples:", *(f"  cmcompile {line}" for line in lines)])
