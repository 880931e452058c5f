"""The ledger of a campaign on the command line: which remote, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import Place
from cmcompile.model.collector import paused_collector
from cmcompile.model.ledger import UnreachableError

if TYPE_CHECKING:
    from cmcompile.ledger.book import Ledger
    from cmcompile.ledger.view import View
    from cmcompile.model.status import Seen

#: Names the remote whose branches are the ledgers; ``.`` for the repository itself.
SETTING = "cmcompile.remote"
_USUAL = "origin"


@dataclass(frozen=True, slots=True)
class Look:
    """A ledger as it was read.

    Attributes
    ----------
    fresh
        Whether the remote was asked; False: it is the tip last seen.
    """

    ledger: Ledger
    view: View
    fresh: bool

    def seen(self) -> Seen:
        """Return which ledger this is, for a report."""
        from cmcompile.model.status import Seen

        tip = self.view.tip
        entry = next(self.ledger.store.history(tip), None) if tip is not None else None
        at = "" if entry is None else entry.at
        return Seen("" if tip is None else tip.commit, at, "fresh" if self.fresh else "as last seen")


def remote_of(root: Path) -> str | None:
    """Return the remote whose branches are the ledgers, or None where they are the repository's own.

    It is what ``cmcompile.remote`` of git's settings names; else ``origin``; else the only remote.
    """
    from cmcompile.git.run import run

    named = run(root, "config", "--get", SETTING).out.decode().strip()
    if named:
        return None if named == "." else named
    remotes = run(root, "remote").out.decode().split()
    if _USUAL in remotes:
        return _USUAL
    return remotes[0] if len(remotes) == 1 else None


def open_ledger(place: Place, *, shallow: bool = False) -> Ledger:
    """Return the ledger of a campaign; nothing is asked yet.

    Parameters
    ----------
    shallow
        Whether the newest commit is enough where nothing was fetched yet: for states, not for history.
    """
    from cmcompile.ledger.book import open_ledger as opened
    from cmcompile.ledger.git_store import GitStore
    from cmcompile.state.fold import LedgerFolding

    store = GitStore(place.root, place.name, remote_of(place.root), shallow=shallow)
    return opened(
        store, LedgerFolding(), place.root, place.name, tell=lambda line: click.echo(line, err=True)
    )


def look(place: Place, *, offline: bool = False, at: str | None = None, degrade: bool = False) -> Look:
    """Read the ledger of a campaign; that there is none yet is fine.

    Parameters
    ----------
    offline
        Take the tip last seen, ask nobody.
    at
        A date or a commit: the ledger as it was then.
    degrade
        Where the remote can't be asked, say so and take the tip last seen.

    Raises
    ------
    LedgerError
        When the remote can't be asked, or there was no such moment.
    """
    ledger = open_ledger(place)
    fresh = not offline
    try:
        tip = ledger.store.known() if offline else ledger.store.tip()
    except UnreachableError as error:
        if not degrade:
            raise
        click.echo(f"cmcompile: warning: {error}; what was last seen is shown", err=True)
        tip, fresh = ledger.store.known(), False
    if at is not None:
        from cmcompile.ledger.timeline import tip_at

        tip = tip_at(ledger.store, ledger.tip() if tip is None else tip, at)
    with paused_collector():
        return Look(ledger, ledger.view(tip), fresh)
