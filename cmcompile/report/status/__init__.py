"""Where campaigns stand, as text for people, as Markdown for pages, and as JSON and CSV for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from cmcompile.model.status import CampaignStatus, Whereabouts
from cmcompile.report.screen import Screen
from cmcompile.report.status import as_csv, as_json, as_markdown, as_text, whereabouts
from cmcompile.report.status.words import Level

StatusFormat: TypeAlias = Literal["text", "json", "csv", "markdown"]

STATUS_FORMATS: tuple[StatusFormat, ...] = ("text", "json", "csv", "markdown")

__all__ = ["STATUS_FORMATS", "Level", "StatusFormat", "render_status", "render_whereabouts"]


def render_status(
    statuses: Sequence[CampaignStatus],
    format: StatusFormat,  # noqa: A002 - the name of the option
    level: Level,
    screen: Screen,
    *,
    workflow: str = "",
) -> str:
    """Render where campaigns stand, ending with a newline.

    Parameters
    ----------
    statuses
        Each holds what was selected only.
    level
        How much text and Markdown show; JSON has groups from ``step`` on and workflows from ``group`` on;
        CSV always has a row per group.
    screen
        How text is shown; of no use to the others.
    workflow
        The name of the workflow that is asked for, with the level ``workflow``.
    """
    if format == "json":
        return as_json.render(statuses, level, workflow)
    if format == "csv":
        return as_csv.render(statuses)
    if format == "markdown":
        return as_markdown.render(statuses, level, workflow)
    return as_text.render(statuses, level, screen, workflow)


def render_whereabouts(
    what: str,
    rows: Sequence[Whereabouts],
    format: StatusFormat,  # noqa: A002 - the name of the option
    screen: Screen,
) -> str:
    """Render where the data of an id went, ending with a newline.

    Parameters
    ----------
    what
        As asked, such as ``visit:1145348``.
    """
    if format == "json":
        return as_json.render_whereabouts(what, rows)
    if format == "csv":
        return whereabouts.csv(rows)
    if format == "markdown":
        return as_markdown.render_whereabouts(what, rows)
    return whereabouts.text(what, rows, screen)
