"""The branch that rescues are proposed on."""

from __future__ import annotations

from dataclasses import dataclass

import click

from cmcompile.cli.campaigns import Place
from cmcompile.git.tracked import Tracked
from cmcompile.model.errors import CmcompileError

_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A branch that rescues are proposed on.

    Attributes
    ----------
    into
        The branch that specs are reviewed on.
    """

    place: Place
    branch: Tracked
    into: Tracked

    @property
    def name(self) -> str:
        """The name of the branch."""
        return self.branch.name


def proposal(place: Place, name: str, step: str) -> Proposal:
    """Return a branch that rescues are proposed on.

    Parameters
    ----------
    name
        Empty: it follows from campaign and step.

    Raises
    ------
    CmcompileError
        When nothing says which branch is reviewed, or the name will not do.
    """
    from cmcompile.git.run import run
    from cmcompile.git.tracked import SETTING, tracked
    from cmcompile.ledger.names import PREFIX

    into = tracked(place.root)
    if into is None:
        raise CmcompileError(
            f"which branch is reviewed is not said: `git config {SETTING} origin/main`; nothing was done"
        )
    name = name or f"rescue/{place.name}/{step}"
    ref = _HEADS + name
    if run(place.root, "check-ref-format", ref).code != 0:
        raise click.UsageError(f"--branch {name!r} is no name of a branch")
    if ref == into.branch or name.startswith(PREFIX):
        raise click.UsageError(f"--branch {name}: rescues are proposed on a branch of their own")
    return Proposal(place, Tracked(into.remote, ref), into)
