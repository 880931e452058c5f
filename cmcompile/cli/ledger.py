"""``cmcompile ledger``: make the ledger of a campaign, and ask what its remote allows."""

from __future__ import annotations

import json

import click

from cmcompile.cli.campaigns import CampaignName, find, read
from cmcompile.cli.exit import Exit
from cmcompile.cli.ledgers import ledger_on, open_ledger, remote_of
from cmcompile.cli.output import format_option
from cmcompile.model.errors import InputError
from cmcompile.model.ledger import LedgerError


@click.group("ledger", short_help="Make the ledger of a campaign; check what its remote allows.")
def command() -> None:
    """Make the ledger of a campaign, and see to it.

    The ledger is the branch cm/CAMPAIGN of the remote that git's setting `cmcompile.remote` names, else of
    `origin`, else of the only remote; without a remote it is a branch of this repository.
    """


@command.command("init", short_help="Make the ledger of a campaign.")
@click.argument("campaign", type=CampaignName())
@click.option("--again", is_flag=True, help="That it is there already is fine.")
def init(campaign: str, again: bool) -> None:
    """Make the ledger of CAMPAIGN: the branch cm/CAMPAIGN, with nothing in it yet.

    It is made once, by a person: a ledger that has gone is never made anew by other commands.
    """
    from cmcompile.ledger.setup import ExistsError, initialise

    place = find(campaign)
    spec, findings = read(place)
    if spec is None:
        raise InputError(findings)
    remote = remote_of(place.root)
    try:
        done = initialise(ledger_on(place, remote).store, place.name, again=again)
    except ExistsError as error:
        raise ExistsError(f"{error}: nothing is left to do, and --again takes that as success") from None
    where = "in this repository" if remote is None else f"on {remote}"
    what = "made the ledger of" if done.made else "there is a ledger of"
    click.echo(f"{what} {place.name}: branch cm/{place.name} {where}, {done.tip.commit[:12]}")


@command.command("check", short_help="Ask what the remote would let be done to a ledger.")
@click.argument("campaign", type=CampaignName())
@format_option("text", "json")
def check(campaign: str, format_: str) -> int:
    """Find out whether the remote would let somebody delete or rewrite the ledger of CAMPAIGN.

    The branch cm/_check is pushed, overwritten and deleted; no ledger is touched. Where the remote lets
    nothing be deleted, as it should, that branch stays.
    """
    from cmcompile.ledger.protection import Allowed, remote_checks

    place = find(campaign)
    remote = remote_of(place.root)
    if remote is None:
        raise LedgerError("the ledger is a branch of this repository: there is no remote to ask")
    found = remote_checks(place.root, remote)
    sound = found.create is Allowed.ALLOWED and Allowed.ALLOWED not in (found.rewrite, found.delete)
    rows = {"create": found.create, "rewrite": found.rewrite, "delete": found.delete}
    if format_ == "json":
        values = {name: allowed.value for name, allowed in rows.items()}
        document = {"format": 1, "remote": remote, **values, "left": found.left, "advice": found.advice}
        click.echo(json.dumps({**document, "words": found.words}, indent=1))
        return Exit.OK if sound else Exit.ATTENTION
    click.echo(f"branches cm/* of {remote}:")
    for name, allowed in rows.items():
        click.echo(f"  {name:<8} {allowed.value}")
    for line in found.advice:
        click.echo(f"  {line}")
    if found.left:
        click.echo(f"  branch {found.left} stays: the remote lets nothing be deleted, as it should")
    return Exit.OK if sound else Exit.ATTENTION


@command.command("flush", short_help="Send what was kept while the remote was down.")
@click.argument("campaign", type=CampaignName())
def flush(campaign: str) -> int:
    """Send the facts about CAMPAIGN that were kept on disk while its remote could not be reached."""
    from cmcompile.ledger.facts import flush as send
    from cmcompile.report.screen import count

    place = find(campaign)
    done = send(open_ledger(place))
    events = sum(len(landed.events) for landed in done.landed)
    if not (done.landed or done.left or done.aside):
        click.echo(f"{place.name}: nothing is kept, all facts are in the ledger")
    if done.landed:
        click.echo(f"{place.name}: {count(events, 'event')} sent")
    for path in done.left:
        click.echo(f"{place.name}: not sent, and kept: {path}")
    for item in done.aside:
        click.echo(f"{place.name}: can't be read, and put aside: {item.path}")
    return Exit.OK if not done.left and not done.aside else Exit.ATTENTION
