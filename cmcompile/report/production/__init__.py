"""Productions: the campaigns that belong together, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from cmcompile.model.production import Production
from cmcompile.report.production import as_json, as_markdown, as_text
from cmcompile.report.screen import Screen

__all__ = ["ProductionFormat", "render_production", "render_productions"]

ProductionFormat: TypeAlias = Literal["text", "json", "markdown"]


def render_productions(found: Sequence[Production], format: ProductionFormat, screen: Screen) -> str:  # noqa: A002
    """Render a list of productions, ending with a newline."""
    if format == "json":
        return as_json.render(found)
    return as_markdown.render_list(found) if format == "markdown" else as_text.render_list(found, screen)


def render_production(found: Production, format: ProductionFormat, screen: Screen) -> str:  # noqa: A002
    """Render all about one production, ending with a newline."""
    if format == "json":
        return as_json.render([found])
    return as_markdown.render(found) if format == "markdown" else as_text.render(found, screen)
