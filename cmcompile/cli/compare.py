"""``cmcompile compare``: two campaigns, or two revisions of one, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cmcompile.cli.examples import examples
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, format_option, screen
from cmcompile.cli.revisions import CampaignAt

if TYPE_CHECKING:
    from cmcompile.report.compare import CompareFormat


@click.command(
    "compare",
    short_help="Put two campaigns, or two revisions of one, side by side.",
    epilog=examples(
        "compare dp02@v1 dp02",
        "compare nv-20250423 nv-20250424 --format markdown",
        "compare dp02@HEAD dp02 --detailed-exitcode",
    ),
)
@click.argument("old", metavar="A", type=CampaignAt())
@click.argument("new", metavar="B", type=CampaignAt())
@click.option("--all", "all_", is_flag=True, help="List everything, however much it is.")
@click.option("--offline", is_flag=True, help="Take the ledgers as they were last fetched; ask nobody.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when something differs.")
@format_option("text", "json", "markdown")
def command(
    old: str, new: str, all_: bool, offline: bool, detailed_exitcode: bool, format_: CompareFormat
) -> int:
    """Say how B differs from A: specs, software, outcomes, usage, failures, attempts.

    A and B are campaigns, NAME, or NAME@REV: the spec of that git revision, and the ledger as it was when the
    commit was made. Groups, steps and tasks are paired by their names.
    """
    from cmcompile.cli.compare_side import side_of
    from cmcompile.compiler.difference import difference
    from cmcompile.report.compare import compared, render_comparison

    before, then = side_of(old, offline=offline)
    after, now = side_of(new, offline=offline)
    found = compared(before, after, difference(then, now))
    text = render_comparison(found, format_, screen(everything=all_))
    click.echo(text, nl=False, color=current().colour() or None)
    return Exit.CHANGES if detailed_exitcode and found.differs else Exit.OK
