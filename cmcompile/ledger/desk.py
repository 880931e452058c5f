"""The ledger as those see it who submit: looked at, and written to, one transaction at a time."""

from __future__ import annotations

from cmcompile.ledger import paths, transact
from cmcompile.ledger.book import Ledger
from cmcompile.ledger.view import View
from cmcompile.model.event import Subject
from cmcompile.model.ledger import LedgerError, Tip
from cmcompile.model.transaction import (
    Decided,
    Judge,
    Landed,
    Proposal,
    Recorded,
    Sight,
    Stop,
    Stopped,
)


class LedgerBook:
    """A ledger as `cmcompile.model.transaction.Book`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: Tip | None = None

    def look(self) -> View:
        """Ask for the tip, and return what it says.

        Raises
        ------
        UnreachableError, HistoryError
            As `cmcompile.model.ledger.LedgerStore.tip`.
        LedgerError
            When there is no ledger yet.
        """
        self._seen = None
        tip = self._ledger.tip()
        found = self._ledger.view(tip)
        self._seen = tip
        return found

    def seen(self) -> View:
        """Return what it said when it was asked last, by this book; see ``Book``."""
        return self.look() if self._seen is None else self._ledger.view(self._seen)

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
        last: list[Tip | None] = []
        self._seen = None

        def judged(sight: View) -> Proposal | Stop:
            last[:] = [sight.tip]
            return judge(sight)

        found = transact.decide(self._ledger, judged)
        if isinstance(found, Landed):
            self._seen = found.tip
        elif isinstance(found, Stopped) and last:
            self._seen = last[0]
        return found

    def record(self, facts: Proposal | Judge) -> Recorded:
        """Record facts, which land on any tip; they are kept on disk while the remote is down.

        See `cmcompile.ledger.facts.record`, also for errors.
        """
        self._seen = None
        return transact.record(self._ledger, facts)
