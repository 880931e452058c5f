"""Mutants of transactions: what a push answers, what is read afterwards, what is kept."""

from __future__ import annotations

from mutant import Mutant
from mutants_worlds import DOWN, LOSSY, OVERRULING

from cmcompile.ledger import facts, sighting, transact
from cmcompile.ledger.book import Ledger
from cmcompile.ledger.spool import Kept
from cmcompile.ledger.transact import _Decision
from cmcompile.model.ledger import Push
from cmcompile.model.transaction import Decided, Landed, Lost, Proposal, Stop, Stopped

_step = _Decision._step


def _believing(self: _Decision) -> Decided | None:
    """Take a push for done unless it was refused, and do not read again."""
    self._race.backoff.begin()
    tip = self._ledger.tip()
    answer = self._judge(self._ledger.view(tip))
    if isinstance(answer, Stop):
        return Stopped(answer)
    commit = self._race.commit(tip, answer)
    if commit is None:
        return Landed(tip, (), 1)
    if self._ledger.store.push(commit) is not Push.MOVED:
        return Landed(commit.tip, self._race.attempts[-1].events, 1)
    self._race.forget()
    self._race.failed()
    return Lost(self._race.backoff.tries) if self._race.backoff.exhausted else None


def _hasty(self: _Decision) -> Decided | None:
    """Take a push that is not seen for lost, though it may be late."""
    if self._race.attempts:
        self._race.backoff.begin()
        if self._race.look(self._ledger.tip()) is None:
            return Lost(self._race.backoff.tries)
    return _step(self)


def _nothing_overrules(*args: object) -> tuple[()]:
    """Look for one's own events only."""
    return ()


def _not_flushed(ledger: Ledger, but: Kept | None = None) -> facts.Flushed:
    """Leave on disk what was kept."""
    return facts.Flushed()


def _not_kept(ledger: Ledger, proposal: Proposal) -> None:
    """Keep nothing on disk."""


MUTANTS = (
    Mutant(
        "the answer to a push is believed",
        ((_Decision, "_step", _believing),),
        "calls have gates",
        why="there is no gate",
        setup=LOSSY,
    ),
    Mutant(
        "endings are not looked for",
        ((sighting, "_overruling", _nothing_overrules),),
        "endings are heard",
        setup=OVERRULING,
        seed=1,
    ),
    Mutant(
        "a late push is lost", ((_Decision, "_step", _hasty),), "gates are answered", setup=LOSSY, seed=22
    ),
    Mutant(
        "kept facts are not sent",
        ((facts, "flush", _not_flushed), (transact, "flush", _not_flushed)),
        "gates are answered",
        setup=DOWN,
        seed=2,
    ),
    Mutant("facts are not kept", ((facts, "_keep", _not_kept),), "gates are answered", setup=DOWN),
)
