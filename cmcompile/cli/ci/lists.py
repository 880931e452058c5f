"""``cmcompile ci lists``: lists that have grown, as a pull request or a commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place
from cmcompile.cli.ci.ends import fail_on
from cmcompile.cli.examples import examples
from cmcompile.cli.exit import Exit

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "lists", short_help="Propose what lists hold by now.", epilog=examples("ci lists", "ci lists dp02 --push")
)
@click.argument("campaigns", nargs=-1, type=CampaignName())
@click.option("--push", is_flag=True, help="Commit to the reviewed branch itself, without a pull request.")
@click.option("--unprotected", is_flag=True, help="Also from a branch that no rules protect.")
@fail_on("refused,unknown")
def command(campaigns: tuple[str, ...], push: bool, unprotected: bool, failing: frozenset[Exit]) -> int:
    """Ask for the lists of each CAMPAIGN, or of all that the reviewed branch has, and propose what is new.

    It is `cmcompile lists update --keep-going` on the branch `lists/NAME`, with a pull request into the
    reviewed branch; the working tree stays as it is. Nothing is done where no row is new. A list that would
    shrink, and one whose source fails, stay as they are, and make the job fail. The token stands in
    CMCOMPILE_GITHUB_TOKEN or GITHUB_TOKEN; without one the branch is pushed alone.
    """
    from cmcompile.cli.ci.listed import updated
    from cmcompile.cli.ci.steps import allowed, attempt, chosen, each, reviewed
    from cmcompile.cli.ci.surroundings import surroundings

    around = surroundings(os.environ)
    if push:
        allowed(around, unprotected=unprotected)
    root, into, tip = reviewed()
    places = [place for place in chosen(campaigns) if campaigns or _asks(root, tip, place)]

    def work(place: Place) -> Exit:
        return attempt(lambda: updated(place, into, push=push))

    return each(around, "lists", places, work, failing)


def _asks(root: Path, tip: str, place: Place) -> bool:
    """Tell whether a campaign asks for anything; one that can't be read is told by its update."""
    from cmcompile.cli.overlaps import overlap_needs
    from cmcompile.git.revision import Revision
    from cmcompile.spec.lists import read_if_stored
    from cmcompile.spec.load import load

    spec, _ = load(Revision(root, tip), place.path, read_if_stored)
    if spec is None:
        return True
    return any(data.query is not None for data in spec.lists.values()) or any(overlap_needs(spec))
