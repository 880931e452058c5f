"""``cmcompile list``: campaigns, steps and groups."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Literal, TypeAlias

import click

from cmcompile.cli.address import SYNTAX, Address, parse
from cmcompile.cli.campaigns import NoCampaignError, Place, every, usable
from cmcompile.cli.choose import not_asked, of_ledger, select
from cmcompile.cli.fields import HELP, cells
from cmcompile.cli.from_file import from_option, with_files
from cmcompile.cli.listing import Chosen, campaign_rows, group_rows, step_rows
from cmcompile.cli.output import format_option
from cmcompile.cli.selector import SelectorType
from cmcompile.report.groups import cut_lines, render_rows

if TYPE_CHECKING:
    from cmcompile.report.table import TableFormat

Level: TypeAlias = Literal["campaigns", "steps", "groups", "ids"]


@click.command("list", short_help="List campaigns, steps and groups.", epilog=f"{SYNTAX}\n\n{HELP}")
@click.argument("selectors", nargs=-1, type=SelectorType(), metavar="[SELECTOR]...")
@click.option("--steps", "level", flag_value="steps", help="List steps, with counts of the groups selected.")
@click.option("--groups", "level", flag_value="groups", help="List groups.")
@click.option("--ids", "level", flag_value="ids", help="List the selectors of groups only, one per line.")
@click.option("--fields", metavar="F,F,...", help="List groups with these fields, see below.")
@from_option
@format_option("text", "json", "csv")
def command(
    selectors: tuple[str, ...],
    level: Level | None,
    fields: str | None,
    files: tuple[str, ...],
    format_: TableFormat,
) -> None:
    """List what SELECTOR means: the steps of a campaign, or the groups of a step.

    Without SELECTOR all campaigns of the repository are listed, broken ones with their number of errors.
    """
    selectors = with_files(selectors, files)
    if fields is not None and level in ("steps", "ids"):
        raise click.UsageError(f"--fields lists groups: leave out --{level}")
    if asking := [text for text in selectors if of_ledger(text)]:
        raise not_asked(asking[0])
    addresses = parse(selectors)
    found = _level(addresses, selectors, level, fields)
    if found == "campaigns":
        _echo(*campaign_rows(_places(addresses), format_), format_)
        return
    chosen = [_chosen(addresses, place) for place in _places(addresses)]
    if found == "steps":
        _echo(*step_rows(chosen, format_), format_)
    elif found == "ids" and format_ == "text":
        _echo_ids(chosen)
    else:
        named = "group" if found == "ids" else fields
        _echo(*group_rows(chosen, None if named is None else named.split(","), format_), format_)


def _level(
    addresses: Sequence[Address], selectors: Sequence[str], level: Level | None, fields: str | None
) -> Level:
    if level is not None:
        return level
    if fields is not None:
        return "groups"
    if not selectors:
        return "campaigns"
    bare = all(a.step is None and a.condition is None for a in addresses)
    return "steps" if bare else "groups"


def _places(addresses: Iterable[Address]) -> list[Place]:
    places = list(dict.fromkeys(address.place for address in addresses)) or every()
    if not places:
        raise NoCampaignError("there is no campaign under campaigns/: `cmcompile new NAME` starts one")
    return places


def _chosen(addresses: Iterable[Address], place: Place) -> Chosen:
    compilation = usable(place)
    return compilation, select([a for a in addresses if a.place == place], compilation)


def _echo(columns: Sequence[str], rows: Sequence[Sequence[object]], format_: TableFormat) -> None:
    text = render_rows(columns, rows, format_)
    if format_ == "text" and sys.stdout.isatty():
        text = cut_lines(text, get_terminal_size().columns)
    click.echo(text, nl=False)


def _echo_ids(chosen: Iterable[Chosen]) -> None:
    for compilation, groups in chosen:
        for address in cells(compilation, groups, "group"):
            click.echo(str(address))
