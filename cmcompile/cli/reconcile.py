"""``cmcompile reconcile``: look at what runs, record what is new, and go on as the spec and decisions say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, find
from cmcompile.cli.ending import worst
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import format_option

if TYPE_CHECKING:
    from cmcompile.apply.child.interrupts import Waking
    from cmcompile.cli.campaigns import Place
    from cmcompile.cli.passing import Manner


@click.command("reconcile", short_help="Look at runs, record what is new, and go on.")
@click.argument("campaigns", nargs=-1, required=True, type=CampaignName(), metavar="CAMPAIGN...")
@click.option("--refresh-only", is_flag=True, help="Look and record only; nothing can be submitted.")
@click.option("--no-submit", is_flag=True, help="Do all but submit: decide, accept, collect.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when something was changed.")
@click.option(
    "--at-once", type=click.IntRange(1), default=4, show_default=True, metavar="N",
    help="Prepare at most N submissions at the same time.",
)  # fmt: skip
@format_option("text", "json")
def command(
    campaigns: tuple[str, ...],
    refresh_only: bool,
    no_submit: bool,
    detailed_exitcode: bool,
    at_once: int,
    format_: str,
) -> int:
    """Make one pass over each CAMPAIGN: ask what became of its runs, record that, and go on.

    What has ended is accepted by the rules of the spec and put into collections, decisions are carried out,
    and what is ready is submitted, as far as limits allow. Runs that nobody here started, and whatever else
    nobody here brought about, are told apart as drift, each with the command to type. At the end the page of
    the ledger branch is written anew where it would say something else.

    It may be run at any time, by several at once, and be killed at any instant: nothing is submitted twice.
    Exit code 3: there is drift, or something needs a person; 6: a source gave no answer, or the outcome of a
    submission is not known.
    """
    if refresh_only and no_submit:
        raise click.UsageError("--refresh-only does less than --no-submit: name one of them")
    from cmcompile.apply.child.interrupts import SignalInterrupts
    from cmcompile.cli.passing import Manner

    manner = Manner(refresh_only, no_submit, detailed_exitcode, at_once, format_)
    places = [find(campaign) for campaign in campaigns]
    codes: list[Exit] = []
    with SignalInterrupts() as interrupts:
        for place in dict.fromkeys(places):
            if interrupts.asked:
                codes.append(Exit.INTERRUPTED)
                break
            codes.append(_one(place, manner, interrupts, alone=len(places) == 1))
    return worst(codes)


def _one(place: Place, manner: Manner, interrupts: Waking, *, alone: bool) -> Exit:
    """Make the pass of one campaign; an error in one leaves the others alone."""
    from cmcompile.cli.output import warn
    from cmcompile.cli.passing import Passing
    from cmcompile.model.errors import CmcompileError, InputError

    try:
        return Passing(place, manner, interrupts).run()
    except CmcompileError as error:
        if alone:
            raise
        said = f"its spec or its decisions have errors, see `cmcompile validate {place.name}`"
        warn(f"{place.name}: {said if isinstance(error, InputError) else error}")
        return Exit.ERROR
