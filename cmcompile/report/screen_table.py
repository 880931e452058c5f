"""A table below a title, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.report.screen import Screen
from cmcompile.report.table import render_table


def screen_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], screen: Screen
) -> Iterator[str]:
    """Yield a table below a title for a person, cut to what the screen shows; nothing where it has no row."""
    if not rows:
        return
    yield "\n" + screen.line(title, "bold")
    shown = screen.shown(len(rows))
    lines = render_table(columns, rows[:shown], "text").splitlines()
    yield from (screen.line(line, None if number else "dim") for number, line in enumerate(lines))
    if len(rows) > shown:
        yield screen.line(f"  and {len(rows) - shown:,} more (--all shows them)", "dim")
