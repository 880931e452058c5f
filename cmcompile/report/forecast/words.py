"""Moments, durations and shares of a forecast, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from cmcompile.model.forecast import Range

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def lasting(seconds: float | None) -> str:
    """Return ``25 min``, ``3 h 20 min``, ``2 d 4 h``; ``never`` for what never comes."""
    if seconds is None:
        return "never"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes = round(whole / _MINUTE)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{hours + (minutes >= 30)} h"
    days, hours = divmod(round(whole / _HOUR), 24)
    return f"{days} d {hours} h" if hours and days < 10 else f"{days + (hours >= 12)} d"


def moment(at: str, seconds: float | None) -> str:
    """Return a moment so many seconds after another, to the minute, UTC; ``never`` for what never comes."""
    if seconds is None:
        return "never"
    try:
        found = datetime.fromisoformat(at) + timedelta(seconds=seconds)
    except OverflowError:
        return "never"
    return found.strftime("%Y-%m-%d %H:%M")


def ranging(found: Range) -> str:
    """Return a range of durations; one alone where all are the same."""
    if found.p10 == found.p90:
        return lasting(found.p50)
    return f"{lasting(found.p10)} to {lasting(found.p90)}"


def share(part: float) -> str:
    """Return a share in percent."""
    return f"{part * 100:.0f}%" if part >= 0.005 or not part else "<1%"


def sooner(one: Range, other: Range) -> str:
    """Say how much sooner one ends than another, by the middle of their runs."""
    if one.p50 is None or not other.p50:
        return ""
    part = 1 - one.p50 / other.p50
    if abs(part) < 0.005:
        return "as late as"
    return f"{abs(part) * 100:.0f}% {'sooner' if part > 0 else 'later'} than"
