"""A ledger and all that is needed to read it and to write to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random, SystemRandom

from cmcompile.git.errors import GitError
from cmcompile.git.run import run
from cmcompile.ledger.backoff import Backoff, Patience
from cmcompile.ledger.cache import Cache, FileCache
from cmcompile.ledger.clock import SystemClock
from cmcompile.ledger.names import branch
from cmcompile.ledger.spool import Spool
from cmcompile.ledger.view import View, read_view
from cmcompile.model.ledger import LedgerError, LedgerStore, Tip
from cmcompile.model.ports import Clock, Folding


class Ledger:
    """The ledger of a campaign, as one process uses it.

    Parameters
    ----------
    cache, spool
        None: nothing is kept beside the clone. Facts that can't be sent are then lost with the process.
    tell
        Is given one line for facts that are kept for later, or can't be, and for each kept file that can't be
        read; meant for the log. Of a runner that is thrown away, the log is what remains.
    """

    def __init__(
        self,
        store: LedgerStore,
        folding: Folding,
        clock: Clock | None = None,
        random: Random | None = None,
        cache: Cache | None = None,
        spool: Spool | None = None,
        patience: Patience | None = None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.store = store
        self.folding = folding
        self.clock: Clock = SystemClock() if clock is None else clock
        self.random: Random = SystemRandom() if random is None else random
        self.cache = cache
        self.spool = spool
        self.patience = Patience() if patience is None else patience
        self.tell = tell
        self._former: View | None = None

    def tip(self) -> Tip:
        """Ask for the tip.

        Raises
        ------
        UnreachableError, HistoryError
            As `LedgerStore.tip`.
        LedgerError
            When there is no ledger yet.
        """
        tip = self.store.tip()
        if tip is None:
            raise LedgerError("this campaign has no ledger yet; make it with `cmcompile ledger init`")
        return tip

    def view(self, tip: Tip | None) -> View:
        """Return what the ledger says at a tip; only what differs from the last view is read."""
        self._former = read_view(self.store, tip, self.folding, self.cache, self._former)
        return self._former

    def last(self) -> View:
        """Return the newest view that needs no remote: it may be old, or empty."""
        return self.view(self.store.known())

    def backoff(self) -> Backoff:
        """Return what counts the tries of a new transaction."""
        return Backoff(self.clock, self.random, self.patience)


def beside_clone(root: Path, campaign: str) -> Path:
    """Return the directory for the cache and the spool of a campaign: in the clone's git directory.

    All working trees of a clone share it, and git neither shows nor removes it.

    Raises
    ------
    LedgerError
        When ``root`` is in no git repository, or no campaign has that name.
    """
    branch(campaign)
    try:
        result = run(root, "rev-parse", "--path-format=absolute", "--git-common-dir")
    except GitError as error:
        raise LedgerError(str(error)) from error
    if result.code != 0:
        raise LedgerError(f"{root} is in no git repository: {result.error}")
    return Path(result.out.decode("utf-8", "surrogateescape").removesuffix("\n")) / "cmcompile" / campaign


def open_ledger(
    store: LedgerStore,
    folding: Folding,
    root: Path,
    campaign: str,
    tell: Callable[[str], None] = lambda line: None,
) -> Ledger:
    """Return the ledger of a campaign, with its cache and its spool beside the clone."""
    home = beside_clone(root, campaign)
    cache, spool = FileCache(home / "view.json"), Spool(home / "spool")
    return Ledger(store, folding, cache=cache, spool=spool, tell=tell)
