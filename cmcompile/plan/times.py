"""Moments and durations as a spec writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(r"(\d+)([hdw])\Z")
_HOURS = {"h": 1, "d": 24, "w": 168}


def moment(text: str) -> datetime | None:
    """Read a date (its first moment) or a time; UTC where no zone is written. None: it is neither."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def duration(text: str) -> timedelta | None:
    """Read a duration such as ``2h``, ``7d`` or ``3w``."""
    found = _DURATION.match(text)
    return timedelta(hours=int(found[1]) * _HOURS[found[2]]) if found else None
