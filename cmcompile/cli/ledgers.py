"""The ledger of a campaign on the command line: which remote, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import Place
from cmcompile.cli.output import warn
from cmcompile.model.collector import paused_collector
from cmcompile.model.ledger import LedgerError, UnreachableError

if TYPE_CHECKING:
    from cmcompile.ledger.book import Ledger
    from cmcompile.ledger.view import View
    from cmcompile.model.ledger import Tip
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
        at = "" if tip is None else self.ledger.store.made_at(tip)
        return Seen("" if tip is None else tip.commit, at, "fresh" if self.fresh else "as last seen")


def remote_of(root: Path) -> str | None:
    """Return the remote whose branches are the ledgers, or None where they are the repository's own.

    It is what ``cmcompile.remote`` of git's settings names; else ``origin``; else the only remote.

    Raises
    ------
    LedgerError
        When there is no remote of that name, or several that may be meant: two people must never write to two
        ledgers of one campaign.
    """
    from cmcompile.git.run import run

    named = run(root, "config", "--get", SETTING).out.decode().strip()
    remotes = run(root, "remote").out.decode().split()
    known = ", ".join(remotes) or "none"
    if named and named != "." and named not in remotes:
        raise LedgerError(f"git's setting {SETTING} names {named!r}, and the remotes are: {known}")
    if named:
        return None if named == "." else named
    if _USUAL in remotes:
        return _USUAL
    if len(remotes) > 1:
        raise LedgerError(
            f"which of the remotes {known} holds the ledgers? `git config {SETTING} NAME` says so, "
            "with a dot as NAME that it is this repository"
        )
    return remotes[0] if remotes else None


def open_ledger(place: Place) -> Ledger:
    """Return the ledger of a campaign; nothing is asked yet.

    Raises
    ------
    LedgerError
        As `remote_of`.
    """
    return ledger_on(place, remote_of(place.root))


def ledger_on(place: Place, remote: str | None) -> Ledger:
    """Return the ledger of a campaign on the remote that `remote_of` gave; nothing is asked yet."""
    from cmcompile.ledger.book import open_ledger as opened
    from cmcompile.ledger.git_store import GitStore
    from cmcompile.state.fold import LedgerFolding

    store = GitStore(place.root, place.name, remote)
    return opened(
        store, LedgerFolding(), place.root, place.name, tell=lambda line: click.echo(line, err=True)
    )


def look(
    place: Place,
    *,
    offline: bool = False,
    at: str | None = None,
    degrade: bool = False,
    silent: set[str] | None = None,
    strict: bool = True,
) -> Look:
    """Read the ledger of a campaign; that there is none yet is fine.

    Parameters
    ----------
    offline
        Take the tip last seen, ask nobody.
    at
        A moment, as `cmcompile.cli.moments.tip_of` takes it: the ledger as it was then.
    degrade
        Where the remote can't be asked, say so and take the tip last seen.
    silent
        Remotes that did not answer: they are not asked again. With ``degrade`` they are put in.
    strict
        Whether it is an error that there was no ledger yet at that moment.

    Raises
    ------
    LedgerError
        When the remote can't be asked, or there was no such moment.
    """
    remote = remote_of(place.root)
    ledger = ledger_on(place, remote)
    tip, fresh = _tip(ledger, remote, offline, degrade, set() if silent is None else silent)
    if at is not None:
        tip = _tip_at(place, ledger, tip, at, strict=strict)
    with paused_collector():
        return Look(ledger, ledger.view(tip), fresh)


def _tip(
    ledger: Ledger, remote: str | None, offline: bool, degrade: bool, silent: set[str]
) -> tuple[Tip | None, bool]:
    """Return the tip, and whether the remote was asked for it."""
    if offline or remote in silent:
        return ledger.store.known(), False
    try:
        return ledger.store.tip(), True
    except UnreachableError as error:
        if not degrade:
            raise UnreachableError(f"{error}; --offline takes the ledger as it was last seen") from None
        warn(f"{error}; what was last seen is shown")
        silent.add(remote or "")
        return ledger.store.known(), False


def _tip_at(place: Place, ledger: Ledger, tip: Tip | None, at: str, *, strict: bool) -> Tip | None:
    from cmcompile.cli.moments import tip_of
    from cmcompile.ledger.timeline import MomentError, TooEarlyError

    try:
        if tip is None:
            raise TooEarlyError(f"{place.name} has no ledger yet, or none was fetched")
        return tip_of(place, ledger, tip, at)
    except TooEarlyError:
        if strict:
            raise
        return None
    except MomentError as error:
        raise MomentError(f"{place.name}: {error}") from None
