"""The one order in which events are folded, whatever order they come in."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.model.event import Draft, Event, Unreadable


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events by number, then by id, each once.

    A fact whose push was not answered may be recorded a second time under a later number: the first counts.
    Events that have one id and say different things are all kept: none may hide another.
    """
    found = sorted(events, key=_place)
    if len({event.draft.id for event in found}) == len(found):
        return found
    found.sort(key=_full_place)
    kept: list[Event] = []
    known: dict[str, list[Draft]] = {}
    for event in found:
        same = known.setdefault(event.draft.id, [])
        if event.draft not in same:
            same.append(event.draft)
            kept.append(event)
    return kept


def _place(event: Event) -> tuple[int, str]:
    return event.number, event.draft.id


def _full_place(event: Event) -> tuple[int, str, str, str]:
    return event.number, event.draft.id, event.draft.kind, repr(event.draft)


def files_in_order(files: Iterable[Unreadable]) -> list[Unreadable]:
    """Return files that can't be read by path."""
    return sorted(files, key=lambda file: (file.path, file.why, str(file.subject)))
