"""``cmcompile ci reconcile``: a pass over campaigns."""

from __future__ import annotations

import os

import click

from cmcompile.cli.campaigns import CampaignName
from cmcompile.cli.ci.ends import fail_on
from cmcompile.cli.exit import Exit


@click.command("reconcile", short_help="Make a pass over campaigns.")
@click.argument("campaigns", nargs=-1, type=CampaignName())
@click.option("--refresh-only", is_flag=True, help="Look and record only; nothing can be submitted.")
@click.option("--no-submit", is_flag=True, help="Do all but submit: decide, accept, collect.")
@click.option(
    "--at-once", type=click.IntRange(1), metavar="N", help="Prepare N submissions at the same time."
)
@click.option("--unprotected", is_flag=True, help="Also from a branch that no rules protect.")
@click.option("--no-tell", is_flag=True, help="Tell nobody, whoever the specs name under `tell`.")
@fail_on("refused,unknown")
def command(
    campaigns: tuple[str, ...],
    refresh_only: bool,
    no_submit: bool,
    at_once: int | None,
    unprotected: bool,
    no_tell: bool,
    failing: frozenset[Exit],
) -> int:
    """Make one pass over each CAMPAIGN, or over all that the reviewed branch has and that have a ledger.

    It is `cmcompile reconcile --tell` for each. That something needs a person is told, and makes the job fail
    only where --fail-on says so: it stays so until a person has looked, and a job that always fails is soon
    not read any more.
    """
    from cmcompile.cli.ci.ledgers import split
    from cmcompile.cli.ci.steps import allowed, chosen, each, settled_step
    from cmcompile.cli.ci.surroundings import surroundings

    if refresh_only and no_submit:
        raise click.UsageError("--refresh-only does less than --no-submit: name one of them")
    options = [*(["--refresh-only"] if refresh_only else []), *(["--no-submit"] if no_submit else [])]
    options += [] if at_once is None else [f"--at-once={at_once}"]
    options += [] if no_tell else ["--tell"]
    around = surroundings(os.environ)
    if not refresh_only:
        allowed(around, unprotected=unprotected)
    places, without = split(chosen(campaigns))
    return each(
        around,
        "reconcile",
        places,
        lambda place: settled_step("reconcile", place.name, *options),
        failing,
        without,
    )
