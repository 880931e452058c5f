"""Facts: what was done or seen. They are appended to any tip until they are there, and kept until then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cmcompile.ledger.book import Ledger
from cmcompile.ledger.codec import encode
from cmcompile.ledger.placing import MisplacedError
from cmcompile.ledger.race import Race
from cmcompile.ledger.sighting import Attempt
from cmcompile.ledger.spool import Aside, Kept
from cmcompile.ledger.view import View
from cmcompile.model.ledger import Commit, LedgerError, RefusedError, UnreachableError
from cmcompile.model.transaction import Landed, Proposal, Recorded, Spooled, Stop, Stopped

Judge: TypeAlias = Callable[[View], Proposal | Stop]


@dataclass(frozen=True, slots=True)
class Flushed:
    """What became of the facts that were kept.

    Attributes
    ----------
    left
        Files whose facts could not be sent; they are kept.
    aside
        Files that could not be read.
    """

    landed: tuple[Landed, ...] = ()
    left: tuple[Path, ...] = ()
    aside: tuple[Aside, ...] = ()


def record(ledger: Ledger, facts: Proposal | Judge) -> Recorded:
    """Record facts: what was done or seen, and is true on any tip.

    They are kept on disk before the remote is asked for anything, and no lost race makes them given up. Facts
    that were kept before are sent first. Recording the same events again does no harm.

    Parameters
    ----------
    facts
        What is to be recorded; or a function that says so from a view, or says stop where nothing is new. It
        is given the newest view at hand, which may be old or empty, and then that of each new tip; the events
        that it proposes first are those that are sent.

    Raises
    ------
    UnreachableError
        When the remote can't be reached and the facts could not be kept on disk; they were told.
    RefusedError, HistoryError
        As from the store; the facts stay on disk.
    LedgerError
        When there is no ledger, or the proposal is a mistake.
    """
    fact = _Fact(ledger, facts)
    fact.take(facts if isinstance(facts, Proposal) else facts(ledger.last()))
    flush(ledger, but=fact.kept)
    result = fact.run()
    if isinstance(result, Spooled):
        ledger.tell(f"the remote can't be reached, facts are kept in {result.path}: {result.why}")
    return result


def flush(ledger: Ledger, but: Kept | None = None) -> Flushed:
    """Send the facts that were kept on disk, oldest first, as far as the remote can be reached.

    Parameters
    ----------
    but
        A proposal that is left alone.

    Raises
    ------
    HistoryError
        As from the store.
    LedgerError
        When there is no ledger, or the directory can't be read.
    """
    landed: list[Landed] = []
    left: list[Path] = []
    aside: list[Aside] = []
    away = False
    for item in () if ledger.spool is None else ledger.spool.kept():
        if isinstance(item, Aside):
            aside.append(item)
            ledger.tell(f"kept facts in {item.path} can't be read: {item.why}")
        elif but is None or item.path != but.path:
            result = None if away else _sent(ledger, item)
            away = away or isinstance(result, Spooled)
            if isinstance(result, Landed):
                landed.append(result)
            else:
                left.append(item.path)
    return Flushed(tuple(landed), tuple(left), tuple(aside))


def _sent(ledger: Ledger, item: Kept) -> Recorded | None:
    """Send a kept proposal; None: it was refused, and others may not be."""
    fact = _Fact(ledger, item.proposal)
    fact.begin(item.proposal, item)
    try:
        return fact.run()
    except (RefusedError, MisplacedError) as error:
        ledger.tell(f"kept facts in {item.path} are refused: {error}")
        return None


def _keep(ledger: Ledger, proposal: Proposal) -> Kept | None:
    """Put facts on disk; where that fails, they are told, and sent all the same."""
    if ledger.spool is None or not proposal.drafts:
        return None
    try:
        return ledger.spool.keep(proposal)
    except LedgerError as error:
        ledger.tell(f"{error}; they are: {_lines(proposal)}")
        return None


def _lines(proposal: Proposal) -> str:
    """Return the events on one line."""
    events = [{"subject": str(draft.subject), **json.loads(encode(draft))} for draft in proposal.drafts]
    return json.dumps(events)


class _Fact:
    """Facts that are appended to any tip until they are there."""

    def __init__(self, ledger: Ledger, facts: Proposal | Judge) -> None:
        self._ledger, self._facts = ledger, facts
        self._race = Race(ledger)
        self._proposal: Proposal | None = None
        self._current: Commit | None = None
        self.kept: Kept | None = None

    def take(self, answer: Proposal | Stop) -> None:
        """Keep the proposal on disk; from now on it is the one that is sent, with these ids."""
        if isinstance(answer, Proposal):
            self.begin(answer, _keep(self._ledger, answer))

    def begin(self, proposal: Proposal, kept: Kept | None) -> None:
        """Send a proposal that is kept already."""
        self._proposal, self.kept = proposal, kept
        # It may have landed before: sent by a process that died, or by one that found it in the spool.
        self._race.attempts.append(Attempt(proposal))

    def run(self) -> Recorded:
        """Send until it is there, or the remote can't be reached."""
        while True:
            try:
                result = self._step()
            except UnreachableError as error:
                return self._later(error)
            if result is not None:
                self._done()
                return result
            if self._race.unclear >= self._ledger.patience.tries:
                return self._later(UnreachableError("the remote never says whether it took the commit"))

    def _step(self) -> Landed | Stopped | None:
        self._race.backoff.begin()
        tip = self._ledger.tip()
        seen = self._race.look(tip)
        if seen is not None:
            return Landed(tip, seen.events, self._race.backoff.tries)
        if self._current is None or self._current.base != tip.commit:
            answer = self._facts if isinstance(self._facts, Proposal) else self._facts(self._ledger.view(tip))
            if isinstance(answer, Stop):
                return Stopped(answer)
            if self._proposal is None:
                self.take(answer)
            self._current = self._race.commit(tip, self._proposal or answer)
            if self._current is None:
                return Landed(tip, (), self._race.backoff.tries)
        self._race.push(self._current)
        return None

    def _done(self) -> None:
        if self.kept is not None and self._ledger.spool is not None:
            self._ledger.spool.remove(self.kept)

    def _later(self, error: UnreachableError) -> Spooled:
        if self.kept is None:
            raise error
        return Spooled(self.kept.path, str(error))
