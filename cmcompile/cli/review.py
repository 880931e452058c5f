"""``cmcompile review``: what an edit would do, for whoever must say yes to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, NoCampaignError
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import docs_url, format_option, screen
from cmcompile.git.errors import GitError

if TYPE_CHECKING:
    from cmcompile.model.review import Review


@click.command("review", short_help="Say what an edit would do, for its review.")
@click.argument("campaigns", nargs=-1, type=CampaignName())
@click.option(
    "--base", required=True, metavar="REV", help="The branch that the edit is to go into, or any revision."
)
@click.option("--head", metavar="REV", help="The edit; the working tree where it is not given.")
@click.option(
    "-o",
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the report for a pull request into a folder.",
)
@click.option("--offline", is_flag=True, help="Take the ledgers as they were last fetched; ask nobody.")
@format_option("text", "json", "markdown")
def command(
    campaigns: tuple[str, ...],
    base: str,
    head: str | None,
    out: Path | None,
    offline: bool,
    format_: str,
) -> int:
    """Say what an edit of campaigns would do and cost: the report that a reviewer reads. Nothing is done.

    The head is compared with the commit where it left the base. All campaigns that the edit touches, or those
    of CAMPAIGNS among them, are compiled on both sides and planned against their ledgers. With -o the report
    for a pull request is written: comment, summary, annotations, SARIF, plans, and review.json, which names
    them.

    Exit code 1: a spec has errors; 3: a person should look; 4: the edit is refused, as one that would alter
    what was sent is; 6: a ledger did not answer.
    """
    from cmcompile.cli.review_files import write
    from cmcompile.report.review import inert, review_json, review_markdown, review_text

    found = _review(campaigns, base, head, out, offline=offline)
    code = exit_of(found)
    if out is not None:
        write(found, out, code, docs_url)
    if format_ == "json":
        click.echo(review_json(found, code), nl=False)
    elif format_ == "markdown":
        click.echo("".join(map(inert, review_markdown(found).splitlines(True))), nl=False)
    else:
        click.echo(review_text(found, screen(), out=out is not None), nl=False)
        if out is not None:
            click.echo(f"report: {click.format_filename(out)}")
    return code


def _review(
    names: tuple[str, ...], base: str, head: str | None, out: Path | None, *, offline: bool
) -> Review:
    from cmcompile.cli.review_campaign import Reviewing
    from cmcompile.cli.review_sides import WORKING_TREE, sides
    from cmcompile.cli.review_touched import touched
    from cmcompile.model.review import Review
    from cmcompile.spec.files import find_root

    try:
        found = sides(find_root(Path.cwd()), base, head, out)
    except GitError as error:
        return Review("", "", (base, head or WORKING_TREE), fault=str(error))
    wanted = tuple(_name(text, {*found.before, *found.after}) for text in names)
    reviewing = Reviewing(found, offline)
    campaigns = tuple(reviewing.campaign(one) for one in touched(found, wanted))
    mine = {path for one in campaigns for path in one.files}
    lines = found.lines(d.span.file for one in campaigns for d in one.findings if d.span is not None)
    return Review(
        base=found.base.commit,
        head="" if found.dirty else found.commit,
        names=found.names,
        campaigns=campaigns,
        others=len([path for path in found.changed if path not in mine]),
        lines=lines,
    )


def _name(text: str, known: set[str]) -> str:
    """Return the campaign that a name or a path means; it may be at one of the sides only."""
    name = Path(text).parent.name if text.endswith(".yaml") else Path(text).name
    if name not in known:
        some = ", ".join(sorted(known)) or "none"
        raise NoCampaignError(f"no campaign is at {text!r}, on neither side; there are: {some}")
    return name


def exit_of(review: Review) -> Exit:
    """Return the exit code of a review."""
    from cmcompile.cli.ending import worst
    from cmcompile.model.review import Verdict

    verdicts = {Verdict.ERROR} if review.fault else {one.verdict for one in review.campaigns}
    codes = {
        Verdict.ERROR: Exit.ERROR,
        Verdict.REFUSED: Exit.BLOCKED,
        Verdict.ATTENTION: Exit.ATTENTION,
    }
    found = [code for verdict, code in codes.items() if verdict in verdicts]
    return worst([*found, *([Exit.UNKNOWN] if review.unknown else []), Exit.OK])
