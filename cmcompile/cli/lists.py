"""``cmcompile lists``: ask what lists hold, and store the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import format_option
from cmcompile.cli.selector import ListType
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.model.list_update import Updates


@click.group("lists", short_help="Ask what lists hold, and store the answers.")
def command() -> None:
    """See to the lists of a campaign that a Butler, a database, a folder or a server fills.

    Compiling never asks any of them: what they say is stored in files that are reviewed and committed like
    the rest of a campaign.
    """


@command.command("update", short_help="Ask, and store what is said.")
@click.argument("campaign", type=CampaignName(), default="")
@click.argument("lists", type=ListType(), nargs=-1, metavar="[LIST]...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 2 when a file would change.")
@click.option("--allow-shrink", is_flag=True, help="Also store an answer that lacks rows which are stored.")
@click.option("--keep-going", is_flag=True, help="Store what can be, though another list can't.")
@click.option(
    "--butler", metavar="REPO", help="The repository to ask; without it payload.butlerConfig of the campaign."
)
@format_option("text", "json")
def update(
    campaign: str,
    lists: tuple[str, ...],
    check: bool,
    allow_shrink: bool,
    keep_going: bool,
    butler: str | None,
    format_: str,
) -> int:
    """Ask for the lists of CAMPAIGN that have a `query`, and store the rows with query and date.

    Without a LIST all of them are asked for, and then, where a step has `needs: {STEP: overlap}`, which
    visits overlap which tracts; that is stored in the folder `overlaps` beside the campaign, and LIST
    `overlaps` asks for it alone. Either all files are written, or none is: an answer without rows, or one
    that lacks rows which are stored, changes nothing. Nothing is committed.

    Exit code 6: a source gave no answer.
    """
    from cmcompile.cli.list_updates import Asking, updates, written
    from cmcompile.spec.files import WorkingTree

    place = _place(campaign)
    found = updates(place, Asking(WorkingTree(place.root), lists, butler, allow_shrink))
    if not keep_going:
        silent = _whole(found)
        if silent:
            click.echo(f"cmcompile: {silent}; nothing was changed", err=True)
            return Exit.UNKNOWN
    _tell(found, format_, written=not check)
    code = left_code(found)
    if check:
        changes = any(one.changes for one in found.updates)
        return Exit.CHANGES if changes and code is Exit.OK else code
    for line in written(place, found.updates):
        click.echo(line, err=format_ == "json")
    return code


def left_code(found: Updates) -> Exit:
    """Return the exit code for what stays as it is."""
    if any(left.known for left in found.left):
        return Exit.ERROR
    return Exit.UNKNOWN if found.left else Exit.OK


def _whole(found: Updates) -> str:
    """Return which source gave no answer; empty: all did.

    Raises
    ------
    CmcompileError
        When an answer can't be taken.
    """
    shrunk = [left for left in found.left if left.shrinks]
    for left in found.left:
        if left.known and not left.shrinks:
            raise CmcompileError(left.why)
    if silent := next((left.why for left in found.left if not left.known), ""):
        return silent
    if shrunk:
        told = " ".join(left.why.removeprefix(shrunk[0].why.partition(":")[0] + ": ") for left in shrunk)
        raise CmcompileError(
            f"rows that are stored are gone: {told}; nothing was changed: --allow-shrink stores that too"
        )
    return ""


def _place(campaign: str) -> Place:
    from cmcompile.cli.address import implicit

    here = None if campaign else implicit()
    if here is None and not campaign:
        raise CmcompileError("which campaign? name it: there is not just one here")
    return here or find(campaign)


def _tell(found: Updates, format_: str, *, written: bool) -> None:
    from cmcompile.cli.output import warn
    from cmcompile.report.lists import updates_json, updates_text

    if format_ == "json":
        click.echo(updates_json(found.updates, written=written, left=found.left), nl=False)
        return
    text = updates_text(found.updates)
    click.echo(
        text or ("" if found.left else "no list has a query, and no step needs an overlap\n"), nl=False
    )
    for left in found.left:
        warn(str(left))
