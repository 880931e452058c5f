"""The lists of a campaign as their sources fill them now, committed onto a branch without a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ci.forges import forge_here
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import warn
from cmcompile.cli.rescue_branch import Ground, check_taken, ground_of
from cmcompile.git.answer import Verdict
from cmcompile.git.tracked import Tracked, latest
from cmcompile.model.errors import CmcompileError
from cmcompile.model.list_update import ListUpdate, Updates

if TYPE_CHECKING:
    from collections.abc import Sequence

_BRANCH = "refs/heads/lists/"
#: So often it is made anew for branches that have moved on meanwhile.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of asking for lists and committing them.

    Attributes
    ----------
    code
        How it ends: what stays as it is bears on it too.
    commit
        That has what is new; empty: nothing is, or it is not known to stand on the branch.
    why
        Why it does not stand there.
    open
        Whether the branch holds what the reviewed one does not.
    """

    found: Updates
    code: Exit
    commit: str = ""
    why: str = ""
    open: bool = False


def updated(place: Place, into: Tracked, *, push: bool) -> Exit:
    """Have what is new in lists on a branch, and say what stays as it is.

    Parameters
    ----------
    into
        The reviewed branch.
    push
        Whether it is committed there; else to a branch of its own, with a pull request.

    Raises
    ------
    CmcompileError
        As `committed`, and when the forge gives no answer.
    """
    branch = into if push else _own(place, into)
    listed = committed(place, into, branch)
    _say(listed.found)
    if listed.why:
        click.echo(f"{listed.why}: run it again", err=True)
    if listed.commit:
        click.echo(f"committed to {branch.name}: {listed.commit[:12]}")
    if listed.commit and not push:
        _propose(place, branch, into, listed.found.updates, fresh=True)
    elif listed.open and not listed.why:
        _propose(place, branch, into, (), fresh=False)
    return listed.code


def committed(place: Place, into: Tracked, branch: Tracked) -> Listed:
    """Ask for all lists as the branch has them, and commit what is new to it.

    Parameters
    ----------
    into
        The reviewed branch; ``branch`` is another one, or the same.

    Raises
    ------
    CmcompileError
        When the spec can't be used, or the remote does not take it, or gives no answer.
    """
    from cmcompile.cli.list_updates import Asking, updates
    from cmcompile.cli.lists import left_code
    from cmcompile.git.onward import put_files
    from cmcompile.git.revision import Revision

    found = Updates(())
    for _ in range(TRIES):
        ground = _here(place, into) if branch == into else ground_of(place.root, branch, into)
        found = updates(place, Asking(Revision(place.root, ground.base)))
        code = left_code(found)
        files = {one.path: one.after for one in found.updates if one.changes}
        if not files:
            return Listed(found, code, open=ground.open and ground.old is not None)
        done = put_files(place.root, branch, ground.old, ground.base, files, _message(place, found))
        if done.answer.verdict is Verdict.DONE:
            return Listed(found, code, done.commit)
        if done.answer.verdict is Verdict.UNCLEAR:
            said = " ".join(done.answer.words.split())
            return Listed(found, Exit.UNKNOWN, why=f"it is not known whether {branch} took it: {said}")
        check_taken(branch, done.answer)
    return Listed(found, Exit.LOST, why=f"{branch.name} was moved by others {TRIES} times meanwhile")


def _own(place: Place, into: Tracked) -> Tracked:
    if into.remote is None:
        raise CmcompileError(
            "a pull request needs a remote, and there is none here: `cmcompile lists update` writes the "
            "files; nothing was done"
        )
    return Tracked(into.remote, f"{_BRANCH}{place.name}")


def _here(place: Place, into: Tracked) -> Ground:
    tip = latest(place.root, into)
    if not tip:
        raise CmcompileError(f"{into} is not there any more; nothing was done")
    return Ground(tip, tip, tip, open=False)


def _say(found: Updates) -> None:
    from cmcompile.report.lists import updates_text

    click.echo(updates_text(found.updates), nl=False)
    for left in found.left:
        warn(str(left))


def _message(place: Place, found: Updates) -> str:
    lines = "\n".join(_line(one) for one in found.updates if one.changes)
    return f"{place.name}: lists\n\n{lines}\n\nBy cmcompile ci lists."


def _line(one: ListUpdate) -> str:
    new, gone = f"{len(one.came):,} new", f", {len(one.went):,} gone" if one.went else ""
    return f"{one.name}: {one.rows:,} rows, {new}{gone}"


def _propose(
    place: Place, branch: Tracked, into: Tracked, found: Sequence[ListUpdate], *, fresh: bool
) -> None:
    """Have a pull request; one that was closed is an answer to what it held."""
    from cmcompile.report.markdown import code

    forge, name, target = forge_here(), branch.name, into.name
    if forge is None:
        click.echo(f"next: open a pull request for the branch {name}; no token says who would do it here")
        return
    before = forge.proposals(name, target)
    if not fresh and before and not any(pull.open for pull in before):
        click.echo(f"its pull request {before[0].number} was closed, which is an answer too: nothing to do")
        return
    if not fresh and before:
        click.echo(f"its pull request {before[0].number} is open")
        return
    rows = [f"- {code(_line(one))}" for one in found if one.changes] or ["- as the commits say"]
    body = "\n".join(
        [
            f"What the lists of {code(place.name)} hold by now:",
            "",
            *rows,
            "",
            "What that would do stands in the report of the review. Merging approves it.",
            "",
        ]
    )
    pull, done = forge.propose(name, target, f"{place.name}: lists", body)
    click.echo(f"pull request {pull.number}: {done} {pull.url}".rstrip())
