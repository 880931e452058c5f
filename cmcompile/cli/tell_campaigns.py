"""``cmcompile tell CAMPAIGN``, ``tell jira`` and ``tell webhook``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place, find
from cmcompile.cli.exit import Exit
from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from cmcompile.cli.tell_senders import Teller

_CAMPAIGNS = click.argument("campaigns", nargs=-1, required=True, type=CampaignName(), metavar="CAMPAIGN...")


class NobodyError(CmcompileError):
    """The spec names nobody."""


@click.command("all", short_help="Tell all that the spec of a campaign names.")
@_CAMPAIGNS
def everybody(campaigns: tuple[str, ...]) -> int:
    """Tell all that the specs of CAMPAIGNS name under `tell`: Jira, then each webhook.

    One that fails leaves the others alone. Exit code 1: something was not told, the next call tries again; 6:
    nobody knows whether it was; 8: no token, or it may not.
    """
    return _told(campaigns, "`tell`", lambda teller: teller.everybody())


@click.command("jira", short_help="Bring the issues of a campaign up to date.")
@_CAMPAIGNS
def jira(campaigns: tuple[str, ...]) -> int:
    """Have one issue in Jira for each CAMPAIGN, and one for each of its steps, and bring them up to date.

    The issue of a campaign is the one that its spec names as `ticket`, else one that is made. What changes is
    one comment of ours in each; status.json and history.csv are attached, in place of the former ones.

    Exit codes as of `cmcompile tell all`.
    """
    return _told(
        campaigns,
        "`tell: jira`",
        lambda teller: [teller.jira()] if teller.now.spec.tell.jira is not None else [],
    )


@click.command("webhook", short_help="Say what is new and needs a person, or is late.")
@_CAMPAIGNS
def webhook(campaigns: tuple[str, ...]) -> int:
    """Send each address of CAMPAIGNS one message about what needs a person or is late, and was not told yet.

    It is told again only when it was over and came back, or once more when nobody knows whether it arrived.

    Exit codes as of `cmcompile tell all`.
    """
    return _told(campaigns, "`tell: webhook`", lambda teller: teller.webhooks())


def _told(campaigns: tuple[str, ...], key: str, tell: Callable[[Teller], list[Exit]]) -> int:
    from cmcompile.cli.tell_github import worst_of

    codes: list[Exit] = []
    for name in dict.fromkeys(campaigns):
        place = find(name)
        teller = teller_of(place)
        found = tell(teller)
        if not found:
            raise NobodyError(f"{place.path} names nobody under {key}; see docs/telling.md")
        codes += found
    return worst_of(codes)


def teller_of(place: Place) -> Teller:
    """Return what tells others about a campaign, as it stands now.

    Raises
    ------
    InputError, LedgerError
        When its spec, or its ledger, can't be read.
    """
    from cmcompile.cli.ledgers import look
    from cmcompile.cli.situation import situation
    from cmcompile.cli.tell_senders import Teller
    from cmcompile.ledger.desk import LedgerBook
    from cmcompile.model.stopping import stops

    seen = look(place)
    now = situation(place, seen)
    if now.spec.pace.due is not None and any("overdue" in one.on for one in now.spec.tell.webhooks):
        # A forecast is made from what would be planned.
        now = situation(place, seen, files=True)
        if stops(now.findings):
            raise InputError(now.findings)
    return Teller(now, LedgerBook(seen.ledger))
