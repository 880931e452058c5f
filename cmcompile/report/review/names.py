"""Names of things in a review: places, subjects, some of many."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model.event import Subject
from cmcompile.model.source import Span

_NAMED = 3


def subject(about: Subject | None) -> str:
    """Return what something is about; the campaign as a whole has no name of its own."""
    return "the campaign" if about is None else str(about) or "the campaign"


def place(span: Span | None) -> str:
    """Return ``file:line``; empty where nothing is known."""
    return "" if span is None else f"{span.file}:{span.line}"


def listed(names: Sequence[str], what: str) -> str:
    """Return the first of some names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more {what}" if more > 0 else "")
