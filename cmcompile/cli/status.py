"""``cmcompile status``: where campaigns, steps, groups and workflows stand."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING

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
from cmcompile.cli.choose import narrows, of_ledger
from cmcompile.cli.output import current, format_option, screen
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.standing import Eyes, anywhere, status_at, whereabouts

if TYPE_CHECKING:
    from cmcompile.model.status import CampaignStatus
    from cmcompile.report.status import Level, StatusFormat

_SECONDS = 30.0


@click.command("status", short_help="Say where campaigns, steps, groups and workflows stand.", epilog=SYNTAX)
@click.argument("selectors", nargs=-1, type=SelectorType(ledger=True), metavar="[SELECTOR]...")
@click.option("--at", metavar="DATE|REV", help="The ledger as it was then; the spec is that of now.")
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@click.option("--all", "all_", is_flag=True, help="List everything, however much it is.")
@click.option("--watch", is_flag=True, help="Show it again and again, until ^C.")
@click.option(
    "--every", "seconds", type=click.FloatRange(1), default=_SECONDS, show_default=True, metavar="SECONDS",
    help="How long to wait between two looks.",
)  # fmt: skip
@format_option("text", "json", "csv", "markdown")
def command(
    selectors: tuple[str, ...],
    at: str | None,
    offline: bool,
    all_: bool,
    watch: bool,
    seconds: float,
    format_: StatusFormat,
) -> None:
    """Say where things stand: every campaign, or the campaign, step, group or workflow that SELECTOR means.

    An id alone, such as visit:1145348, is looked for in all campaigns: where was it processed?
    """
    if watch and format_ != "text":
        raise click.UsageError("--watch shows text: leave out --format")
    if not watch:
        click.echo(_page(selectors, at, offline, all_, format_), nl=False, color=_colour())
        return
    from cmcompile.ledger.clock import SystemClock

    clock = SystemClock()
    while True:
        page = _page(selectors, at, offline, all_, format_)
        click.clear()
        click.echo(page, nl=False, color=_colour())
        gc.collect()  # it is off while a command runs
        clock.sleep(seconds)


def _colour() -> bool | None:
    return True if current().colour() else None


def _page(selectors: Sequence[str], at: str | None, offline: bool, all_: bool, format_: StatusFormat) -> str:
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
        places = list(dict.fromkeys(a.place for a in addresses)) or everywhere()
        rows = format_ == "csv" or any(map(narrows, addresses))
        found = [
            status_at(place, [a for a in addresses if a.place == place], eyes, strict=bool(names), rows=rows)
            for place in places
        ]
    if workflow:
        _is_there(workflow, names[0], found)
    return render_status(found, format_, _level(addresses, found, workflow), shown, workflow=workflow)


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
