"""Two campaigns, or two states of one, side by side: as text, JSON and Markdown."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cmcompile.model.compare import Comparison
from cmcompile.report.compare import as_json, as_markdown, as_text
from cmcompile.report.compare.pairs import compared
from cmcompile.report.screen import Screen

__all__ = ["CompareFormat", "compared", "render_comparison"]

CompareFormat: TypeAlias = Literal["text", "json", "markdown"]


def render_comparison(found: Comparison, format: CompareFormat, screen: Screen) -> str:  # noqa: A002
    """Render a comparison, ending with a newline; JSON lists everything where the screen does."""
    if format == "json":
        return as_json.render(found, everything=screen.most is None)
    if format == "markdown":
        return as_markdown.render(found)
    return as_text.render(found, screen)
