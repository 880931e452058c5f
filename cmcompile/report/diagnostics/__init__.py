"""Findings as text for people, and as JSON, GitHub annotations and SARIF for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias

from cmcompile.model.codes import all_codes
from cmcompile.model.diagnostic import Code, Diagnostic
from cmcompile.report.diagnostics import as_github, as_json, as_sarif, as_text
from cmcompile.report.diagnostics.look import Look, SourceLine, Summary, no_source_line

Format: TypeAlias = Literal["text", "json", "github", "sarif"]

FORMATS: tuple[Format, ...] = ("text", "json", "github", "sarif")

_RENDERERS: dict[Format, Callable[[tuple[Diagnostic, ...], Look], str]] = {
    "text": as_text.render,
    "json": as_json.render,
    "github": as_github.render,
    "sarif": as_sarif.render,
}


def render(
    findings: Iterable[Diagnostic],
    format: Format,  # noqa: A002 - the name of the option
    *,
    docs_url: Callable[[Code], str],
    colour: bool = False,
    source_line: SourceLine = no_source_line,
    show_allowed: bool = False,
    codes: Mapping[str, Code] | None = None,
) -> str:
    """Render findings, in the order of their places, ending with a newline.

    Parameters
    ----------
    findings
        What was found; the order does not matter.
    format
        One of ``FORMATS``.
    docs_url
        Gives the page of a code: a URL, or a path in the repository of cmcompile.
    colour
        Whether text is coloured with ANSI codes; other formats never are.
    source_line
        Gives the line of a place without its line end, or None where the text can't be had.
    show_allowed
        Whether text lists findings that a spec allows; GitHub never shows them, JSON and SARIF always do.
    codes
        The rules that SARIF lists; every code when None.

    Returns
    -------
    str
        The rendering; never empty.
    """
    rules = tuple((all_codes() if codes is None else codes).values())
    look = Look(docs_url, colour, source_line, show_allowed, rules)
    return _RENDERERS[format](tuple(sorted(findings, key=Diagnostic.sort_key)), look)


__all__ = ["FORMATS", "Format", "SourceLine", "Summary", "no_source_line", "render"]
