"""Which field of another system becomes what here: tables that readers, tests and docs share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cmcompile.imports.imported import Fate, Note

#: As many digits as any system counts with.
_WHOLE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of another system.

    Attributes
    ----------
    key
        Its name.
    here
        What it becomes, such as ``bps.project``; empty where it has no place here.
    why
        Why it has none, or what is to be known of it.
    """

    key: str
    here: str = ""
    why: str = ""

    @property
    def said(self) -> str:
        """What is said of it: where it went, or why nowhere."""
        return f"{self.here}; {self.why}" if self.here and self.why else self.here or self.why


@dataclass(frozen=True, slots=True)
class Table:
    """The fields of one kind of mapping, such as the data of a spec block.

    Attributes
    ----------
    about
        What the mapping is, as the heading of its table.
    """

    about: str
    fields: tuple[Field, ...]

    def find(self, key: str) -> Field | None:
        """Return the field of a name, or None."""
        return next((f for f in self.fields if f.key == key), None)

    def notes(self, given: Iterable[str], subject: str) -> Iterator[Note]:
        """Yield what is to be said of each field that a source has; an unknown one too.

        Parameters
        ----------
        subject
            What the fields belong to.
        """
        for key in given:
            yield self.note(key, subject)

    def note(self, key: str, subject: str) -> Note:
        """Return what is to be said of a field."""
        name = f"{subject}: {key}" if subject else key
        found = self.find(key)
        if found is None:
            return Note(Fate.LEFT, name, f"not a field of {self.about} that is known{self._nearest(key)}")
        return Note(Fate.MAPPED if found.here else Fate.LEFT, name, found.said)

    def _nearest(self, key: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(key, [f.key for f in self.fields], n=1)
        return f"; did they mean {near[0]}?" if near else ""


def text_of(value: object) -> str:
    """Return a value of another system as text; nothing is an empty one."""
    return "" if value is None else str(value)


def whole(text: str) -> int | None:
    """Return a text as a whole number without a sign; None where it is none."""
    return int(text) if _WHOLE.fullmatch(text) else None


def mapping_of(value: object) -> dict[str, Any]:
    """Return a value as a mapping of texts; anything else is an empty one."""
    return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else {}


def list_of(value: object) -> list[object]:
    """Return a value as a list: nothing is an empty one, one thing a list of it."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
