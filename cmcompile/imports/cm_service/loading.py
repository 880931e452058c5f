"""Files of cm-service as entries: what kind each is, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.cm_service.settings import Settings
from cmcompile.imports.foreign import ForeignError, documents
from cmcompile.imports.imported import Note
from cmcompile.imports.tree import mapped

#: Kinds of the second generation; those of the first are keys of a mapping.
MANIFEST = "kind"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a file.

    Attributes
    ----------
    kind
        Such as ``SpecBlock``, ``Campaign``, ``step``.
    body
        What it says; settings are marks in it.
    """

    kind: str
    body: dict[str, Any]
    file: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The entries of all files, in order.

    Attributes
    ----------
    manifests
        Whether they are manifests of the second generation.
    """

    entries: tuple[Entry, ...]
    manifests: bool
    notes: tuple[Note, ...] = field(default=())

    def of(self, kind: str) -> list[Entry]:
        """Return the entries of a kind."""
        return [entry for entry in self.entries if entry.kind == kind]


def imports_of(path: str, data: bytes) -> list[str]:
    """Return the files that a file imports, as written."""
    found: list[str] = []
    for body in _bodies(path, data)[0]:
        listed = body.get("Imports")
        found += [str(name) for name in listed] if isinstance(listed, list) else []
    return found


def load(sources: Mapping[str, bytes], settings: Settings) -> Loaded:
    """Return the entries of some files.

    Raises
    ------
    ForeignError
        When one can't be read, or they are of both generations.
    """
    entries: list[Entry] = []
    notes: list[Note] = []
    for path, data in sources.items():
        bodies, said = _bodies(path, data)
        notes += said
        for body in bodies:
            made = _entries(path, mapped(body, settings.marked))
            entries += made
            for entry in made:
                if entry.kind == "Campaign":
                    mapped(entry.body, settings.lack)
    generations = {entry.kind[:1].islower() for entry in entries}
    if len(generations) > 1:
        raise ForeignError("these files are spec blocks and manifests: import one generation at a time")
    return Loaded(tuple(entries), generations == {True}, tuple(notes))


def _bodies(path: str, data: bytes) -> tuple[list[dict[str, Any]], tuple[Note, ...]]:
    found, notes = documents(path, data)
    bodies: list[dict[str, Any]] = []
    for document in found:
        for body in document if isinstance(document, list) else [document]:
            if not isinstance(body, dict):
                raise ForeignError(f"{path}: an entry is a mapping, this is {body!r:.40}")
            bodies.append(body)
    return bodies, notes


def _entries(path: str, body: dict[str, Any]) -> list[Entry]:
    if MANIFEST in body:
        return [Entry(str(body[MANIFEST]), body, path)]
    found = []
    for kind, inner in body.items():
        if kind == "Imports":
            continue
        if not isinstance(inner, dict):
            raise ForeignError(f"{path}: {kind} is a mapping")
        found.append(Entry(str(kind), inner, path))
    return found
