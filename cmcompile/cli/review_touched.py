"""Which campaigns an edit touches: those that are made from a file that it changes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place
from cmcompile.cli.overlaps import FOLDER
from cmcompile.cli.review_sides import Sides
from cmcompile.model.errors import InputError, SourceError
from cmcompile.model.ports import files_below
from cmcompile.model.review import Change

if TYPE_CHECKING:
    from cmcompile.model.ports import Sources

#: A campaign whose spec file is like one that went away in so many of its lines was renamed.
_ALIKE = 0.6
#: What a spec file says that names files which only compiling reads: include files, payload files of jobs.
_INCLUDES = (b"includeConfigs", b"engine")


@dataclass(frozen=True, slots=True)
class Touched:
    """A campaign that an edit touches: where it is on both sides, and which of its files changed."""

    name: str
    change: Change
    before: Place | None
    after: Place | None
    files: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """Its name, and the former one."""
        return frozenset({self.name, *([] if self.before is None else [self.before.name])})


@dataclass(slots=True)
class Recording:
    """Sources that remember what was asked for, whether it was there or not; implements ``Sources``."""

    files: Sources
    asked: set[str] = field(default_factory=set)
    includes: bool = False
    folders: set[str] = field(default_factory=set)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            As the sources.
        """
        self.asked.add(posixpath.normpath(path))
        data = self.files.read(path)
        self.includes = self.includes or any(word in data for word in _INCLUDES)
        return data

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file inside the repository."""
        self.asked.add(posixpath.normpath(path))
        return self.files.exists(path)

    def below(self, path: str) -> tuple[str, ...]:
        """Return the files below a folder; see ``Folders``."""
        self.folders.add(posixpath.normpath(path))
        return files_below(self.files, path)


def touched(sides: Sides, names: tuple[str, ...]) -> list[Touched]:
    """Return the campaigns that an edit touches, by name.

    What a campaign is made from at the head is enough to tell: where all of that is as it was, nothing else
    was read at the base either.

    Parameters
    ----------
    names
        Only these; empty: all.
    """
    wanted = frozenset(names)
    return [one for one in _touched(sides) if not wanted or one.names & wanted]


def _touched(sides: Sides) -> Iterator[Touched]:
    changed = frozenset(sides.changed)
    gone = {n: p for n, p in sides.before.items() if n not in sides.after}
    for name in sorted({*sides.before, *sides.after}):
        after = sides.after.get(name)
        if after is None:
            continue
        files = _changed(sides, _read(sides, after, changed), changed)
        if name in sides.before:
            if files:
                yield Touched(name, Change.CHANGED, sides.before[name], after, files)
            continue
        former = _former(sides, after, gone)
        if former is not None:
            del gone[former.name]
        yield Touched(name, Change.RENAMED if former else Change.ADDED, former, after, files)
    for name, before in gone.items():
        yield Touched(name, Change.REMOVED, before, None, (before.path,))


def _read(sides: Sides, place: Place, changed: frozenset[str]) -> set[str]:
    """Return what a campaign is made from, as far as an edit may have changed it."""
    from cmcompile.cli.campaigns import compiled
    from cmcompile.spec.decisions import decisions_path
    from cmcompile.spec.load import load

    recording = Recording(sides.head)
    spec, _ = load(recording, place.path)
    folder = posixpath.dirname(place.path)
    overlaps = {path for path in changed if path.startswith(f"{folder}/{FOLDER}/")}
    found = recording.asked | {decisions_path(place.path)} | overlaps
    if spec is not None and recording.includes and changed and not found & changed:
        with suppress(InputError):
            compiled(place, recording)
        found |= recording.asked
    # A file that is new, or gone, changes what a folder holds.
    return found | {path for path in changed for folder in recording.folders if path.startswith(f"{folder}/")}


def _changed(sides: Sides, read: set[str], changed: frozenset[str]) -> tuple[str, ...]:
    """Return which of some files the edit changes, also by way of a link that leads to one."""
    linked = {path for path in read - changed if _is_linked(path, sides.links)}
    differ = {path for path in linked if _bytes(sides.base, path) != _bytes(sides.head, path)}
    return tuple(sorted((read & changed) | differ))


def _is_linked(path: str, links: frozenset[str]) -> bool:
    """Tell whether a path, or a folder on the way to it, is a symbolic link."""
    return bool(links) and any(head in links for head in accumulate(path.split("/"), "{}/{}".format))


def _bytes(sources: Sources, path: str) -> bytes | None:
    try:
        return sources.read(path)
    except SourceError:
        return None


def _former(sides: Sides, place: Place, gone: dict[str, Place]) -> Place | None:
    """Return the campaign that went away and that this one is like; None: it is new."""
    text = _lines(sides.head, place.path)
    alike = {name: _likeness(text, _lines(sides.base, before.path)) for name, before in gone.items()}
    best = max(alike, key=lambda name: alike[name], default="")
    return gone[best] if best and alike[best] >= _ALIKE else None


def _likeness(one: list[str], other: list[str]) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _lines(sources: Sources, path: str) -> list[str]:
    return (_bytes(sources, path) or b"").decode("utf-8", errors="replace").splitlines()
