"""``cmcompile ci next``: the next campaign of a series, proposed as a pull request."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

import click

from cmcompile.cli.ci.ends import fail_on
from cmcompile.cli.exit import Exit

_NIGHT = re.compile(r"[0-9]{8}")


@click.command("next", short_help="Propose the next campaign of a series.")
@click.option("--template", required=True, metavar="WHAT", help="A library file, such as library/nightly.")
@click.option("--name", required=True, metavar="NAME", help="Of the campaign, such as nv-{night}.")
@click.option(
    "--set",
    "settings",
    metavar="VAR=VALUE",
    multiple=True,
    help="Set a var, param or the ticket; several, one per line, will do.",
)
@click.option(
    "--night", metavar="YYYYMMDD", help="What {night} stands for; else the last night that is over."
)
@click.option("--title", metavar="TEXT", help="Of the pull request.")
@fail_on("unknown")
def command(
    template: str,
    name: str,
    settings: tuple[str, ...],
    night: str | None,
    title: str | None,
    failing: frozenset[Exit],
) -> int:
    """Make a campaign from a library file as `cmcompile new` does, and open a pull request for it.

    {night} stands for an observing day in --name, --set and --title. The campaign is made on the branch
    campaign/NAME, on top of the reviewed branch; the working tree stays as it is. Where the campaign is
    there, or its pull request was closed, nothing is done; where the pull request is open, it is brought up
    to date. The token stands in CMCOMPILE_GITHUB_TOKEN or GITHUB_TOKEN; without one the branch is pushed
    alone.
    """
    from cmcompile.cli.ci.ends import outcome
    from cmcompile.cli.ci.proposal import Wanted, proposed
    from cmcompile.cli.ci.steps import attempt
    from cmcompile.cli.ci.surroundings import surroundings
    from cmcompile.cli.ci.telling import Ended, quiet, tell

    day = night or last_night(datetime.now(UTC))
    if not _NIGHT.fullmatch(day):
        raise click.UsageError(f"--night {day}: write it as 20261120")

    def filled(text: str) -> str:
        return text.replace("{night}", day)

    lines = (line.strip() for text in settings for line in text.splitlines())
    values = tuple(filled(line) for line in lines if line)
    wanted = Wanted(filled(name), template, values, filled(title or ""))
    around = surroundings(os.environ)
    with quiet(around, f"next: {wanted.name}"):
        code = attempt(lambda: proposed(wanted))
    tell(around, "next", [Ended(wanted.name, code)], failing)
    return outcome([code], failing)


def last_night(now: datetime) -> str:
    """Return the last observing day that is over: one ends at noon UTC, as Rubin's ``day_obs``."""
    from datetime import timedelta

    return (now - timedelta(hours=12) - timedelta(days=1)).strftime("%Y%m%d")
