"""What an import comes to: the text of a spec, the files beside it, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cmcompile.imports.text import spec_text


class Fate(Enum):
    """What became of a part of the source, the most important first."""

    TO_DO = "to do"
    DEFECT = "defect"
    DIFFERENT = "different"
    LEFT = "not mapped"
    MAPPED = "mapped"


#: What each of them means, for people.
ABOUT = {
    Fate.TO_DO: "a person has to add or decide something",
    Fate.DEFECT: "the source, or what reads it, is wrong: it was not copied",
    Fate.DIFFERENT: "it is there, but comes to something else than in the source",
    Fate.LEFT: "it has no place here",
    Fate.MAPPED: "it is there",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to be said of an import.

    Attributes
    ----------
    subject
        The part of the source: a field, a step, a file.
    text
        What became of it, and why.
    """

    fate: Fate
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A campaign as an import makes it.

    Attributes
    ----------
    name
        The name of the campaign.
    tree
        What its ``campaign.yaml`` says.
    files
        What stands beside it, by the path from its folder.
    compared
        Files of the source that were held against those that the campaign gives.
    samples
        Rows for lists that nobody can ask for, so that the rest can be checked before they are filled.
    """

    name: str
    tree: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    samples: Mapping[str, bytes] = field(default_factory=dict)
    compared: int = 0

    @property
    def spec(self) -> str:
        """The text of its ``campaign.yaml``."""
        return spec_text(self.tree)


def few(texts: Sequence[str], most: int) -> str:
    """Return the first of some texts, and how many more there are."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def in_order(notes: Sequence[Note]) -> list[Note]:
    """Return notes once each, the most important first, else in their order."""
    rank = {fate: number for number, fate in enumerate(Fate)}
    return sorted(dict.fromkeys(notes), key=lambda note: rank[note.fate])
