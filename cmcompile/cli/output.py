"""How commands write: the format of findings, source lines, colour."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from datetime import datetime

    from cmcompile.model.diagnostic import Code, Diagnostic
    from cmcompile.model.ports import Sources
    from cmcompile.report.diagnostics import SourceLine
    from cmcompile.report.screen import Screen

_F = TypeVar("_F", bound=Callable[..., object])

#: The pages of the codes, in the repository of cmcompile.
DOCS = "docs/diagnostics/{}.md"

#: What ends a line of YAML.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(slots=True)
class Reporting:
    """How the command that runs now shows findings; filled by its options.

    Attributes
    ----------
    format
        The value of ``--format``; findings are shown as text for a format that is none of theirs.
    color
        ``auto``, ``always`` or ``never``.
    show_allowed
        Whether text lists what a spec allows.
    source_line
        Gives the text of a place; None when there are no sources.
    """

    format: str = "text"
    color: str = "auto"
    show_allowed: bool = False
    source_line: SourceLine | None = None

    @property
    def for_machines(self) -> bool:
        """Whether findings are the document that a program reads from stdout."""
        return self.format in ("json", "github", "sarif")

    def colour(self, *, err: bool = False) -> bool:
        """Tell whether text on stdout (or stderr) is to be coloured."""
        if self.color != "auto":
            return self.color == "always"
        stream = sys.stderr if err else sys.stdout
        return not colour_refused() and stream is not None and stream.isatty()


def colour_refused() -> bool:
    """Tell whether the environment wants no colour (``NO_COLOR`` as of no-color.org, or a dumb terminal)."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def current() -> Reporting:
    """Return how the running command shows findings; plain text where none runs."""
    context = click.get_current_context(silent=True)
    found = None if context is None else context.find_object(Reporting)
    return found or Reporting()


def use_sources(sources: Sources) -> None:
    """Show the lines of these files with findings, also with those of an ``InputError``."""
    current().source_line = source_lines(sources)


def source_lines(sources: Sources) -> SourceLine:
    """Return a function that gives the line of a place, or None where the file or the line is absent."""
    from cmcompile.model.errors import SourceError
    from cmcompile.model.source import Span

    kept: dict[str, list[str]] = {}

    def source_line(span: Span) -> str | None:
        if span.file not in kept:
            try:
                text = sources.read(span.file).decode("utf-8-sig", errors="replace")
            except SourceError:
                text = ""
            kept[span.file] = _LINE_END.split(text) if text else []
        lines = kept[span.file]
        return lines[span.line - 1] if 0 < span.line <= len(lines) else None

    return source_line


def echo_findings(
    findings: Iterable[Diagnostic], *, reporting: Reporting | None = None, err: bool = False
) -> None:
    """Write findings in the chosen format, to stdout or stderr."""
    from cmcompile.report.diagnostics import FORMATS, no_source_line, render

    reporting = reporting or current()
    colour = reporting.colour(err=err)
    text = render(
        findings,
        next((f for f in FORMATS if f == reporting.format), "text"),
        docs_url=docs_url,
        colour=colour,
        source_line=reporting.source_line or no_source_line,
        show_allowed=reporting.show_allowed,
    )
    click.echo(text, nl=False, err=err, color=colour)


def screen(*, now: datetime | None = None, everything: bool = False) -> Screen:
    """Return how text for people is shown on stdout.

    Parameters
    ----------
    now
        The time from which ages count; None: no ages.
    everything
        Whether all lines of a sort are shown, however many.
    """
    from shutil import get_terminal_size

    from cmcompile.report.screen import Screen

    columns = get_terminal_size().columns if sys.stdout.isatty() else None
    found = Screen(columns=columns, colour=current().colour(), now=now)
    return replace(found, most=None) if everything else found


def warn(text: str) -> None:
    """Say on stderr, in one line, what a person should know though the command goes on."""
    from cmcompile.report.terminal import visible

    click.echo(f"cmcompile: warning: {visible(' '.join(text.split()))}", err=True)


def docs_url(code: Code) -> str:
    """Return the page of a code."""
    return DOCS.format(code.name)


def format_option(*choices: str) -> Callable[[_F], _F]:
    """Add ``--format`` with these choices, the first by default; the command gets it as ``format_``."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        callback=_remember_format,
        help="How the output is written.",
    )


def show_allowed_option(command: _F) -> _F:
    """Add ``--show-allowed``; ``echo_findings`` heeds it, the command does not get it."""
    return click.option(
        "--show-allowed",
        is_flag=True,
        expose_value=False,
        callback=_remember_allowed,
        help="Also list findings that the spec allows, with the reasons.",
    )(command)


def _remember_format(context: click.Context, option: click.Parameter, value: str) -> str:
    del option
    context.ensure_object(Reporting).format = value
    return value


def _remember_allowed(context: click.Context, option: click.Parameter, value: bool) -> bool:
    del option
    context.ensure_object(Reporting).show_allowed = value
    return value
