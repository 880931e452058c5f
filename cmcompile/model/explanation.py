"""Why a group has the values it has: who set each, where, and what that hid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cmcompile.model.source import Span

#: What a layer did: ``cut`` is the work of a split, ``chosen`` of a ``site`` or ``environment``, ``excluded``
#: of ``exclude``.
How: TypeAlias = Literal["set", "appended", "deleted", "cut", "chosen", "excluded"]
Kind: TypeAlias = Literal["value", "list", "mapping", "deleted"]

BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Setting:
    """What one layer said of a value.

    Attributes
    ----------
    layer
        A name a person knows; ``built-in`` for what no spec says.
    span
        Where it is written; None for a built-in value.
    value
        As it is for the group; of appended items or text only what was appended; None when deleted.
    written
        The text with its ``${{ }}``; empty where it holds none.
    because
        The reason that the layer gives.
    """

    how: How
    layer: str
    span: Span | None
    value: object = None
    written: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one value of a group is what it is.

    Attributes
    ----------
    key
        What was asked: ``payload.sw_image``, ``vars.release``; of a name in a text that name; empty
        of a clause without name, and of the whole document.
    value
        The value for the group: plain values, lists and dicts.
    settings
        The one that holds first, then what it hid (or appended to), newest first.
    parts
        Items of a list, entries of a mapping, clauses of a ``where``.
    names
        The names that the text as written uses, in order.
    notes
        Further sentences, without a full stop.
    fault
        Why there is no value; empty where there is one.
    """

    key: str
    kind: Kind
    value: object
    settings: tuple[Setting, ...] = ()
    parts: tuple[Explanation, ...] = ()
    names: tuple[Explanation, ...] = ()
    notes: tuple[str, ...] = ()
    fault: str = ""

    def walk(self) -> Iterator[Explanation]:
        """Yield this and all below it, names of texts left out."""
        yield self
        for part in self.parts:
            yield from part.walk()
