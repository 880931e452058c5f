"""The pull request of a branch with rescues: where it is opened, or that it is."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.cli.rescue_branch_name import Proposal
    from cmcompile.model.forge import Forge

_GITHUB = "https://github.com/"


def forge(wanted: Proposal) -> Forge:
    """Return the forge that pull requests of a branch are at.

    Raises
    ------
    CmcompileError
        When nobody says which it is, or there is no token.
    """
    from cmcompile.cli.tell_github import forge_of

    page = _page(wanted)
    named = os.environ.get("GITHUB_REPOSITORY", "")
    if not named and page.startswith(_GITHUB):
        named = page.removeprefix(_GITHUB)
    if not named:
        raise CmcompileError(
            "--pull: which repository of GitHub this is can't be told from the remote: set "
            "GITHUB_REPOSITORY=OWNER/NAME; nothing was done"
        )
    return forge_of(named)


def tell(wanted: Proposal, tip: str, stands: str, forge: Forge | None, *, fresh: bool) -> None:
    """Have a pull request, or say how one is opened.

    Parameters
    ----------
    tip, stands
        Where the reviewed branch and that of the rescues stand.
    fresh
        Whether the latter has moved: a pull request that was closed before is no answer to it then.
    """
    into = wanted.into.name
    if forge is None:
        _say_next(wanted, into)
        return
    before = forge.proposals(wanted.name, into)
    over = next(iter(before), None)
    if over is not None and not fresh and not any(pull.open for pull in before):
        click.echo(f"its pull request {over.number} was closed, which is an answer too: nothing to do")
        return
    title, body = _text(wanted, tip, stands)
    pull, done = forge.propose(wanted.name, into, title, body)
    click.echo(f"pull request {pull.number}: {done} {pull.url}".rstrip())


def _say_next(wanted: Proposal, into: str) -> None:
    from urllib.parse import quote

    click.echo("next:")
    page = _page(wanted)
    if "/-" in page:
        asks = f"merge_request[source_branch]={quote(wanted.name)}&merge_request[target_branch]={quote(into)}"
        click.echo(f"  open a merge request into {into}: {page}/merge_requests/new?{asks}")
    elif page:
        click.echo(f"  open a pull request: {page}/compare/{quote(into)}...{quote(wanted.name)}?expand=1")
    elif wanted.into.remote:
        there = shlex.quote(wanted.into.remote)
        click.echo(f"  git fetch {there} {shlex.quote(wanted.name)}")
        click.echo(f"  cmcompile review --base {shlex.quote(str(wanted.into))} --head FETCH_HEAD")
    else:
        click.echo(f"  cmcompile review --base {shlex.quote(into)} --head {shlex.quote(wanted.name)}")


def _page(wanted: Proposal) -> str:
    """Return the address of the repository at its forge, for GitLab with ``/-``; empty: it is at none."""
    from cmcompile.cli.page_links import forge_pages

    remote = wanted.into.remote
    pages = forge_pages(wanted.place.root, remote, wanted.into.name) if remote else None
    return "" if pages is None else pages.commit.removesuffix("/commit/{commit}")


def _text(wanted: Proposal, tip: str, stands: str) -> tuple[str, str]:
    """Return title and text of the pull request: the same for the same commits."""
    from cmcompile.report.markdown import Section, code, page
    from cmcompile.report.terminal import visible

    messages = list(_messages(wanted, tip, stands))
    rows = []
    for subject, *lines in messages:
        rows.append(f"- {code(subject)}")
        rows += [f"  - {shown}" for line in lines if (shown := code(line.strip()))]
    head = (
        "Rescues made of what became of quanta, by `cmcompile rescue --from-outcome --branch`. What they",
        "would do stands in the report of the review; merging approves that. Edits on this branch are kept.",
        "",
    )
    title = messages[0][0] if len(messages) == 1 else f"{wanted.place.name}: rescues ({wanted.name})"
    return visible(title), page([Section(head, tuple(rows))], "the commits have them")


def _messages(wanted: Proposal, tip: str, stands: str) -> Iterator[list[str]]:
    """Yield the lines of the messages of all commits of the branch, the oldest first."""
    from cmcompile.git.run import run

    listed = run(
        wanted.place.root,
        *("-c", "log.showSignature=false", "log", "--reverse", "--no-merges", "-z", "--format=%B"),
        *(f"{tip}..{stands}", "--"),
    )
    for text in listed.out.decode("utf-8", "replace").split("\0"):
        if lines := [line for line in text.splitlines() if line.strip()]:
            yield lines
