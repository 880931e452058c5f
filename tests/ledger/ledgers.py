"""Ledgers to write to in tests: events by hand, a clock that only waiting moves, writers with bad luck."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random

from event_samples import AT, PROCESS, SPEC, WMS

from cmcompile.ledger.backoff import Patience
from cmcompile.ledger.book import Ledger
from cmcompile.ledger.cache import Cache
from cmcompile.ledger.codec import decode, encode
from cmcompile.ledger.memory_store import MemoryRemote, MemoryStore
from cmcompile.ledger.paths import directory, event_path, locate
from cmcompile.ledger.spool import Spool
from cmcompile.ledger.view import View
from cmcompile.model import event as e
from cmcompile.model.ledger import LedgerStore
from cmcompile.model.transaction import Proposal, Stop
from cmcompile.state.fold import LedgerFolding


class StillClock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 8, tzinfo=UTC)
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += timedelta(seconds=seconds)


def new_id() -> str:
    return secrets.token_hex(8)


def ledger_on(
    remote: MemoryRemote,
    *,
    store: LedgerStore | None = None,
    seed: int = 1,
    cache: Cache | None = None,
    spool: Spool | None = None,
    patience: Patience | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Ledger:
    """Return a clone of a remote in memory, with everything around it."""
    store = MemoryStore(remote, "c") if store is None else store
    return Ledger(store, LedgerFolding(), StillClock(), Random(seed), cache, spool, patience, tell)


def begin(remote: MemoryRemote) -> None:
    """Give a remote the first commit of a ledger."""
    store = MemoryStore(remote, "c")
    store.push(store.commit(None, {"ledger.json": b'{"format": 1}\n'}, "A ledger"))


def draft(subject: e.Subject, body: e.Body, claim: str = "", decision: str = "") -> e.Draft:
    return e.Draft(subject, new_id(), AT, "ci", body, claim, decision=decision)


def workflow(group: str, number: int = 0, step: str = "step1") -> e.Subject:
    return e.Subject(step, group, f"w{number:02d}")


def claim_of(subject: e.Subject, claim: str | None = None) -> e.Draft:
    claim = claim or new_id()
    run = f"u/{subject.group}/{subject.workflow}-{claim[:6]}"
    body = e.Claimed(run.replace("/", "_"), f"u_{subject.group}_w", run, "/x", WMS, "ab", SPEC, PROCESS)
    return draft(subject, body, claim)


def gate_of(claimed: e.Draft) -> e.Draft:
    assert isinstance(claimed.body, e.Claimed)
    body = e.Submitting(claimed.body.run_name, WMS, "ab", "cd", PROCESS, 124)
    return draft(claimed.subject, body, claimed.claim)


def proposal(*drafts: e.Draft, **files: bytes) -> Proposal:
    return Proposal(drafts, files, "Some events")


def claiming(group: str) -> Callable[[View], Proposal | Stop]:
    """Return a judge that claims a group that is free, with new ids each time."""

    def judge(view: View) -> Proposal | Stop:
        record = view.state.groups.get(("step1", group))
        if record is not None and record.live:
            return Stop(f"{record.live[0]} is live", 4)
        number = 0 if record is None else len(record.workflows)
        return proposal(claim_of(workflow(group, number)))

    return judge


def write(ledger: Ledger, *drafts: e.Draft) -> None:
    """Append events as another program would: no judging, no looking."""
    store = ledger.store
    tip = store.tip()
    assert tip is not None
    there = list(store.files(tip))
    files: dict[str, bytes] = {}
    for item in drafts:
        below = directory(item.subject)
        number = 1 + sum(path.startswith(f"{below}/0") for path in [*there, *files])
        files[event_path(item.subject, number, item.kind)] = encode(item)
    store.push(store.commit(tip, files, "Written by another"))


def write_files(ledger: Ledger, files: dict[str, bytes]) -> None:
    """Put any files on the branch."""
    store = ledger.store
    store.push(store.commit(store.tip(), files, "By hand"))


def events_on(store: LedgerStore) -> list[e.Event]:
    """Return all events on the tip, read from nothing."""
    tip = store.tip()
    assert tip is not None
    files = store.files(tip)
    places = {path: locate(path) for path in files}
    paths = [path for path, place in places.items() if place is not None and place.number]
    found = store.read(files[path] for path in paths)
    events = [decode(path, found[files[path]]) for path in paths]
    return [event for event in events if isinstance(event, e.Event)]


def ids_on(remote: MemoryRemote) -> list[str]:
    """Return the ids of all events on the tip of a remote, sorted, doubles too."""
    return sorted(event.draft.id for event in events_on(MemoryStore(remote, "c")))


def ids_of(drafts: Iterable[e.Draft]) -> list[str]:
    return sorted(draft.id for draft in drafts)
