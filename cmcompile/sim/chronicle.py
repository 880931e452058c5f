"""The ledger of a run, looked back upon: what landed when, what was lost, what was altered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cmcompile.ledger.codec import decode
from cmcompile.ledger.paths import locate
from cmcompile.ledger.placing import REPLACED
from cmcompile.model.event import Event, Submitting
from cmcompile.model.ledger import LedgerStore, Tip
from cmcompile.model.states import LedgerState
from cmcompile.sim.journal import Stood
from cmcompile.state.fold import fold


@dataclass(frozen=True, slots=True)
class Written:
    """An event on the branch.

    Attributes
    ----------
    at
        When it landed, in seconds of the world.
    lost
        When the branch was set back behind it; None: it never was.
    """

    at: float
    path: str
    event: Event
    lost: float | None = None


@dataclass
class Chronicle:
    """All events that ever landed, in the order of time.

    Attributes
    ----------
    altered
        Paths of files that were changed, or removed though the branch was not set back.
    """

    written: list[Written] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    rewinds: list[float] = field(default_factory=list)

    @cached_property
    def gates(self) -> Mapping[str, Written]:
        """The gates by id, each as it landed first."""
        found: dict[str, Written] = {}
        for one in self.written:
            if isinstance(one.event.draft.body, Submitting):
                found.setdefault(one.event.draft.id, one)
        return found

    def events(self, at: float) -> Iterator[Event]:
        """Return the events that stood on the branch at a time."""
        for one in self.written:
            if one.at <= at and (one.lost is None or one.lost > at):
                yield one.event

    def state(self, at: float) -> LedgerState:
        """Return what the ledger said at a time."""
        return fold(self.events(at))


def chronicle(store: LedgerStore, tips: list[Stood]) -> Chronicle:
    """Look back upon the tips at which the branch stood."""
    found = Chronicle()
    before: Mapping[str, str] = {}
    stands: dict[str, int] = {}
    for number, stood in enumerate(tips):
        files = store.files(stood.tip)
        if number and not _follows(store, stood.tip, tips[number - 1].tip):
            found.rewinds.append(stood.at)
            for path in [path for path in stands if path not in files or files[path] != before.get(path)]:
                at = stands.pop(path)
                one = found.written[at]
                found.written[at] = Written(one.at, one.path, one.event, stood.at)
        else:
            found.altered += [
                path for path, oid in before.items() if files.get(path) != oid and path not in REPLACED
            ]
        _add(found, store, stood.at, {p: oid for p, oid in files.items() if before.get(p) != oid}, stands)
        before = files
    return found


def _add(
    found: Chronicle, store: LedgerStore, at: float, files: Mapping[str, str], stands: dict[str, int]
) -> None:
    events = {}
    for path, oid in files.items():
        place = locate(path)
        if place is not None and place.number:
            events[path] = oid
    data = store.read(dict.fromkeys(events.values()))
    for path, oid in events.items():
        event = decode(path, data[oid])
        if isinstance(event, Event):
            stands[path] = len(found.written)
            found.written.append(Written(at, path, event))


def _follows(store: LedgerStore, tip: Tip, former: Tip) -> bool:
    """Tell whether a tip was reached from another one by adding commits."""
    return any(entry.commit == former.commit for entry in store.history(tip))
