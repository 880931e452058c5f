"""Transactions: one commit, pushed by compare-and-swap, that counts once it is seen on a tip.

What a push answers is a hint. Own events are looked for by their ids on the tip that is read afterwards, so
that a lost answer neither loses nor doubles them. See ``docs/adr/0010-races-and-cache.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cmcompile.ledger.book import Ledger
from cmcompile.ledger.facts import flush, record
from cmcompile.ledger.race import Race
from cmcompile.ledger.view import View
from cmcompile.model.event import Event, Unreadable
from cmcompile.model.ledger import Commit, LedgerError, UnreachableError
from cmcompile.model.transaction import Decided, Landed, Lost, Proposal, Stop, Stopped, Unsure

__all__ = ["decide", "flush", "record"]

Judge: TypeAlias = Callable[[View], Proposal | Stop]

#: Events that carry a claim on; a claim that was ended is never carried on.
_GOING_ON = frozenset({"claimed", "prepared", "submitting"})
_LOST_RACE = 7


def decide(ledger: Ledger, judge: Judge) -> Decided:
    """Record a decision, judged on the very tip that it is appended to.

    Facts that were kept are sent first.

    Parameters
    ----------
    judge
        Is called with each new view of the ledger, until what it proposes is there or it says stop. Events
        that it proposes have random ids.

    Raises
    ------
    UnreachableError
        When the remote can't be reached, and it is certain that nothing was recorded.
    RefusedError, HistoryError
        As from the store.
    LedgerError
        When there is no ledger, or the proposal is a mistake.
    """
    flush(ledger)
    return _Decision(ledger, judge).run()


class _Decision:
    """A decision that is judged again on each new tip."""

    def __init__(self, ledger: Ledger, judge: Judge) -> None:
        self._ledger, self._judge = ledger, judge
        self._race = Race(ledger)
        self._current: Commit | None = None
        self._overruled: tuple[Event, ...] = ()
        self._by: tuple[Event | Unreadable, ...] = ()

    def run(self) -> Decided:
        while True:
            try:
                result = self._step()
            except UnreachableError as error:
                if self._race.open is None and not self._overruled:
                    raise  # it is certain that nothing was recorded
                if self._race.backoff.exhausted:
                    return self._given_up(str(error))
                self._race.failed()
                continue
            if result is not None:
                return result

    def _step(self) -> Decided | None:
        """Read the tip, judge where it is new, push; None: the tip must be read again."""
        self._race.backoff.begin()
        tip = self._ledger.tip()
        seen = self._race.look(tip)
        if seen is not None and not seen.by:
            return Landed(tip, seen.events, self._race.backoff.tries)
        if seen is not None:
            self._overruled += seen.events
            self._by += seen.by
            self._race.forget()
            self._current = None
        if self._race.backoff.exhausted:
            return self._given_up("the remote never said whether it took the commit")
        if self._current is None or self._current.base != tip.commit:
            answer = self._checked(self._judge(self._ledger.view(tip)))
            if isinstance(answer, Stop):
                return Stopped(answer, self._overruled, self._by)
            self._current = self._race.commit(tip, answer)
            if self._current is None:
                return Landed(tip, (), self._race.backoff.tries)
        self._race.push(self._current)
        return None

    def _checked(self, answer: Proposal | Stop) -> Proposal | Stop:
        """Stop a claim from being carried on that someone else has ended."""
        if isinstance(answer, Proposal):
            ended = {event.draft.claim for event in self._overruled if event.draft.claim}
            if any(draft.claim in ended and draft.kind in _GOING_ON for draft in answer.drafts):
                return self._ended()
            if twice := [draft.id for draft in answer.drafts if draft.id in self._race.taken]:
                raise LedgerError(
                    f"another process has written an event with the id {twice[0]}, which was made at random"
                    " here: is this a copy of a running machine? Nothing was recorded"
                )
        return answer

    def _given_up(self, why: str) -> Decided:
        tries = self._race.backoff.tries
        if self._race.open is not None:
            return Unsure(self._race.attempts[-1].proposal.drafts, tries, why)
        return Stopped(self._ended(), self._overruled, self._by) if self._overruled else Lost(tries)

    def _ended(self) -> Stop:
        by = ", ".join(
            item.path if isinstance(item, Unreadable) else f"{item.draft.kind} {item.draft.id}"
            for item in self._by
        )
        return Stop(f"its claim was ended, or put to review, by someone else: {by}", _LOST_RACE)
