"""``cmcompile reconcile``: look at what runs, record what is new, and go on as the spec and decisions say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place, find
from cmcompile.cli.ending import worst
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import format_option

if TYPE_CHECKING:
    from cmcompile.apply.child.interrupts import Waking
    from cmcompile.cli.known import Known
    from cmcompile.cli.passing import Manner


@click.command("reconcile", short_help="Look at runs, record what is new, and go on.")
@click.argument("campaigns", nargs=-1, type=CampaignName(), metavar="[CAMPAIGN]...")
@click.option("--refresh-only", is_flag=True, help="Look and record only; nothing can be submitted.")
@click.option("--no-submit", is_flag=True, help="Do all but submit: decide, accept, collect.")
@click.option("--tell", is_flag=True, help="Tell those whom the spec names under `tell`, at the end.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when something was changed.")
@click.option(
    "--at-once", type=click.IntRange(1), default=4, show_default=True, metavar="N",
    help="Prepare at most N submissions at the same time.",
)  # fmt: skip
@click.option("--loop", is_flag=True, help="Make passes until it is interrupted.")
@click.option("--lists", is_flag=True, help="With --loop: commit lists that have grown before each pass.")
@click.option(
    "--wait", is_flag=True, help="Make passes until nothing runs, and nothing goes on without a person."
)
@click.option(
    "--delay", "--every", "delay", type=click.IntRange(1), default=60, show_default=True, metavar="SECONDS",
    help="With --loop and --wait: the time from one pass to the next.",
)  # fmt: skip
@format_option("text", "json")
def command(
    campaigns: tuple[str, ...],
    refresh_only: bool,
    no_submit: bool,
    tell: bool,
    detailed_exitcode: bool,
    at_once: int,
    loop: bool,
    lists: bool,
    wait: bool,
    delay: int,
    format_: str,
) -> int:
    """Make one pass over each CAMPAIGN: ask what became of its runs, record that, and go on.

    What has ended is accepted by the rules of the spec and put into collections, decisions are carried out,
    and what is ready is submitted, as far as limits allow. Rescues that a policy has written without a person
    are committed to the spec branch. Runs that nobody here started, and whatever else
    nobody here brought about, are told apart as drift, each with the command to type. At the end the page of
    the ledger branch is written anew where it would say something else.

    It may be run at any time, by several at once, and be killed at any instant: nothing is submitted twice.
    With --wait it looks again and again, and ends as its last pass does. With --loop it goes on until ^C or
    SIGTERM, without a CAMPAIGN for all that the reviewed branch has; one that fails is tried less often, and
    stops no other. A second ^C ends it at once.
    Exit code 3: there is drift, or something needs a person; 6: a source gave no answer, or the outcome of a
    submission is not known.
    """
    _check(campaigns, refresh_only=refresh_only, no_submit=no_submit, loop=loop, wait=wait)
    if lists and not loop:
        raise click.UsageError("--lists is for --loop; `cmcompile ci lists --push` does the same once")
    from cmcompile.apply.child.interrupts import SignalInterrupts
    from cmcompile.cli.passing import Manner

    manner = Manner(refresh_only, no_submit, detailed_exitcode, at_once, format_, tell, wait or loop)
    places = list(dict.fromkeys(find(campaign) for campaign in campaigns))
    with SignalInterrupts() as interrupts:
        if not loop:
            return _some(places, manner, interrupts, delay if wait else None)
        from cmcompile.cli.looping import Loop

        return Loop(lambda: _chosen(places), manner, interrupts, delay, lists=lists).run()


def _check(campaigns: Sequence[str], *, refresh_only: bool, no_submit: bool, loop: bool, wait: bool) -> None:
    if refresh_only and no_submit:
        raise click.UsageError("--refresh-only does less than --no-submit: name one of them")
    if loop and wait:
        raise click.UsageError("--loop goes on for ever, --wait does not: name one of them")
    if not campaigns and not loop:
        raise click.UsageError(
            "name a campaign; all are meant with --loop alone, and by `cmcompile ci reconcile`"
        )


def _chosen(places: Sequence[Place]) -> tuple[Sequence[Place], Sequence[Place]]:
    """Return the campaigns of the next pass, and those without a ledger."""
    from cmcompile.cli.ci.ledgers import split
    from cmcompile.cli.ci.steps import chosen

    return (places, ()) if places else split(chosen(()))


@dataclass(frozen=True, slots=True)
class _End:
    """How a pass ended, and whether another one may find more by itself."""

    code: Exit
    goes_on: bool = False


def _some(places: Sequence[Place], manner: Manner, interrupts: Waking, delay: int | None) -> Exit:
    """Make a pass of each campaign, with a delay more of them until nothing goes on by itself."""
    from cmcompile.cli.known import Known
    from cmcompile.cli.looping import waited

    known = {place: Known(place) for place in places}
    try:
        while True:
            ends = _round(known, manner, interrupts)
            going = delay is not None and any(end.goes_on for end in ends)
            if not going or not waited(interrupts, delay or 0):
                asked = [Exit.INTERRUPTED] if interrupts.asked else []
                return worst([*(end.code for end in ends), *asked])
    finally:
        for one in known.values():
            one.close()


def _round(known: dict[Place, Known], manner: Manner, interrupts: Waking) -> list[_End]:
    """Make a pass of each campaign."""
    from cmcompile.cli.known import pass_context

    ends: list[_End] = []
    for place, former in known.items():
        if interrupts.asked:
            break
        with pass_context():
            ends.append(_one(place, former, manner, interrupts, alone=len(known) == 1))
    return ends


def _one(place: Place, known: Known, manner: Manner, interrupts: Waking, *, alone: bool) -> _End:
    """Make the pass of one campaign; an error in one leaves the others alone."""
    from cmcompile.cli.output import warn
    from cmcompile.cli.passing import Passing
    from cmcompile.cli.standing import faulty
    from cmcompile.model.errors import CmcompileError, InputError

    try:
        passing = Passing(place, manner, interrupts, known)
        code = passing.run()
        return _End(code, passing.goes_on)
    except CmcompileError as error:
        if alone:
            raise
        warn(f"{place.name}: {faulty(place.name) if isinstance(error, InputError) else error}")
        return _End(Exit.ERROR)
