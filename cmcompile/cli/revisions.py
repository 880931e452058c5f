"""Revisions on the command line, and campaigns as of one, completed in a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName
from cmcompile.cli.selector import quietly

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem


class RevisionName(click.ParamType[str]):
    """A revision of git; completes branches and tags."""

    name = "revision"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the branches and tags of the repository."""
        del ctx, param
        return quietly(lambda: (rev for rev in _known() if rev.startswith(incomplete)))


class CampaignAt(CampaignName):
    """A campaign, or one of a revision, ``NAME@REV``; completes both parts."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete campaigns; behind ``@`` branches and tags."""
        name, at, rev = incomplete.partition("@")
        if not at:
            return super().shell_complete(ctx, param, incomplete)
        return quietly(lambda: (f"{name}@{known}" for known in _known() if known.startswith(rev)))


class Origin(CampaignAt):
    """What a campaign may be made from: a campaign, one of a revision, or a library file."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete campaigns, revisions and library files."""
        found = super().shell_complete(ctx, param, incomplete)
        return [*found, *quietly(lambda: (name for name in _libraries() if name.startswith(incomplete)))]


def _known() -> list[str]:
    """Return branches and tags; not the branches of ledgers, where no campaign stands."""
    from cmcompile.git.refs import short_names
    from cmcompile.ledger.names import PREFIX

    found = short_names(_root(), "refs/heads", "refs/tags", "refs/remotes")
    return [name for name in found if f"/{PREFIX}" not in f"/{name}"]


def _libraries() -> Iterator[str]:
    from cmcompile.cli.templates import LIBRARY

    for file in sorted((_root() / LIBRARY).glob("*.yaml")):
        yield f"library/{file.stem}"


def _root() -> Path:
    from pathlib import Path

    from cmcompile.spec.files import find_root

    return find_root(Path.cwd())
