"""What became different, as text for people."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.changes import Changes, Moment
from cmcompile.report.changes import words
from cmcompile.report.screen import Screen, short


def render(campaign: str, found: Changes, screen: Screen) -> Iterator[str]:
    """Yield the lines."""
    yield screen.line(f"{campaign}: {'nothing changed' if found.nothing else 'what changed'}", "bold")
    yield screen.line(f"from {moment(found.begin, screen)}", "dim")
    yield screen.line(f"to   {moment(found.end, screen)}", "dim")
    told = words.lines(found, str, screen.most)
    if told:
        yield "\n"
    for line in told:
        yield from screen.wrapped(f"- {line}", "  ")


def moment(found: Moment, screen: Screen) -> str:
    """Return which ledger a moment is of."""
    if not found.commit:
        return "before there was a ledger"
    return f"ledger {short(found.commit)} of {screen.time(found.at)}"
