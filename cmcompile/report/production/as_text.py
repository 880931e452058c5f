"""Productions as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.production import Production
from cmcompile.report.production import tables
from cmcompile.report.screen import Screen
from cmcompile.report.screen_table import screen_table
from cmcompile.report.status import words
from cmcompile.report.status.tables import campaign_table
from cmcompile.report.table import render_table


def render_list(found: Sequence[Production], screen: Screen) -> str:
    """Return a line per production."""
    if not found:
        return screen.line("there is no campaign")
    return render_table(tables.LIST, [tables.list_row(one) for one in found], "text")


def render(found: Production, screen: Screen) -> str:
    """Return all about one production."""
    return "".join(_lines(found, screen))


def _lines(found: Production, screen: Screen) -> Iterator[str]:
    wrong = bool(found.people or found.faults)
    name = found.name or "campaigns of no production"
    yield from screen.wrapped(f"{name}: {tables.verdict(found)}", "  ", "alarm" if wrong else None)
    yield screen.line(f"groups: {tables.states(found)}", "dim")
    yield "\n"
    yield from campaign_table([member.status for member in found.members], screen)
    yield from _people(found, screen)
    yield from screen_table("Timeline", tables.TIMELINE, tables.timeline(found), screen)
    yield from screen_table("Weeks", tables.WEEKS, tables.weeks(found), screen)
    yield from screen_table("Usage", tables.USAGE, tables.usage(found), screen)


def _people(found: Production, screen: Screen) -> Iterator[str]:
    """Yield what needs a person, each sort of it in one line with the command to type."""
    for member in found.members:
        status = member.status
        if status.fault:
            yield "\n"
            yield from screen.wrapped(f"! {status.campaign}: {status.fault}", "  ", "alarm")
            yield screen.whole(f"    {status.next}", "bold") if status.next else ""
        shown = screen.shown(len(status.attention))
        for number, sort in enumerate(status.attention[:shown]):
            yield "\n" if not number else ""
            yield from screen.wrapped(f"! {status.campaign}: {words.heading(sort)}", "  ", "alarm")
            yield screen.whole(f"    {words.next_of(status.campaign, sort)}", "bold")
        if len(status.attention) > shown:
            yield screen.line(f"  and {len(status.attention) - shown:,} more sorts", "dim")
