"""``cmcompile tell github``: post what ``cmcompile review`` wrote on a pull request."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.exit import Exit, code_of
from cmcompile.cli.output import warn

if TYPE_CHECKING:
    from cmcompile.model.forge import Forge
    from cmcompile.tell.github.posting import Posting

#: Holds the token; the second is what GitHub Actions hands to a step.
TOKENS = ("CMCOMPILE_GITHUB_TOKEN", "GITHUB_TOKEN")
#: Every comment that is posted holds it, hidden.
MARKER = "cmcompile:report:v1"
_PULL = re.compile(r"refs/pull/([0-9]+)/(?:merge|head)")


@click.command("github", short_help="Post what review wrote on a pull request.")
@click.option("--pull", type=click.IntRange(1), metavar="N", help="Its number; else as GITHUB_REF says.")
@click.option(
    "--from", "folder", required=True, metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False), help="What `cmcompile review -o DIR` wrote.",
)  # fmt: skip
@click.option("--repository", metavar="OWNER/NAME", help="The repository; else as GITHUB_REPOSITORY says.")
@click.option("--as", "login", default="", metavar="LOGIN", help="Whose the token is; else GitHub is asked.")
@click.option("--url", default="", metavar="URL", help="Where the verdicts lead; else to the job's page.")
@click.option("--sarif", is_flag=True, help="Hand the findings in to code scanning too.")
def command(pull: int | None, folder: Path, repository: str | None, login: str, url: str, sarif: bool) -> int:
    """Post a report on a pull request: one comment, which is changed in place, and verdicts on its head.

    The token is taken from CMCOMPILE_GITHUB_TOKEN or GITHUB_TOKEN, the address of GitHub Enterprise from
    GITHUB_API_URL. Where the pull request has moved on since the review, nothing is posted. The command may
    be run again at any time: it never makes a second comment.

    Exit code 1: something was not posted; 6: nobody knows whether it was; 8: no token, or it may not.
    """
    from cmcompile.tell.github.posting import read_posting

    forge = forge_of(repository, login)
    number = pull or _pull_of_job()
    posting = read_posting(folder, url or _page_of_job())
    there = forge.pull_request(number)
    if there.head != posting.head:
        warn(
            f"nothing is posted: the report is about {posting.head[:12]}, and pull request {number} is at "
            f"{there.head[:12]} now"
        )
        return Exit.OK
    return _post(forge, number, posting, sarif=sarif)


def forge_of(repository: str | None, login: str = "") -> Forge:
    """Return the repository of GitHub that options and the environment name.

    Raises
    ------
    TellError
        When there is no token, or no repository is named.
    """
    from cmcompile.ledger.clock import SystemClock
    from cmcompile.tell.errors import NotAllowedError
    from cmcompile.tell.github.forge import API, GitHub

    token = next((value for name in TOKENS if (value := os.environ.get(name, "").strip())), "")
    if not token:
        raise NotAllowedError(
            f"GitHub wants a token: set {TOKENS[0]} or {TOKENS[1]} to one that may write pull requests and "
            "commit statuses; see docs/telling.md"
        )
    named = repository or os.environ.get("GITHUB_REPOSITORY", "")
    if not named:
        raise click.UsageError("which repository? name it with --repository OWNER/NAME, or GITHUB_REPOSITORY")
    return GitHub(os.environ.get("GITHUB_API_URL", "") or API, named, token, SystemClock(), login)


def _pull_of_job() -> int:
    found = _PULL.fullmatch(os.environ.get("GITHUB_REF", ""))
    if found is None:
        raise click.UsageError("which pull request? name it with --pull N")
    return int(found[1])


def _page_of_job() -> str:
    """Return the page of the job of GitHub Actions that this runs in, or empty."""
    parts = [os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""


def _post(forge: Forge, number: int, posting: Posting, *, sarif: bool) -> int:
    """Post all parts; one that fails does not stop the others."""

    def comment() -> None:
        placed = forge.place_comment(number, MARKER, posting.comment)
        _say(f"comment: {placed.done} {placed.url}".rstrip())
        for other in placed.others:
            warn(f"there is another comment of ours, which is left alone: {other}")

    def statuses() -> None:
        done = forge.place_statuses(posting.head, posting.statuses)
        for status, what in zip(posting.statuses, done, strict=True):
            _say(f"{status.context}: {status.state}, {what}")

    def findings() -> None:
        if posting.sarif is None:
            return
        why = forge.upload_sarif(posting.head, f"refs/pull/{number}/head", posting.sarif)
        _say(f"findings: not handed in: {why}" if why else "findings: handed in")

    parts: list[tuple[str, Callable[[], None]]] = [("the comment", comment), ("the verdicts", statuses)]
    if sarif:
        parts.append(("the findings", findings))
    return worst_of([_tried(what, part) for what, part in parts])


def _say(text: str) -> None:
    from cmcompile.report.terminal import visible

    click.echo(visible(text))


def _tried(what: str, part: Callable[[], None]) -> Exit:
    from cmcompile.tell.errors import TellError

    try:
        part()
    except TellError as error:
        warn(f"{what}: {error}")
        return code_of(error)
    return Exit.OK


def worst_of(codes: list[Exit]) -> Exit:
    """Return the code of a command with several parts."""
    order = (Exit.AUTH, Exit.ERROR, Exit.UNKNOWN)
    return next((code for code in order if code in codes), Exit.OK)
