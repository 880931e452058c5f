"""``cmcompile status``: where campaigns, steps, groups and workflows stand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, Address, NoGroupError, parse, split_workflow
from cmcompile.cli.campaigns import NoCampaignError, Place, every
from cmcompile.cli.choose import LEDGER_NAMES, select_groups
from cmcompile.cli.ledgers import look
from cmcompile.cli.output import current, format_option
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.situation import Situation, situation
from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from cmcompile.model.status import CampaignStatus, Whereabouts
    from cmcompile.report.screen import Screen
    from cmcompile.report.status import Level, StatusFormat

_SECONDS = 30.0


@click.command("status", short_help="Say where campaigns, steps, groups and workflows stand.", epilog=SYNTAX)
@click.argument("selectors", nargs=-1, type=SelectorType(), metavar="[SELECTOR]...")
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
        clock.sleep(seconds)


def _colour() -> bool | None:
    return True if current().colour() else None


def _page(selectors: Sequence[str], at: str | None, offline: bool, all_: bool, format_: StatusFormat) -> str:
    screen = _screen(all_=all_)
    names, workflow = split_workflow(selectors)
    conditions = [name for name in names if ":" in name and "/" not in name]
    if names and len(conditions) == len(names) and not any(_of_ledger(name) for name in conditions):
        return _whereabouts(names, at, offline, format_, screen)
    from cmcompile.report.status import render_status

    addresses = parse(names)
    places = list(dict.fromkeys(a.place for a in addresses)) or every()
    if not places:
        raise NoCampaignError("there is no campaign under campaigns/: `cmcompile new NAME` starts one")
    rows = format_ == "csv" or any(_narrows(a) for a in addresses)
    found = [
        _status(place, [a for a in addresses if a.place == place], at, offline, strict=bool(names), rows=rows)
        for place in places
    ]
    return render_status(found, format_, _level(addresses, found, workflow), screen, workflow=workflow)


def _narrows(address: Address) -> bool:
    """Tell whether a selector means less than a whole campaign."""
    return address.step is not None or address.condition is not None


def _of_ledger(name: str) -> bool:
    return name.partition(":")[0] in LEDGER_NAMES


def _screen(*, all_: bool) -> Screen:
    from datetime import UTC, datetime

    from cmcompile.report.screen import Screen

    columns = get_terminal_size().columns if sys.stdout.isatty() else None
    most = {"most": None} if all_ else {}
    return Screen(columns=columns, colour=current().colour(), now=datetime.now(UTC), **most)


def _level(addresses: Sequence[Address], found: Sequence[CampaignStatus], workflow: str) -> Level:
    """Return how closely to look: at one group if it is the only one, else as the selectors say."""
    if workflow:
        return "workflow"
    if not addresses:
        return "production"
    if any(a.group is not None or a.condition is not None for a in addresses):
        return "group" if sum(len(s.rows) for s in found) == 1 else "step"
    return "step" if any(a.step is not None for a in addresses) else "campaign"


def _status(
    place: Place, addresses: Sequence[Address], at: str | None, offline: bool, *, strict: bool, rows: bool
) -> CampaignStatus:
    """Return where a campaign stands; one that can't be read does not hide the others."""
    try:
        now = situation(place, look(place, offline=offline, at=at, degrade=True))
    except (InputError, CmcompileError) as error:
        if strict:
            raise
        from cmcompile.model.status import CampaignStatus

        is_spec = isinstance(error, InputError)
        fault = "its spec or its decisions have errors" if is_spec else str(error)
        help_ = f"cmcompile validate {place.name}" if is_spec else ""
        return CampaignStatus(place.name, fault=fault, next=help_)
    from cmcompile.plan.summary import status_of

    chosen = None
    if any(map(_narrows, addresses)):
        groups = select_groups(addresses, now.spec, now.groups(), now.answers())
        chosen = {(group.step, group.id) for group in groups}
    return status_of(
        now.spec.name,
        now.look.seen(),
        now.standings,
        now.inputs.state,
        production=now.spec.production or "",
        steps=[step.name for step in now.spec.steps],
        covers={d.key: d.group.covers for d in now.inputs.declared if d.group.covers},
        collections={name: text for name, text in now.inputs.collects.items() if name},
        chosen=chosen,
        rows=rows,
    )


def _whereabouts(
    names: Sequence[str], at: str | None, offline: bool, format_: StatusFormat, screen: Screen
) -> str:
    from cmcompile.plan.summary import whereabouts_of
    from cmcompile.report.status import render_whereabouts

    rows: list[Whereabouts] = []
    refused: NoGroupError | None = None
    for place in every():
        addresses = parse([f"{place.name}/{name}" for name in names])
        try:
            now = situation(place, look(place, offline=offline, at=at, degrade=True))
            groups = _holding(now, addresses)
        except NoGroupError as error:
            refused = error
            continue
        except InputError:
            click.echo(f"cmcompile: warning: {place.name} can't be read; it is left out", err=True)
            continue
        standings = [now.standings[group] for group in groups]
        rows += whereabouts_of(now.spec.name, standings, now.inputs.state)
    if not rows and refused is not None:
        raise NoGroupError(f"no campaign holds {' '.join(names)}: {refused}")
    return render_whereabouts(" ".join(names), rows, format_, screen)


def _holding(now: Situation, addresses: Sequence[Address]) -> list[tuple[str, str]]:
    loose = [Address(a.text, a.place, condition=a.condition) for a in addresses]
    return [(g.step, g.id) for g in select_groups(loose, now.spec, now.groups(), now.answers())]
