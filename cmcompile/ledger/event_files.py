"""Which of many files are events: `locate`, asked once for each directory and for each name of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cmcompile.ledger.paths import Located, locate
from cmcompile.model.event import Subject

#: The name of an event, whichever.
_EVENT = "0001-event.json"

_Names: TypeAlias = dict[str, tuple[int, str] | None]


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory with the events of one subject.

    Attributes
    ----------
    files
        The path, id, number and kind of each event, in the order of the paths.
    """

    path: str
    subject: Subject
    files: list[tuple[str, str, int, str]] = field(default_factory=list)


def event_files(files: Mapping[str, str]) -> tuple[list[Directory], list[str]]:
    """Return the directories with events, and the foreign paths, each in order; other files are left out.

    Parameters
    ----------
    files
        Ids by path.
    """
    found: list[Directory] = []
    foreign: list[str] = []
    sorts: dict[object, _Names] = {}
    names: _Names = {}
    former: str | None = None
    subject: Subject | None = None
    here: Directory | None = None
    for path in sorted(files):
        directory, _, name = path.rpartition("/")
        if directory != former:
            former, here = directory, None
            place = locate(f"{directory}/{_EVENT}")
            subject = None if place is None else place.subject
            names = {} if place is None else sorts.setdefault(_sort(place), {})
        if name not in names:
            names[name] = _event(path)
        event = names[name]
        if event is None:
            foreign.append(path)
        elif event[1] and subject is not None:
            if here is None:
                here = Directory(directory, subject)
                found.append(here)
            here.files.append((path, files[path], *event))
    return found, foreign


def _sort(place: Located) -> tuple[bool, bool, bool]:
    """Return what tells directories apart in which the same names mean other things."""
    subject = place.subject
    return (
        bool(place.file),
        subject is None or subject.group is None,
        subject is None or subject.workflow is None,
    )


def _event(path: str) -> tuple[int, str] | None:
    """Return number and kind of an event, zero and nothing for another file, None for a foreign one."""
    place = locate(path)
    return None if place is None else (place.number, place.kind)
