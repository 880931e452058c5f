"""What became different, as Markdown; below the limit of a forge's comment by construction."""

from __future__ import annotations

from cmcompile.model.changes import Changes, Moment
from cmcompile.report.changes import words
from cmcompile.report.markdown import LIMIT, Section, code, page
from cmcompile.report.screen import short


def render(campaign: str, found: Changes, limit: int = LIMIT) -> str:
    """Return a page."""
    said = "Nothing changed" if found.nothing else "What changed"
    start = (f"# {code(campaign)}: {said[0].lower()}{said[1:]}", "")
    span = f"From {moment(found.begin)} to {moment(found.end)}."
    rows = tuple(f"- {line}" for line in words.lines(found, code))
    more = f"see {code(f'cmcompile changes {campaign} --format json')}"
    return page([Section((*start, span, *([""] if rows else [])), rows)], more, limit)


def moment(found: Moment) -> str:
    """Return which ledger a moment is of."""
    if not found.commit:
        return "before there was a ledger"
    return f"ledger {code(short(found.commit))} of {code(found.at)}"
