"""``cmcompile lists``: ask the Butler what lists hold, and store the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import format_option
from cmcompile.cli.selector import ListType
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.model.list_update import ListUpdate


@click.group("lists", short_help="Ask the Butler what lists hold, and store the answers.")
def command() -> None:
    """See to the lists of a campaign that the Butler fills.

    Compiling never asks a Butler: what it says is stored in files that are reviewed and committed like the
    rest of a campaign.
    """


@command.command("update", short_help="Ask the Butler, and store what it says.")
@click.argument("campaign", type=CampaignName(), default="")
@click.argument("lists", type=ListType(), nargs=-1, metavar="[LIST]...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 2 when a file would change.")
@click.option("--allow-shrink", is_flag=True, help="Also store an answer that lacks rows which are stored.")
@click.option(
    "--butler", metavar="REPO", help="The repository to ask; without it payload.butlerConfig of the campaign."
)
@format_option("text", "json")
def update(
    campaign: str, lists: tuple[str, ...], check: bool, allow_shrink: bool, butler: str | None, format_: str
) -> int:
    """Ask the Butler for the lists of CAMPAIGN that have a `query`, and store the ids with query and date.

    Without a LIST all of them are asked for, and then, where a step has `needs: {STEP: overlap}`, which
    visits overlap which tracts; that is stored in the folder `overlaps` beside the campaign, and LIST
    `overlaps` asks for it alone. Either all files are written, or none is: an answer without rows, or one
    that lacks rows which are stored, changes nothing. Nothing is committed.
    """
    from cmcompile.cli.list_updates import updates, written

    place = _place(campaign)
    found = updates(place, lists, butler, allow_shrink=allow_shrink)
    if isinstance(found, str):
        click.echo(f"cmcompile: {found}; nothing was changed", err=True)
        return Exit.UNKNOWN
    _tell(found, format_, written=not check)
    if check:
        return Exit.CHANGES if any(one.changes for one in found) else Exit.OK
    for line in written(place, found):
        click.echo(line, err=format_ == "json")
    return Exit.OK


def _place(campaign: str) -> Place:
    from cmcompile.cli.address import implicit

    here = None if campaign else implicit()
    if here is None and not campaign:
        raise CmcompileError("which campaign? name it: there is not just one here")
    return here or find(campaign)


def _tell(found: list[ListUpdate], format_: str, *, written: bool) -> None:
    from cmcompile.report.lists import updates_json, updates_text

    text = updates_json(found, written=written) if format_ == "json" else updates_text(found)
    click.echo(text or "no list has a query, and no step needs an overlap\n", nl=False)
