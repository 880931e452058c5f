"""What became different between two moments of a ledger, in words, as text, Markdown and JSON."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cmcompile.model.changes import Changes
from cmcompile.report.changes import as_json, as_markdown, as_text, words
from cmcompile.report.markdown import code
from cmcompile.report.screen import Screen

ChangesFormat: TypeAlias = Literal["text", "markdown", "json"]

CHANGES_FORMATS: tuple[ChangesFormat, ...] = ("text", "markdown", "json")

#: A page names so many things of one sort.
_MOST = 8

__all__ = ["CHANGES_FORMATS", "ChangesFormat", "lines_of_page", "render_changes"]


def render_changes(
    campaign: str,
    found: Changes,
    format: ChangesFormat,  # noqa: A002 - the name of the option
    screen: Screen,
) -> str:
    """Render what became different, ending with a newline."""
    if format == "json":
        return as_json.render(campaign, found)
    if format == "markdown":
        return as_markdown.render(campaign, found)
    return "".join(as_text.render(campaign, found, screen))


def lines_of_page(found: Changes) -> list[str]:
    """Return what became different as lines of Markdown, the most telling first."""
    return words.lines(found, code, _MOST)
