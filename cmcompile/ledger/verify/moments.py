"""What the ledger said at the moment of each claim, found in one walk over the events."""

from __future__ import annotations

from cmcompile.ledger.verify.values import Content, Recorded
from cmcompile.model.event import (
    Abandoned,
    Claimed,
    Event,
    NotCalled,
    PrepareFailed,
    SpecRef,
    Superseded,
)
from cmcompile.model.ports import Folding
from cmcompile.model.states import GroupRecord, LedgerState

#: What frees a group that was claimed, so that the compiler may cut it anew.
_FREES = (Superseded, Abandoned, NotCalled, PrepareFailed)


class Moments:
    """Goes from claim to claim in the order of recording, never back."""

    def __init__(self, content: Content, folding: Folding) -> None:
        self._folding = folding
        self._order = sorted((e for events in content.events.values() for e in events), key=lambda e: e.key)
        self._at = 0
        self._events: dict[tuple[str, str], list[Event]] = {}
        self._records: dict[tuple[str, str], GroupRecord] = {}
        self._stale: set[tuple[str, str]] = set()
        self._spec: SpecRef | None = None
        self.epoch = 0

    def go_to(self, key: tuple[int, str]) -> None:
        """Take in all that was recorded before a moment.

        ``epoch`` then tells whether anything but claims of one and the same spec came since. Within an epoch
        a spec compiles to the same bytes at every moment: what it made itself, it makes again when pinned.
        """
        while self._at < len(self._order) and self._order[self._at].key < key:
            self._take(self._order[self._at])
            self._at += 1

    def _take(self, recorded: Recorded) -> None:
        subject, body = recorded.event.subject, recorded.event.draft.body
        if subject.group is None:
            return
        if isinstance(body, Claimed):
            self.epoch += self._spec != body.spec
            self._spec = body.spec
        elif isinstance(body, _FREES):
            self.epoch += 1
        group = (subject.step, subject.group)
        self._events.setdefault(group, []).append(recorded.event)
        self._stale.add(group)

    def state(self) -> LedgerState:
        """Return the state at this moment."""
        for group in self._stale:
            self._records[group] = self._folding.group(*group, self._events[group], ())
        self._stale.clear()
        return self._folding.assemble(self._records.values(), (), ())
