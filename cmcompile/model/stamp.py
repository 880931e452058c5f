"""Moments as cmcompile writes them: UTC, to the second, ``2026-11-20T08:00:00Z``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def stamp(moment: datetime) -> str:
    """Return a moment as text; what is less than a second is dropped."""
    return moment.astimezone(UTC).strftime(_FORM)


def moment_of(text: str) -> datetime:
    """Return the moment that a text writes.

    Raises
    ------
    ValueError
        When it is not written so, or there is no such moment.
    """
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)


def is_after(text: str, begin: datetime) -> bool:
    """Tell whether a text writes a moment after another one; what writes none is not."""
    try:
        return moment_of(text) > begin
    except ValueError:
        return False


def oldest(texts: Iterable[str]) -> datetime | None:
    """Return the oldest of some moments; None: there are none, or one of them is not known."""
    try:
        return min(map(moment_of, texts), default=None)
    except ValueError:
        return None
