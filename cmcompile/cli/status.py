"""``cmcompile status``: where campaigns, steps, groups and workflows stand."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import click

from cmcompile.cli.address import (
    SYNTAX,
    Address,
    NoGroupError,
    everywhere,
    implicit,
    parse,
    split_workflow,
)
from cmcompile.cli.campaigns import Place
from cmcompile.cli.choose import narrows, of_ledger
from cmcompile.cli.exit import Exit
from cmcompile.cli.from_file import from_option, with_files
from cmcompile.cli.output import current, format_option, screen
from cmcompile.cli.production import ProductionName, places_of
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.standing import Eyes, anywhere, status_at, whereabouts
from cmcompile.model.view import VIEWS, ViewName

if TYPE_CHECKING:
    from cmcompile.model.status import CampaignStatus
    from cmcompile.report.status import Level, StatusFormat
    from cmcompile.report.views import ViewFormat

_SECONDS = 30.0
_ABOUT_VIEWS = """\b
Views, of every job once, as the last workflow that had it left it:
  pending           what waits, and for what
  started           by step: how jobs stand, and what they took
  clusters          by workflow
  runs              by step and run: finished against expected; of BPS steps by group
  failed, held      job by job, with what is said of it
  missing           all that is expected and not there, whatever keeps it"""


@click.command(
    "status",
    short_help="Say where campaigns, steps, groups and workflows stand.",
    epilog=f"{_ABOUT_VIEWS}\n\n{SYNTAX}",
)
@click.argument("selectors", nargs=-1, type=SelectorType(ledger=True), metavar="[SELECTOR]...")
@click.option(
    "--production", type=ProductionName(), metavar="NAME", help="The campaigns that name this production."
)
@click.option("--at", metavar="DATE|REV", help="The ledger as it was then; the spec is that of now.")
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@click.option("--all", "all_", is_flag=True, help="List everything, however much it is.")
@click.option(
    "--view", type=click.Choice(VIEWS), help="Jobs and quanta as a table; batch systems are asked too.",
)  # fmt: skip
@click.option(
    "--ids", "as_", flag_value="ids", help="With --view: the selectors of its groups, one per line."
)
@click.option(
    "--rows", "as_", flag_value="rows", help="With --view: what its jobs are for, as rows of a list."
)
@from_option
@click.option("--watch", is_flag=True, help="Show it again and again, until ^C.")
@click.option(
    "--every", "seconds", type=click.FloatRange(1), default=_SECONDS, show_default=True, metavar="SECONDS",
    help="How long to wait between two looks.",
)  # fmt: skip
@format_option("text", "json", "csv", "markdown")
def command(
    selectors: tuple[str, ...],
    production: str | None,
    at: str | None,
    offline: bool,
    all_: bool,
    view: ViewName | None,
    as_: Literal["ids", "rows"] | None,
    files: tuple[str, ...],
    watch: bool,
    seconds: float,
    format_: StatusFormat,
) -> int:
    """Say where things stand: every campaign, or the campaign, step, group or workflow that SELECTOR means.

    An id alone, such as visit:1145348, is looked for in all campaigns: where was it processed?

    Exit code 3: something that a view needs can't be read or asked; it says what.
    """
    if as_ and (view is None or format_ != "text"):
        raise click.UsageError(f"--{as_} goes with --view, and without --format")
    selectors = with_files(selectors, files)
    if production is not None and selectors:
        raise click.UsageError("--production means all of its campaigns: leave out SELECTOR")
    if watch and format_ != "text":
        raise click.UsageError("--watch shows text: leave out --format")
    if view is not None:
        if watch:
            raise click.UsageError("--watch shows where groups stand: leave out --view")
        places = [] if production is None else _everywhere(production)
        page, whole = _view(view, selectors, places, Eyes(at, offline), all_, as_ or format_)
        click.echo(page, nl=False, color=_colour())
        return Exit.OK if whole else Exit.ATTENTION
    if not watch:
        click.echo(_page(selectors, production, at, offline, all_, format_), nl=False, color=_colour())
        return Exit.OK
    from cmcompile.ledger.clock import SystemClock

    clock = SystemClock()
    while True:
        page = _page(selectors, production, at, offline, all_, format_)
        click.clear()
        click.echo(page, nl=False, color=_colour())
        gc.collect()  # it is off while a command runs
        clock.sleep(seconds)


def _view(
    name: ViewName,
    selectors: Sequence[str],
    places: Sequence[Place],
    eyes: Eyes,
    all_: bool,
    format_: ViewFormat,
) -> tuple[str, bool]:
    from datetime import UTC, datetime

    from cmcompile.cli.viewing import view_page

    shown = screen(now=datetime.now(UTC), everything=all_)
    return view_page(name, selectors, places, eyes, format_, shown)


def _colour() -> bool | None:
    return True if current().colour() else None


def _page(
    selectors: Sequence[str],
    production: str | None,
    at: str | None,
    offline: bool,
    all_: bool,
    format_: StatusFormat,
) -> str:
    from datetime import UTC, datetime

    from cmcompile.report.status import render_status, render_whereabouts

    shown = screen(now=datetime.now(UTC), everything=all_)
    eyes = Eyes(at, offline)
    names, workflow = split_workflow(selectors)
    loose = bool(names) and all(":" in name and "/" not in name for name in names)
    if loose and not all(map(of_ledger, names)):
        return render_whereabouts(" ".join(names), whereabouts(names, eyes), format_, shown)

    if loose and implicit() is None:
        addresses, found = anywhere(names, eyes)
    else:
        addresses = parse(names)
        places = list(dict.fromkeys(a.place for a in addresses)) or _everywhere(production)
        rows = format_ == "csv" or any(map(narrows, addresses))
        found = [
            status_at(place, [a for a in addresses if a.place == place], eyes, strict=bool(names), rows=rows)
            for place in places
        ]
    if workflow:
        _is_there(workflow, names[0], found)
    level = _level(addresses, found, workflow)
    if level in ("group", "workflow") and len(found) == 1 and at is None:
        from cmcompile.cli.live_signals import with_signals

        found = [with_signals(found[0], addresses[0].place)]
    return render_status(found, format_, level, shown, workflow=workflow)


def _everywhere(production: str | None) -> list[Place]:
    return everywhere() if production is None else places_of(production)


def _is_there(workflow: str, name: str, found: Sequence[CampaignStatus]) -> None:
    """Stop where no group that was asked for has that workflow."""
    there = list(dict.fromkeys(w.name for s in found for row in s.rows for w in row.workflows))
    if workflow not in there:
        raise NoGroupError(f"{name} has no workflow {workflow}; it has {', '.join(there) or 'none yet'}")


def _level(addresses: Sequence[Address], found: Sequence[CampaignStatus], workflow: str) -> Level:
    """Return how closely to look: at one group if it is the only one, else as the selectors say."""
    if workflow:
        return "workflow"
    if not addresses:
        return "production"
    if any(a.group is not None or a.condition is not None for a in addresses):
        return "group" if sum(len(s.rows) for s in found) == 1 else "step"
    return "step" if any(a.step is not None for a in addresses) else "campaign"
