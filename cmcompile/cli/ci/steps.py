"""Commands of cmcompile as steps of a job: run in this process, one campaign after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import Place, campaigns_at, find
from cmcompile.cli.ci.ends import outcome
from cmcompile.cli.ci.surroundings import Surroundings
from cmcompile.cli.ci.telling import Ended, put_out, quiet, tell
from cmcompile.cli.exit import Exit, run
from cmcompile.cli.output import current
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.git.tracked import Tracked

_LATER = "it came to the branch after this clone was made: the next run has it"
_NO_LEDGER = "it has no ledger yet: `cmcompile ledger init {}` makes it, once"


def step(name: str, *args: str) -> Exit:
    """Run a command of cmcompile and return how it ended; what goes wrong is printed, and raises nothing."""
    return attempt(lambda: _invoked(name, args))


def settled_step(name: str, *args: str) -> Exit:
    """Run a command that changes something; once more where others may have been faster.

    What another run took meanwhile is refused as stale (4), or lost (7). The second time it is seen as what
    it is, and what is refused then is refused.
    """
    code = step(name, *args)
    return step(name, *args) if code in (Exit.BLOCKED, Exit.LOST) else code


def attempt(action: Callable[[], object]) -> Exit:
    """Do something and return how it ended; what goes wrong is printed, and raises nothing."""
    code = run(action, current())
    return next((known for known in Exit if known == code), Exit.INTERNAL)


def _invoked(name: str, args: Sequence[str]) -> object:
    from cmcompile.cli.main import COMMANDS

    found: click.Command = COMMANDS[name].load()
    with found.make_context(name, list(args), parent=click.get_current_context()) as context:
        return found.invoke(context)


def each(
    around: Surroundings,
    title: str,
    places: Iterable[Place],
    action: Callable[[Place], Exit],
    failing: frozenset[Exit],
    without: Sequence[Place] = (),
    before: Sequence[Ended] = (),
    after: Callable[[Sequence[Ended]], object] = len,
) -> Exit:
    """Do something with each campaign, tell how it went, and return how the job ends.

    After an interruption nothing more is begun.

    Parameters
    ----------
    without
        Campaigns that have no ledger: told, and left alone.
    before
        What was done for the job before.
    after
        Is told how the campaigns ended.
    """
    ends = list(before)
    for place in places:
        if not (place.root / place.path).is_file():
            ends.append(Ended(place.name, Exit.LOST, _LATER))
            continue
        with quiet(around, f"{title}: {place.name}"):
            code = action(place)
        ends.append(Ended(place.name, code))
        if code is Exit.INTERRUPTED:
            break
    ends += [Ended(place.name, Exit.ATTENTION, _NO_LEDGER.format(place.name)) for place in without]
    tell(around, title, ends, failing)
    after(ends[len(before) :])
    names = [end.name for end in ends[len(before) :]]
    if not names:
        click.echo(f"{title}: there is no campaign")
    code = outcome((end.code for end in ends), failing)
    put_out(around, code=str(int(code)), campaigns=" ".join(names))
    return code


def allowed(around: Surroundings, *, unprotected: bool) -> None:
    """Stop where the CI system says that this runs for another branch than the one that is reviewed.

    Parameters
    ----------
    unprotected
        Whether a branch that no rules protect will do.

    Raises
    ------
    PolicyError
        When the branch is not the default one, or anybody who may push to it could submit.
    """
    from cmcompile.cli.policy import PolicyError

    if around.protected is None:
        return
    if around.branch != around.usual or not around.branch:
        here, usual = around.branch or "no branch", around.usual or "the default branch"
        raise PolicyError(f"this runs for {here}, and campaigns are those of {usual}; nothing was done")
    if not around.protected and not unprotected:
        raise PolicyError(
            f"no rules protect the branch {around.branch}, so whoever may push could submit unreviewed: "
            "protect it, or take that on purpose with --unprotected; nothing was done"
        )


def chosen(names: Sequence[str]) -> list[Place]:
    """Return the campaigns that are named; without names all that the reviewed branch has now.

    Raises
    ------
    CmcompileError
        As `reviewed`.
    """
    if names:
        return list(dict.fromkeys(find(name) for name in names))
    root, _, commit = reviewed()
    return campaigns_at(root, commit)


def reviewed() -> tuple[Path, Tracked, str]:
    """Return the root of the repository, its reviewed branch, and where that stands now.

    Raises
    ------
    CmcompileError
        When the branch can't be asked, or nothing says which it is.
    """
    from cmcompile.git.tracked import SETTING, latest, tracked
    from cmcompile.spec.files import find_root

    root = find_root(Path.cwd())
    branch = tracked(root)
    if branch is None:
        raise CmcompileError(
            f"which branch is reviewed is not said: `git config {SETTING} origin/main`; nothing was done"
        )
    commit = latest(root, branch)
    if not commit:
        raise CmcompileError(f"{branch} is not there any more; nothing was done")
    return root, branch, commit
