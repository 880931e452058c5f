"""``cmcompile ci comment``: a report that another job made is told to its pull request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.ci.ends import fail_on
from cmcompile.cli.exit import Exit

if TYPE_CHECKING:
    from cmcompile.cli.ci.surroundings import Former
    from cmcompile.model.forge import PullRequest


@click.command("comment", short_help="Tell a pull request what its review said.")
@click.option(
    "--from", "folder", metavar="DIR", required=True, type=click.Path(path_type=Path, file_okay=False),
    help="What `cmcompile ci review -o DIR` wrote.",
)  # fmt: skip
@click.option("--pull", type=click.IntRange(1), metavar="N", help="The pull request, where that is certain.")
@click.option("--head", metavar="COMMIT", help="What was reviewed, where that is certain; GitHub says it.")
@fail_on("refused,unknown")
def command(folder: Path, pull: int | None, head: str | None, failing: frozenset[Exit]) -> int:
    """Tell a report: one comment on its pull request, and verdicts on its newest commit.

    The report may come from a job that ran what a stranger wrote, so it is believed in nothing: it must be
    as its schema says, and about the commit that the forge says was reviewed, which must still be the
    newest of an open pull request. Nothing of the pull request is checked out or run. The token stands in
    CMCOMPILE_GITHUB_TOKEN or GITHUB_TOKEN.
    """
    from cmcompile.cli.ci.ends import outcome
    from cmcompile.cli.ci.steps import attempt, step
    from cmcompile.cli.ci.surroundings import surroundings
    from cmcompile.cli.ci.telling import Ended, quiet, tell

    around = surroundings(os.environ)
    numbers: list[int] = []

    def judged() -> int:
        number = _pull(folder, pull, head, around.former)
        numbers.extend([] if number is None else [number])
        return Exit.OK

    with quiet(around, "comment"):
        code = attempt(judged)
        if numbers:
            code = step("tell", "github", "--pull", str(numbers[0]), "--from", str(folder))
    tell(around, "comment", [Ended(f"pull request {numbers[0]}" if numbers else "report", code)], failing)
    return outcome([code], failing)


def _pull(folder: Path, pull: int | None, head: str | None, former: Former | None) -> int | None:
    """Return the pull request that a report is to be told to; None: to none, which was said.

    Raises
    ------
    CmcompileError
        When the report is not what it should be, or the forge can't be asked.
    """
    from cmcompile.cli.ci.reports import head_of, marked
    from cmcompile.cli.policy import PolicyError
    from cmcompile.cli.tell_github import forge_of

    if not folder.is_dir():
        return _nothing("there is no report")
    if former is not None and not former.of_pull_request:
        return _nothing("the run that was followed was for no pull request")
    reviewed = head or (former.head if former else "")
    number = pull or marked(folder).pull
    if number is None:
        return _nothing("the report is of no pull request")
    if not reviewed:
        raise click.UsageError("no CI system says which commit was reviewed: say it with --head")
    about = head_of(folder)
    if about != reviewed:
        raise PolicyError(
            f"the report is about {about[:12]}, and {reviewed[:12]} was reviewed; nothing was told"
        )
    why = _foreign(forge_of(None).pull_request(number), reviewed, former)
    return _nothing(why) if why else number


def _foreign(there: PullRequest, head: str, former: Former | None) -> str:
    """Return why a report is not told to a pull request; or empty."""
    if not there.open:
        return f"pull request {there.number} is not open any more"
    if there.head != head:
        return f"pull request {there.number} is not at {head[:12]}, which was reviewed"
    if former is not None and (there.branch, there.foreign) != (former.branch, former.foreign):
        return f"pull request {there.number} is of another branch than the one that was reviewed"
    return ""


def _nothing(why: str) -> int | None:
    click.echo(f"{why}; nothing was told")
    return None
