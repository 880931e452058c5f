"""A campaign on a branch of its own, with a pull request; made once, however often it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import FILE
from cmcompile.cli.exit import Exit
from cmcompile.git.tracked import Tracked
from cmcompile.model.errors import CmcompileError
from cmcompile.model.ledger import UnreachableError
from cmcompile.report.markdown import code

if TYPE_CHECKING:
    from cmcompile.model.forge import Forge

_BRANCH = "campaign/"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The campaign that is to be there.

    Attributes
    ----------
    settings
        As ``VAR=VALUE``.
    title
        Of its pull request; empty: one is made.
    """

    name: str
    template: str
    settings: tuple[str, ...]
    title: str = ""


def proposed(wanted: Wanted) -> Exit:
    """Have a campaign on the reviewed branch, or a pull request that brings it there.

    Raises
    ------
    CmcompileError
        When it can't be made or pushed, or remote or forge can't be asked.
    """
    from cmcompile.cli.ci.forges import forge_here
    from cmcompile.cli.ci.steps import reviewed

    root, into, commit = reviewed()
    path = f"campaigns/{wanted.name}/{FILE}"
    if _has(root, commit, path):
        return _nothing(f"{path} is there already")
    if into.remote is None:
        raise CmcompileError("a pull request needs a remote, and this repository has none; nothing was done")
    branch, target = _BRANCH + wanted.name, into.name
    forge = forge_here()
    before = () if forge is None else forge.proposals(branch, target)
    over = next((pull for pull in before if not pull.open), None)
    if over is not None and not any(pull.open for pull in before):
        return _nothing(f"its pull request {over.number} was closed, which is an answer too")
    _push(root, into, commit, branch, wanted)
    return _opened(forge, branch, target, wanted)


def _opened(forge: Forge | None, branch: str, target: str, wanted: Wanted) -> Exit:
    if forge is None:
        click.echo(f"next: open a pull request for the branch {branch}; no token says who would do it here")
        return Exit.OK
    pull, done = forge.propose(branch, target, wanted.title or f"Campaign {wanted.name}", _body(wanted))
    click.echo(f"pull request {pull.number}: {done} {pull.url}".rstrip())
    return Exit.OK


def _push(root: Path, into: Tracked, commit: str, branch: str, wanted: Wanted) -> None:
    """Have the branch at the remote; one that is there stays as it is: a person may have gone on there."""
    from cmcompile.git.answer import Verdict
    from cmcompile.git.remote import Asked, ask, push

    remote, ref = into.remote or "", f"refs/heads/{branch}"
    said = ask(root, remote, ref)
    if said.asked not in (Asked.THERE, Asked.ABSENT):
        raise UnreachableError(f"{remote} can't be asked for {branch}: {said.words or 'no such remote'}")
    if said.asked is Asked.THERE:
        click.echo(f"the branch {branch} is there already, at {said.commit[:12]}")
        return
    made = _commit(root, commit, wanted)
    answer = push(root, remote, ref, None, made)
    if answer.verdict is Verdict.DONE:
        click.echo(f"made the branch {branch} at {made[:12]}")
        return
    # Another run may have been faster, or the answer was lost: what stands there decides.
    if ask(root, remote, ref).asked is not Asked.THERE:
        raise CmcompileError(f"{remote} did not take {branch}: {answer.words}; run it again")
    click.echo(f"another run has made the branch {branch}")


def _commit(root: Path, base: str, wanted: Wanted) -> str:
    from cmcompile.cli.new import from_library
    from cmcompile.git.identity import identity
    from cmcompile.git.revision import Revision
    from cmcompile.git.stream import make_commit

    template = wanted.template if wanted.template.startswith("library/") else f"library/{wanted.template}"
    files = from_library(root, Revision(root, base), wanted.name, template, wanted.settings)
    message = f"Campaign {wanted.name}\n\nMade from {template} by cmcompile ci next.\n"
    return make_commit(root, base, files, message, identity(root)).commit


def _body(wanted: Wanted) -> str:
    """Return the text of the pull request: the same for the same campaign."""
    rows = [f"- {code(setting)}" for setting in wanted.settings]
    return "\n".join(
        [
            f"The campaign {code(wanted.name)}, made from {code(wanted.template)} with",
            "",
            *(rows or ["- nothing set"]),
            "",
            "What it would do stands in the report of the review. Merging approves that; closing this pull",
            "request means no: it is not opened again.",
            "",
        ]
    )


def _has(root: Path, commit: str, path: str) -> bool:
    from cmcompile.git.revision import Revision

    return Revision(root, commit).exists(path)


def _nothing(why: str) -> Exit:
    click.echo(f"{why}: nothing to do")
    return Exit.OK
