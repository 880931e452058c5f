"""Where the events of a proposal go on a tip: their numbers, their paths, and the files beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmcompile.ledger.codec import encode
from cmcompile.ledger.paths import directory, event_path, locate
from cmcompile.model.event import Draft, Event, Subject
from cmcompile.model.ledger import LedgerError, LedgerStore, Tip
from cmcompile.model.transaction import Proposal

#: All other files of the branch are written once and never again.
REPLACED = frozenset({"README.md", "status.json", "history.csv", "told.json"})


class MisplacedError(LedgerError):
    """A proposal that no tip could take: a mistake in the program that made it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A proposal with its places on one tip.

    Attributes
    ----------
    files
        What the commit adds; files that are there already with the same bytes are left out.
    before
        The paths that stood in the directories of the events before.
    """

    events: tuple[Event, ...]
    files: Mapping[str, bytes]
    before: frozenset[str]


def place(store: LedgerStore, tip: Tip, proposal: Proposal) -> Placed:
    """Give each event the next free number of its subject's directory on a tip.

    Raises
    ------
    MisplacedError
        When a file would replace another, or can't stand where it is to be; when an event can't be written.
    """
    if not proposal.drafts and not proposal.files:
        raise MisplacedError("a proposal holds nothing")
    try:
        directories = {draft.subject: directory(draft.subject) for draft in proposal.drafts}
        data = [encode(draft) for draft in proposal.drafts]
    except ValueError as error:
        raise MisplacedError(str(error)) from error
    if len({draft.id for draft in proposal.drafts}) != len(data):
        raise MisplacedError("two events of a proposal have the same id")
    new = {path: content for path, content in proposal.files.items() if path not in REPLACED}
    parents = {path.rpartition("/")[0] for path in new}
    there = store.files(tip, sorted({*directories.values(), *parents}))
    events = _numbered(proposal.drafts, there)
    files = {
        event_path(event.subject, event.number, event.draft.kind): content
        for event, content in zip(events, data, strict=True)
    }
    files |= {path: content for path, content in proposal.files.items() if path in REPLACED}
    files |= _added(store, new, there)
    return Placed(events, files, frozenset(there))


def _numbered(drafts: tuple[Draft, ...], there: Mapping[str, str]) -> tuple[Event, ...]:
    highest: dict[Subject, int] = {}
    for path in there:
        found = locate(path)
        if found is not None and found.subject is not None:
            highest[found.subject] = max(found.number, highest.get(found.subject, 0))
    events = []
    for draft in drafts:
        number = highest[draft.subject] = highest.get(draft.subject, 0) + 1
        events.append(Event(number, draft))
    return tuple(events)


def _added(store: LedgerStore, new: Mapping[str, bytes], there: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files that are not there yet; those that are must have the same bytes."""
    for path in new:
        found = locate(path)
        if found is None or found.number:
            raise MisplacedError(f"{path} is no place for a file beside events")
    known = store.read([there[path] for path in new if path in there])
    for path, content in new.items():
        if path in there and known[there[path]] != content:
            raise MisplacedError(f"{path} is in the ledger with other bytes, and is never replaced")
    return {path: content for path, content in new.items() if path not in there}
