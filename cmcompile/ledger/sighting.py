"""Looking for one's own events on a tip, by their ids, and for what others made of their claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cmcompile.ledger.codec import decode
from cmcompile.ledger.paths import directory, locate
from cmcompile.model.event import Event, Unreadable
from cmcompile.model.ledger import Commit, HistoryError, LedgerStore, Tip
from cmcompile.model.transaction import Proposal

#: Kinds of events that end a claim, or put it to a person.
ENDING = frozenset({"abandoned", "not_called", "review"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """A proposal that was, or is to be, pushed.

    Attributes
    ----------
    commit
        None: it was pushed by another process, or by none.
    before
        The paths that were seen by whoever judged: nothing in them is news.
    """

    proposal: Proposal
    commit: Commit | None = None
    events: tuple[Event, ...] = ()
    before: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sighting:
    """An attempt whose events are on the tip.

    Attributes
    ----------
    ours
        Whether a commit of this transaction brought them; else somebody wrote events with the same ids.
    by
        Events of others that have ended, or put to review, a claim of it since it was judged; and files in
        the directories of its workflows that can't be read.
    """

    events: tuple[Event, ...]
    by: tuple[Event | Unreadable, ...] = ()
    ours: bool = True


def look(store: LedgerStore, tip: Tip, attempts: Iterable[Attempt]) -> Sighting | None:
    """Return the newest attempt that is on a tip; None: none of them is.

    Raises
    ------
    HistoryError
        When some events of a commit are there and some are not.
    """
    newest_first = list(attempts)[::-1]
    for attempt in newest_first:
        if attempt.commit is not None and attempt.commit.tip == tip:
            return Sighting(attempt.events)
    with_events = [attempt for attempt in newest_first if attempt.proposal.drafts]
    found = _events(store, tip, with_events) if with_events else {}
    for attempt in newest_first:
        seen = _events_seen(attempt, found) if attempt.proposal.drafts else _files_seen(store, tip, attempt)
        if seen is not None:
            ours = _is_ours(store, tip, newest_first)
            return Sighting(seen, _overruling(attempt, found), ours)
    return None


def _is_ours(store: LedgerStore, tip: Tip, attempts: list[Attempt]) -> bool:
    """Tell whether a commit of an attempt led to a tip, and not one of a twin with the same random numbers.

    What was perhaps pushed by another process, from the spool, is ours too.
    """
    commits = {attempt.commit.tip.commit for attempt in attempts if attempt.commit is not None}
    if len(commits) < len(attempts):
        return True
    bases = {attempt.commit.base for attempt in attempts if attempt.commit is not None}
    for entry in store.history(tip):
        if entry.commit in commits:
            return True
        bases.discard(entry.commit)
        if not bases:
            break
    return False


def _events_seen(attempt: Attempt, found: Mapping[str, Event | Unreadable]) -> tuple[Event, ...] | None:
    by_id = {event.draft.id: event for event in found.values() if isinstance(event, Event)}
    drafts = attempt.proposal.drafts
    seen = tuple(by_id[draft.id] for draft in drafts if draft.id in by_id)
    if 0 < len(seen) < len(drafts):
        raise HistoryError(f"of {len(drafts)} events that were written in one commit, {len(seen)} are there")
    return seen or None


def _files_seen(store: LedgerStore, tip: Tip, attempt: Attempt) -> tuple[Event, ...] | None:
    """Tell a commit without events by its files: they are there with the same bytes."""
    files = attempt.proposal.files
    there = store.files(tip, sorted({path.rpartition("/")[0] for path in files}))
    known = store.read(there[path] for path in files if path in there)
    same = all(path in there and known[there[path]] == data for path, data in files.items())
    return () if same else None


def _events(store: LedgerStore, tip: Tip, attempts: list[Attempt]) -> dict[str, Event | Unreadable]:
    """Return what stands in the directories of some attempts' subjects, and did not before any of them."""
    below = {directory(draft.subject) for attempt in attempts for draft in attempt.proposal.drafts}
    before = frozenset.intersection(*(attempt.before for attempt in attempts))
    files = {path: oid for path, oid in store.files(tip, sorted(below)).items() if path not in before}
    places = {path: locate(path) for path in files}
    events = {path: files[path] for path, found in places.items() if found is None or not found.file}
    contents = store.read(dict.fromkeys(events.values()))
    return {path: decode(path, contents[oid]) for path, oid in events.items()}


def _overruling(attempt: Attempt, found: Mapping[str, Event | Unreadable]) -> tuple[Event | Unreadable, ...]:
    own = {draft.id for draft in attempt.proposal.drafts}
    claims = {draft.claim for draft in attempt.proposal.drafts if draft.claim}
    workflows = {draft.subject for draft in attempt.proposal.drafts if draft.claim}
    news = [item for path, item in found.items() if path not in attempt.before]
    return tuple(
        item
        for item in news
        if (isinstance(item, Unreadable) and item.subject in workflows)
        or (
            isinstance(item, Event)
            and item.draft.claim in claims
            and item.draft.kind in ENDING
            and item.draft.id not in own
        )
    )
