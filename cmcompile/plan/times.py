"""Moments and durations as a spec writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_DURATION = re.compile(r"(\d+)([hdw])\Z")
_HOURS = {"h": 1, "d": 24, "w": 168}


def moment(text: str) -> datetime | None:
    """Read a date (its first moment) or a time; UTC where no zone is written. None: it is neither."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def end_of(text: str) -> datetime | None:
    """Read when something ends: at a time, or with the day of a date. None: it is neither."""
    found = moment(text)
    try:
        date.fromisoformat(text)
    except ValueError:
        return found
    return None if found is None else later(found, timedelta(days=1))


def later(start: datetime, wait: timedelta) -> datetime:
    """Return a moment so much later; the last there is where the calendar ends before."""
    try:
        return start + wait
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def duration(text: str) -> timedelta | None:
    """Read a duration such as ``2h``, ``7d`` or ``3w``."""
    found = _DURATION.match(text)
    if found is None:
        return None
    try:
        return timedelta(hours=int(found[1]) * _HOURS[found[2]])
    except OverflowError:
        return timedelta.max
