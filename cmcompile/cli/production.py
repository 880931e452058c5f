"""``cmcompile production``: the campaigns of a production together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import Place
from cmcompile.cli.examples import examples
from cmcompile.cli.output import current, format_option, screen, warn
from cmcompile.cli.standing import Eyes, fault_of
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cmcompile.model.production import Member, Production
    from cmcompile.report.production import ProductionFormat


class NoProductionError(CmcompileError):
    """No campaign names such a production."""


class ProductionName(click.ParamType[str]):
    """The name of a production; completes those that campaigns name."""

    name = "production"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete names; silent where a campaign can't be read."""
        del ctx, param
        from cmcompile.cli.address import everywhere
        from cmcompile.cli.selector import quietly

        return quietly(
            lambda: sorted(
                name
                for name in {production_of(place) or "" for place in everywhere()}
                if name and name.startswith(incomplete)
            )
        )


@click.command(
    "production",
    short_help="Say how the campaigns of a production stand together.",
    epilog=examples("production", "production DP0.2", "production DP0.2 --at 2026-10-01"),
)
@click.argument("name", required=False, type=ProductionName())
@click.option("--at", metavar="DATE|REV", help="The ledgers as they were then; the specs are those of now.")
@click.option("--offline", is_flag=True, help="Take the ledgers as they were last fetched; ask nobody.")
@click.option("--all", "all_", is_flag=True, help="List everything, however much it is.")
@format_option("text", "json", "markdown")
def command(name: str | None, at: str | None, offline: bool, all_: bool, format_: ProductionFormat) -> None:
    """Say how the campaigns that name the production NAME stand together; without NAME, all productions.

    What needs a person, over all of them; when they began and what was last heard; what was sent and accepted
    by week; what they took.
    """
    from datetime import UTC, datetime

    from cmcompile.cli.address import everywhere
    from cmcompile.report.production import render_production, render_productions

    eyes = Eyes(at, offline)
    shown = screen(now=datetime.now(UTC), everything=all_)
    if name is None:
        text = render_productions(_productions(everywhere(), eyes), format_, shown)
    else:
        (found,) = _productions(places_of(name), eyes)
        text = render_production(found, format_, shown)
    click.echo(text, nl=False, color=current().colour() or None)


def places_of(name: str) -> list[Place]:
    """Return the campaigns of a production; those that can't be read, and may be of it, are told of.

    Raises
    ------
    NoProductionError
        When there is none.
    """
    from cmcompile.cli.address import everywhere

    names = {place: production_of(place) for place in everywhere()}
    for place in (place for place, of in names.items() if of is None):
        warn(f"{place.name} has errors and may be of {name} or not: `cmcompile validate {place.name}` tells")
    found = [place for place, of in names.items() if of == name]
    if not found:
        known = ", ".join(sorted({of for of in names.values() if of})) or "none"
        raise NoProductionError(f"no campaign says `production: {name}`; there are: {known}")
    return found


def production_of(place: Place) -> str | None:
    """Return the production that a campaign names; empty where it names none, None where it can't be read."""
    from cmcompile.cli.campaigns import read

    spec, _ = read(place)
    return None if spec is None else spec.production or ""


def _productions(places: Iterable[Place], eyes: Eyes) -> list[Production]:
    """Return the productions of some campaigns by name; campaigns of none come last."""
    from cmcompile.model.ids import natural
    from cmcompile.model.production import Production

    found: dict[str, list[Member]] = {}
    for place in places:
        member = _member(place, eyes)
        found.setdefault(member.status.production, []).append(member)
    names = sorted(found, key=lambda name: (not name, natural(name)))
    return [Production(name, tuple(found[name])) for name in names]


def _member(place: Place, eyes: Eyes) -> Member:
    """Return how a campaign stands; one that can't be read does not hide the others."""
    from cmcompile.cli.situation import situation
    from cmcompile.cli.stats import ran
    from cmcompile.model.production import Member
    from cmcompile.model.status import CampaignStatus
    from cmcompile.plan.summary import status_by
    from cmcompile.state.course import course_of
    from cmcompile.state.usage import stats

    try:
        now = situation(place, eyes.look(place, strict=False))
    except CmcompileError as error:
        fault, help_ = fault_of(place, error, eyes)
        return Member(CampaignStatus(place.name, production_of(place) or "", fault=fault, next=help_))
    status = status_by(now.inputs, now.standings, now.look.seen(), rows=False)
    took = stats(ran(now, list(now.inputs.state.groups)), "step").total
    return Member(status, now.spec.ticket or "", course_of(status, now.inputs.state), took)
