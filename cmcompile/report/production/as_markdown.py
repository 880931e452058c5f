"""Productions as Markdown for the page of a forge."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model.production import Member, Production
from cmcompile.model.states import GroupState
from cmcompile.report.markdown import Section, code, head, page, row
from cmcompile.report.production import tables
from cmcompile.report.status import words

_MORE = "`cmcompile production --all` shows them"


def render_list(found: Sequence[Production]) -> str:
    """Return a table with a row per production."""
    rows = tuple(row([code(cell) for cell in tables.list_row(one)]) for one in found)
    return page([Section(("# Productions", "", *head(tables.LIST)), rows)], _MORE)


def render(found: Production) -> str:
    """Return the page of one production."""
    title = f"# Production {code(found.name)}" if found.name else "# Campaigns of no production"
    said = tables.verdict(found)
    sections = [Section((title, "", f"**{said}**" if found.people or found.faults else said))]
    people = tuple(line for member in found.members for line in _people(member))
    if people:
        names = head(["campaign", "what", "command"])
        sections.append(Section(("", "## Needs a person", "", *names), people))
    names = ["campaign", "ticket", "groups", "accepted", "active", "needs a person"]
    sections.append(
        Section(
            ("", "## Campaigns", "", *head(names, frozenset(range(2, 6)))),
            tuple(row(_campaign(member)) for member in found.members),
        )
    )
    for name, columns, rows in (
        ("Timeline", tables.TIMELINE[:-1], [cells[:-1] for cells in tables.timeline(found)]),
        ("Weeks", tables.WEEKS, tables.weeks(found)),
        ("Usage", tables.USAGE, tables.usage(found)),
    ):
        if rows:
            right = frozenset(range(1, len(columns)))
            lines = tuple(row([code(cell) for cell in cells]) for cells in rows)
            sections.append(Section(("", f"## {name}", "", *head(columns, right)), lines))
    return page(sections, _MORE)


def _people(member: Member) -> list[str]:
    status = member.status
    if status.fault:
        return [row([code(status.campaign), code(status.fault), code(status.next)])]
    return [
        row(
            [
                code(cell)
                for cell in (status.campaign, words.heading(sort), words.next_of(status.campaign, sort))
            ]
        )
        for sort in status.attention
    ]


def _campaign(member: Member) -> list[str]:
    status = member.status
    counts = status.counts
    return [
        code(status.campaign),
        code(member.ticket),
        f"{sum(counts.values()):,}",
        f"{counts.get(GroupState.ACCEPTED, 0):,}",
        f"{counts.get(GroupState.ACTIVE, 0):,}",
        f"{status.people:,}",
    ]
