"""Moments as seconds since 1970, which plots are drawn from."""

from __future__ import annotations

from cmcompile.model.stamp import moment_of


def seconds(text: str) -> int:
    """Return a moment in seconds; 0 where there is none, or it can't be read."""
    try:
        return max(0, int(moment_of(text).timestamp())) if text else 0
    except ValueError:
        return 0
