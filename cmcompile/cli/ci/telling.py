"""Telling a CI system how a step went: annotations, a page, outputs, and a log that gives no commands."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from cmcompile.cli.ci.surroundings import Surroundings
from cmcompile.cli.exit import Exit
from cmcompile.report.markdown import Section, code, head, page, row
from cmcompile.report.terminal import visible

#: GitHub refuses a page of more than 1 MiB per step.
_LONGEST = 1_000_000
_RED, _ODD = "error", "warning"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a campaign ended.

    Attributes
    ----------
    name
        Of the campaign, or of what else was done.
    about
        One line more, in plain text.
    """

    name: str
    code: Exit
    about: str = ""


@contextmanager
def quiet(around: Surroundings, title: str) -> Iterator[None]:
    """Let nothing that is printed meanwhile be taken for a command of the CI system; under a heading."""
    if not around.commands:
        yield
        return
    # Text of specs, logs and messages is printed, and a line of it might begin with two colons.
    word = secrets.token_hex(16)
    click.echo(f"::group::{_data(visible(title))}")
    click.echo(f"::stop-commands::{word}")
    try:
        yield
    finally:
        click.echo(f"\n::{word}::")
        click.echo("::endgroup::")


def tell(around: Surroundings, title: str, ends: Sequence[Ended], failing: frozenset[Exit]) -> None:
    """Say how each campaign ended: in the log, as annotations, and on the page of the run."""
    for end in ends:
        _line(around, end, red=end.code in failing)
    rows = [row([code(end.name), *_cells(end, failing)]) for end in ends]
    top = [f"### {title}", "", *head(["of", "ended with", "meaning"])]
    add_page(around, page([Section(tuple(top), tuple(rows))], "the log has them", _LONGEST))


def add_page(around: Surroundings, text: str) -> None:
    """Add Markdown to the page of the run; nothing where there is none."""
    if around.summary is not None:
        _append(around.summary, text if text.endswith("\n") else f"{text}\n")


def put_out(around: Surroundings, **values: str) -> None:
    """Hand values to the steps that follow; each is one line without controls."""
    if around.output is not None and values:
        _append(around.output, "".join(f"{name}={visible(value)}\n" for name, value in values.items()))


def annotate(around: Surroundings, kind: str, title: str, text: str) -> None:
    """Say something where the CI system shows it, else on standard error."""
    if around.commands:
        click.echo(f"::{kind} title={_property(visible(title))}::{_data(visible(text))}")
    else:
        click.echo(visible(f"{title}: {text}"), err=True)


def _line(around: Surroundings, end: Ended, *, red: bool) -> None:
    if end.code is Exit.OK:
        return
    text = end.about or end.code.about
    annotate(around, _RED if red else _ODD, f"{end.name}: exit code {int(end.code)}", text)


def _cells(end: Ended, failing: frozenset[Exit]) -> list[str]:
    sign = "" if end.code is Exit.OK else "**stopped** " if end.code in failing else "*look* "
    return [str(int(end.code)), sign + (code(end.about) if end.about else end.code.about)]


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", errors="replace") as stream:
        stream.write(text)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
