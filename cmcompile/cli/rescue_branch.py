"""``cmcompile rescue --from-outcome --branch``: rescues proposed on a branch, without a checkout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import click

from cmcompile.cli.exit import Exit
from cmcompile.git.answer import Verdict
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from pathlib import Path

    from cmcompile.cli.decided import Subjects
    from cmcompile.cli.rescue_branch_name import Proposal
    from cmcompile.cli.rescue_outcome import Asked, Rescues
    from cmcompile.git.answer import Answer
    from cmcompile.git.onward import Put
    from cmcompile.git.tracked import Tracked
    from cmcompile.model.campaign import Step

    Wishes: TypeAlias = Callable[[Subjects], tuple[Step, Asked]]

#: So often it is made anew for branches that have moved on meanwhile.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Ground:
    """What is proposed on a branch is made from this.

    Attributes
    ----------
    tip
        Where the reviewed branch stands.
    old
        Where the branch itself stands; None: it is not there.
    base
        The commit to go on from: all of both branches.
    open
        Whether the branch holds what the reviewed one does not.
    """

    tip: str
    old: str | None
    base: str
    open: bool


def propose(wanted: Proposal, asked: Wishes, *, pull: bool) -> int:
    """Have the rescues of a step on a branch, and say how they get from there to the reviewed one.

    Parameters
    ----------
    asked
        What is asked for, of the campaign as it stands there.
    pull
        Whether a pull request is opened, or brought up to date.

    Raises
    ------
    CmcompileError
        When remote or forge can't be asked, or one of them does not take it.
    """
    from cmcompile.cli import rescue_branch_pull
    from cmcompile.cli.rescue_outcome import say

    forge = rescue_branch_pull.forge(wanted) if pull else None
    for _ in range(TRIES):
        ground = ground_of(wanted.place.root, wanted.branch, wanted.into)
        rescues, wish = _rescues(wanted, asked, ground)
        if not rescues.any or wish.dry_run:
            say(rescues, dry_run=wish.dry_run)
            if not wish.dry_run and ground.open and ground.old:
                click.echo(f"the branch {wanted.name} holds what was proposed before, at {ground.old[:12]}")
                rescue_branch_pull.tell(wanted, ground.tip, ground.old, forge, fresh=False)
            return rescues.code
        done = _put(wanted, ground, rescues, wish.because)
        if done.answer.verdict is Verdict.DONE:
            say(rescues, dry_run=False)
            what = "made the branch" if ground.old is None else "moved on the branch"
            click.echo(f"{what} {wanted.name}: {done.commit[:12]}")
            rescue_branch_pull.tell(wanted, ground.tip, done.commit, forge, fresh=True)
            return rescues.code
        if done.answer.verdict is Verdict.UNCLEAR:
            said = " ".join(done.answer.words.split())
            click.echo(f"it is not known whether {wanted.branch} took it: {said}; run it again", err=True)
            return Exit.UNKNOWN
        check_taken(wanted.branch, done.answer)
    click.echo(f"{wanted.name} was moved by others {TRIES} times meanwhile: run it again", err=True)
    return Exit.LOST


def ground_of(root: Path, branch: Tracked, into: Tracked) -> Ground:
    """Ask where both branches stand; where each has commits of its own they are joined."""
    from cmcompile.git.joined import ConflictError, joined, same_files
    from cmcompile.git.refs import leads_to
    from cmcompile.git.tracked import latest

    tip, old = latest(root, into), latest(root, branch)
    if not tip:
        raise CmcompileError(f"{into} is not there any more; nothing was done")
    if not old or leads_to(root, old, tip):
        return Ground(tip, old or None, tip, open=False)
    if leads_to(root, tip, old):
        return Ground(tip, old, old, open=not same_files(root, old, tip))
    try:
        base = joined(root, old, tip, f"Merge {into} into {branch.name}")
    except ConflictError as error:
        raise CmcompileError(
            f"{branch} and {into} have gone different ways, {error}: merge {into} into it by hand, "
            "or name another branch; nothing was done"
        ) from None
    return Ground(tip, old, base, open=not same_files(root, base, tip))


def _rescues(wanted: Proposal, asked: Wishes, ground: Ground) -> tuple[Rescues, Asked]:
    """Return what the step needs beside what the branch holds already."""
    from cmcompile.cli.decided import look_at
    from cmcompile.cli.rescue_outcome import rescues_of
    from cmcompile.git.revision import Revision

    tree = Revision(wanted.place.root, ground.base)
    about = look_at(wanted.place, tree)
    step, wish = asked(about)
    return rescues_of(about, step, wish, tree), wish


def _put(wanted: Proposal, ground: Ground, rescues: Rescues, because: str | None) -> Put:
    from cmcompile.git.onward import put_onto

    place = wanted.place
    message = str(rescues.message(because, whole=True))
    file = (place.path, rescues.found.after)
    return put_onto(place.root, wanted.branch, ground.old, ground.base, file, message)


def check_taken(branch: Tracked, answer: Answer) -> None:
    """Stop where a branch was not moved, and not because another one was faster."""
    from cmcompile.cli.policy import PolicyError
    from cmcompile.model.ledger import UnreachableError

    said = " ".join(answer.words.split())
    if answer.verdict is Verdict.REFUSED:
        raise PolicyError(f"{branch} is not taken: {said}; nothing was done")
    if answer.verdict is Verdict.UNREACHED:
        raise UnreachableError(f"{branch} can't be reached: {said}; nothing was done")
