"""``cmcompile ci apply``: what was merged is carried out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place
from cmcompile.cli.ci.ends import fail_on
from cmcompile.cli.exit import Exit

if TYPE_CHECKING:
    from cmcompile.cli.ci.telling import Ended
    from cmcompile.git.tracked import Tracked
    from cmcompile.model.forge import Forge

#: What verdicts on commits are called; the campaign follows.
_CONTEXT = "cm/apply/"


@click.command("apply", short_help="Carry out what was merged.")
@click.argument("campaigns", nargs=-1, type=CampaignName())
@click.option("--limit", type=click.IntRange(0), metavar="N", help="Submit at most N groups of a campaign.")
@click.option(
    "--at-once", type=click.IntRange(1), metavar="N", help="Prepare N submissions at the same time."
)
@click.option("--init", "new", metavar="NAME", help="Make the ledger of this campaign first.")
@click.option("--unprotected", is_flag=True, help="Also from a branch that no rules protect.")
@fail_on("refused,unknown")
def command(
    campaigns: tuple[str, ...],
    limit: int | None,
    at_once: int | None,
    new: str | None,
    unprotected: bool,
    failing: frozenset[Exit],
) -> int:
    """Carry out each CAMPAIGN, or all that the reviewed branch has and that have a ledger.

    First the reviews of the pull requests that brought a campaign are written down as approvals, where a
    token in CMCOMPILE_GITHUB_TOKEN or GITHUB_TOKEN lets GitHub be asked; then it is planned and applied.
    What the branch says now counts, not the commit that started the job.
    """
    from cmcompile.cli.ci.forges import forge_here
    from cmcompile.cli.ci.ledgers import split
    from cmcompile.cli.ci.steps import allowed, chosen, each, reviewed, step
    from cmcompile.cli.ci.surroundings import surroundings
    from cmcompile.cli.ci.telling import Ended, quiet

    around = surroundings(os.environ)
    allowed(around, unprotected=unprotected)
    before: list[Ended] = []
    if new:
        with quiet(around, f"the ledger of {new}"):
            before.append(Ended(f"ledger of {new}", step("ledger", "init", "--again", new)))
    places, without = split(chosen(campaigns))
    options = [] if limit is None else [f"--limit={limit}"]
    options += [] if at_once is None else [f"--at-once={at_once}"]
    _, into, tip = reviewed()
    applying = Applying(forge_here(), into, tip, tuple(options))
    told = partial(applying.tell, failing)
    return each(around, "apply", places, applying.run, failing, without, before, told)


@dataclass(frozen=True, slots=True)
class Applying:
    """Campaigns that are carried out.

    Attributes
    ----------
    forge
        None: nobody is asked who approved what.
    into, tip
        The reviewed branch, and where it stands.
    options
        Of `cmcompile apply`.
    """

    forge: Forge | None
    into: Tracked
    tip: str
    options: tuple[str, ...]

    def run(self, place: Place) -> Exit:
        """Record approvals of a campaign, and carry it out; the graver of both codes is returned."""
        from cmcompile.cli.ci.ends import gravest
        from cmcompile.cli.ci.steps import settled_step

        approved = Exit.OK if self.forge is None else self._approved(self.forge, place)
        return gravest([approved, settled_step("apply", "--auto-approve", *self.options, place.name)])

    def tell(self, failing: frozenset[Exit], ends: Sequence[Ended]) -> None:
        """Say on the commit how its campaigns ended; that this goes wrong is no fault of theirs."""
        from cmcompile.cli.output import warn
        from cmcompile.cli.outside import ci_page
        from cmcompile.model.errors import CmcompileError
        from cmcompile.model.forge import Status

        if self.forge is None:
            return
        url = ci_page(os.environ)
        statuses = tuple(
            Status(
                f"{_CONTEXT}{end.name}",
                "failure" if end.code in failing else "success",
                end.about or end.code.about,
                url,
            )
            for end in ends
        )
        try:
            self.forge.place_statuses(self.tip, statuses)
        except CmcompileError as error:
            warn(f"how it ended can't be said on {self.tip[:12]}: {error}")

    def _approved(self, forge: Forge, place: Place) -> Exit:
        """Record who approved what; without an answer nothing is an approval, and what needs none goes on."""
        from cmcompile.cli.ci.forges import brought_by, fetched
        from cmcompile.cli.output import warn
        from cmcompile.model.errors import CmcompileError

        try:
            numbers = brought_by(forge, place, self.into, self.tip)
        except CmcompileError as error:
            warn(f"{place.name}: who approved it can't be asked: {error}")
            return Exit.UNKNOWN
        if not numbers:
            return Exit.OK
        if self.into.remote is not None:
            fetched(place.root, self.into.remote, numbers)
        return _recorded(place, numbers)


def _recorded(place: Place, numbers: tuple[int, ...]) -> Exit:
    from tempfile import TemporaryDirectory

    from cmcompile.cli.ci.ends import gravest
    from cmcompile.cli.ci.steps import step

    with TemporaryDirectory(prefix="cmcompile-ci-") as folder:
        kept = Path(folder) / "plan.json"
        step("plan", place.name, "-o", str(kept))
        if not kept.exists():  # `apply` says why
            return Exit.OK
        codes = [step("approve", str(kept), "--pull", str(number)) for number in numbers]
    # That there is nothing to approve is no fault of a job that looks at all there is.
    return gravest(Exit.OK if code is Exit.BLOCKED else code for code in codes)
