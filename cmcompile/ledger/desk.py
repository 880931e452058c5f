"""The ledger as those see it who submit: looked at, and written to, one transaction at a time."""

from __future__ import annotations

from cmcompile.ledger import paths, transact
from cmcompile.ledger.book import Ledger
from cmcompile.ledger.view import View
from cmcompile.model.event import Subject
from cmcompile.model.ledger import LedgerError, Tip
from cmcompile.model.transaction import Decided, Judge, Proposal, Recorded, Sight


class LedgerBook:
    """A ledger as `cmcompile.model.transaction.Book`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def look(self) -> View:
        """Ask for the tip, and return what it says.

        Raises
        ------
        UnreachableError, HistoryError
            As `cmcompile.model.ledger.LedgerStore.tip`.
        LedgerError
            When there is no ledger yet.
        """
        return self._ledger.view(self._ledger.tip())

    def at(self, tip: Tip) -> View | None:
        """Return what the ledger said at an earlier tip; None: this clone does not have it."""
        try:
            return self._ledger.view(tip)
        except LedgerError:
            return None

    def file(self, sight: Sight, path: str) -> bytes | None:
        """Return the bytes of a file of the branch as it was looked at; None: it is not there.

        Raises
        ------
        LedgerError
            When it can't be read.
        """
        if sight.tip is None:
            return None
        found = self._ledger.store.files(sight.tip, [path]).get(path)
        return None if found is None else self._ledger.store.read([found])[found]

    def directory(self, subject: Subject) -> str:
        """Return the directory of the branch where the files of a workflow stand.

        Raises
        ------
        ValueError
            When a name of the subject is none that the language allows.
        """
        return paths.directory(subject)

    def decide(self, judge: Judge) -> Decided:
        """Record what is judged right on the very tip that it is appended to.

        See `cmcompile.ledger.transact.decide`, also for errors.
        """
        return transact.decide(self._ledger, judge)

    def record(self, facts: Proposal | Judge) -> Recorded:
        """Record facts, which land on any tip; they are kept on disk while the remote is down.

        See `cmcompile.ledger.facts.record`, also for errors.
        """
        return transact.record(self._ledger, facts)
