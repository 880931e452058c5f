"""``cmcompile ci verify``: proofs of many ledgers."""

from __future__ import annotations

import os

import click

from cmcompile.cli.campaigns import CampaignName
from cmcompile.cli.ci.ends import fail_on
from cmcompile.cli.exit import Exit


@click.command("verify", short_help="Prove that ledgers were not tampered with.")
@click.argument("campaigns", nargs=-1, type=CampaignName())
@fail_on("attention")
def command(campaigns: tuple[str, ...], failing: frozenset[Exit]) -> int:
    """Verify the ledger of each CAMPAIGN, or of all that the reviewed branch has and that have a ledger.

    That not all could be checked makes the job fail too, unless --fail-on leaves it out: in a clone with
    the whole history all can be.
    """
    from cmcompile.cli.ci.ledgers import split
    from cmcompile.cli.ci.steps import chosen, each, step
    from cmcompile.cli.ci.surroundings import surroundings

    places, without = split(chosen(campaigns))
    return each(
        surroundings(os.environ),
        "verify",
        places,
        lambda place: step("verify", place.name),
        failing,
        without,
    )
