"""What values say, apart from where they are written: equal content, equal results."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from hashlib import sha256

from cmcompile.model.source import Mapping, Scalar, Sequence, Span


class Content:
    """Turns values into plain tuples, of which equal ones mean equal values.

    Lines and columns are left out, so that an edit above a value does not change it. Which places are the
    same place stays, as does the file: a clause that an alias repeats counts once, and an include is looked
    for beside the file that names it.
    """

    def __init__(self) -> None:
        self._places: dict[Span, int] = {}

    def of(self, value: object) -> object:
        """Return the content of a value: of plain values, nodes, dataclasses, and collections.

        Raises
        ------
        TypeError
            When the value is something else.
        """
        if value is None or isinstance(value, str | int | float):
            return value
        if isinstance(value, Span):
            return ("at", self._places.setdefault(value, len(self._places)), value.file)
        if isinstance(value, Scalar):
            return ("scalar", value.value, self.of(value.span))
        if isinstance(value, Sequence):
            return ("list", self.of(value.items), self.of(value.span))
        if isinstance(value, Mapping):
            return ("map", tuple((e.key, self.of(e.value)) for e in value), self.of(value.span))
        if isinstance(value, tuple | list):
            return tuple(map(self.of, value))
        if isinstance(value, dict):
            return ("dict", tuple((self.of(k), self.of(v)) for k, v in value.items()))
        if is_dataclass(value) and not isinstance(value, type):
            named = ((f.name, self.of(getattr(value, f.name))) for f in fields(value))
            return (type(value).__name__, *named)
        raise TypeError(f"{type(value).__name__} has no content that can be compared")


def text_of(value: object) -> str:
    """Return the content of a value as a text."""
    return repr(Content().of(value))


def digest_of(value: object) -> str:
    """Return a digest of the content of a value."""
    return sha256(text_of(value).encode("utf-8", "surrogatepass")).hexdigest()
