"""Frozen dataclasses as columns of JSON values, and back, at the speed of loops that run in C.

Rebuilding 35,000 records one after the other takes as long as reading the ledger anew. Here each field of all
records is one column; equal values stand once. What a column holds follows from the type hints of the
dataclass, so a field that is added needs no word here.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cached_property
from itertools import accumulate, chain, islice, repeat
from operator import attrgetter, itemgetter
from typing import Any, Protocol, TypeAlias, Union, get_args, get_origin, get_type_hints

#: What JSON holds.
Packed: TypeAlias = Any

_SCALARS = frozenset({str, int, bool, types.NoneType})
#: How a column is written: one value that all are; a few values, and which of them each is, by letters or by
#: numbers; many values; many texts as one. One text is written and read ten times as fast as a list.
_CONSTANT, _LETTERS, _NUMBERS, _MANY, _JOINED = range(5)
_ALPHABET = bytes(range(ord("#"), ord("Z") + 1)) + bytes(range(ord("a"), ord("z") + 1))
_TO_LETTERS = _ALPHABET.ljust(256, b" ")
_FROM_LETTERS = bytes(place if (place := _ALPHABET.find(at)) >= 0 else 255 for at in range(256))
_SEPARATORS = "|~;, "
_SOME = 64


class Column(Protocol):
    """The values of one field, or one type, of many records."""

    def pack(self, values: Sequence[Any]) -> Packed:
        """Return JSON values."""

    def unpack(self, packed: Packed, count: int) -> list[Any]:
        """Return the values again, ``count`` of them.

        Raises
        ------
        ValueError, TypeError, LookupError
            When this can't have been packed.
        """


def column_of(hint: Any) -> Column:
    """Return the column for a type.

    Raises
    ------
    TypeError
        When the type is none that frozen values are made of.
    """
    origin, args = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return _Plain(hint is str)
    if origin in (Union, types.UnionType):
        return _union(args)
    if origin is tuple and len(args) == 2 and args[1] is not Ellipsis:
        return _Pair(*map(column_of, args))
    if (origin is tuple and len(args) == 2) or origin is frozenset:
        return _Several(origin, column_of(args[0]))
    if origin is dict and args[0] is str:
        return _Dict(column_of(args[1]))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _Member(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _Record(hint)
    raise TypeError(f"{hint} has no column")


def layout(hint: Any) -> str:
    """Return a text that differs when a type is packed otherwise: all names and types of fields."""
    found: dict[type, str] = {}
    _lay_out(hint, found)
    return "\n".join(found.values())


def _lay_out(hint: Any, found: dict[type, str]) -> None:
    for arg in get_args(hint):
        _lay_out(arg, found)
    if not isinstance(hint, type) or hint in found:
        return
    if issubclass(hint, Enum):
        found[hint] = f"{hint.__name__}: {[m.value for m in hint]}"
    elif is_dataclass(hint):
        hints = get_type_hints(hint)
        found[hint] = f"{hint.__name__}: {hints}"
        for inner in hints.values():
            _lay_out(inner, found)


def _union(args: tuple[Any, ...]) -> Column:
    inner = [arg for arg in args if arg is not types.NoneType]
    if len(inner) > 1 and _SCALARS.issuperset(inner):
        return _Plain(mixed=True)
    if len(inner) != 1:
        raise TypeError(f"a union of {args} has no column")
    return _Optional(column_of(inner[0]))


class _Plain:
    """Texts, numbers, truth values and None.

    Parameters
    ----------
    texts
        Whether all are texts.
    mixed
        Whether they may be of several types: 1 and True are equal and must stay apart.
    """

    def __init__(self, texts: bool = False, *, mixed: bool = False) -> None:
        self._texts, self._mixed = texts, mixed

    def pack(self, values: Sequence[Any]) -> Packed:
        keys = list(zip(map(type, values), values, strict=True)) if self._mixed else values
        if not _all_differ(keys):
            known = dict.fromkeys(keys)
            if len(known) == 1:
                return [_CONSTANT, values[0]]
            if 2 * len(known) < len(values):
                table = [key[1] for key in known] if self._mixed else list(known)
                places = map(dict(zip(known, range(len(known)), strict=True)).__getitem__, keys)
                if len(table) <= len(_ALPHABET):
                    return [_LETTERS, table, bytes(places).translate(_TO_LETTERS).decode("ascii")]
                return [_NUMBERS, table, list(places)]
        if self._texts:
            for separator in _SEPARATORS:
                joined = separator.join(values)
                if joined.count(separator) == len(values) - 1:
                    return [_JOINED, separator, joined]
        return [_MANY, list(values)]

    def unpack(self, packed: Packed, count: int) -> list[Any]:
        match packed:
            case [0, value]:
                return [value] * count
            case [1, table, str(letters)]:
                return list(map(table.__getitem__, letters.encode("ascii").translate(_FROM_LETTERS)))
            case [2, table, places]:
                return list(map(table.__getitem__, places))
            case [3, [*values]]:
                return values
            case [4, str(separator), str(joined)]:
                return joined.split(separator)
        raise ValueError("not a column")


class _Member:
    """Members of an enumeration, by value."""

    def __init__(self, kind: type[Enum]) -> None:
        self._plain = _Plain()
        self._members = {member.value: member for member in kind}
        self._values = {member: value for value, member in self._members.items()}

    def pack(self, values: Sequence[Any]) -> Packed:
        return self._plain.pack(list(map(self._values.__getitem__, values)))

    def unpack(self, packed: Packed, count: int) -> list[Any]:
        return list(map(self._members.__getitem__, self._plain.unpack(packed, count)))


class _Optional:
    """Values that may be None."""

    def __init__(self, inner: Column) -> None:
        self._inner = inner
        self._there = _Plain()

    def pack(self, values: Sequence[Any]) -> Packed:
        there = [value is not None for value in values]
        return [self._there.pack(there), self._inner.pack([v for v in values if v is not None])]

    def unpack(self, packed: Packed, count: int) -> list[Any]:
        there = self._there.unpack(packed[0], count)
        values = self._inner.unpack(packed[1], sum(there))
        if len(values) == count:
            return values
        if not values:
            return [None] * count
        rest = iter(values)
        return [next(rest) if here else None for here in there]


class _Several:
    """Tuples of any length, and frozen sets: their lengths, and all their values in a row."""

    def __init__(self, make: type[Any], inner: Column) -> None:
        self._make, self._inner = make, inner
        self._lengths = _Plain()

    def pack(self, values: Sequence[Any]) -> Packed:
        lengths = list(map(len, values))
        return [self._lengths.pack(lengths), self._inner.pack(list(chain.from_iterable(values)))]

    def unpack(self, packed: Packed, count: int) -> list[Any]:
        lengths = self._lengths.unpack(packed[0], count)
        rest = self._inner.unpack(packed[1], sum(lengths))
        return list(map(self._make, _cut(rest, lengths)))


class _Dict:
    """Dictionaries with texts as keys, in their order."""

    def __init__(self, inner: Column) -> None:
        self._inner = inner
        self._plain = _Plain()

    def pack(self, values: Sequence[Any]) -> Packed:
        lengths = self._plain.pack(list(map(len, values)))
        keys = self._plain.pack(list(chain.from_iterable(values)))
        inner = list(chain.from_iterable(map(dict.values, values)))
        return [lengths, keys, self._inner.pack(inner)]

    def unpack(self, packed: Packed, count: int) -> list[Any]:
        lengths = self._plain.unpack(packed[0], count)
        total = sum(lengths)
        keys, values = self._plain.unpack(packed[1], total), self._inner.unpack(packed[2], total)
        return list(map(dict, _cut(list(zip(keys, values, strict=True)), lengths)))


class _Pair:
    """Tuples of two."""

    def __init__(self, first: Column, second: Column) -> None:
        self._both = (first, second)

    def pack(self, values: Sequence[Any]) -> Packed:
        return [column.pack(list(map(itemgetter(i), values))) for i, column in enumerate(self._both)]

    def unpack(self, packed: Packed, count: int) -> list[Any]:
        first, second = (c.unpack(p, count) for c, p in zip(self._both, packed, strict=True))
        return list(zip(first, second, strict=True))


class _Record:
    """Frozen dataclasses: equal ones are packed, and built, once where they can be told to be equal."""

    def __init__(self, kind: type[Any]) -> None:
        if hasattr(kind, "__post_init__") or not hasattr(kind, "__slots__"):
            raise TypeError(f"{kind.__name__} does more than hold values")
        self._kind = kind
        self._places = _Plain()

    @cached_property
    def _columns(self) -> dict[str, Column]:
        """The columns of the fields; made late, since a record may hold others of its kind."""
        hints = get_type_hints(self._kind)
        return {field.name: column_of(hints[field.name]) for field in fields(self._kind)}

    def pack(self, values: Sequence[Any]) -> Packed:
        if not values:
            return None
        # What was made once stands in many places: those of one place need not be compared.
        there = list(map(id, values))
        by_id = dict(zip(there, values, strict=True))
        if 2 * len(by_id) > len(values):
            return [None, len(values), self._fields(values)]
        try:
            numbers: dict[Any, int] = {}
            number_of = {at: numbers.setdefault(value, len(numbers)) for at, value in by_id.items()}
            made = list(numbers)
        except TypeError:  # a dictionary in it
            number_of = dict(zip(by_id, range(len(by_id)), strict=True))
            made = list(by_id.values())
        return [self._places.pack(list(map(number_of.__getitem__, there))), len(made), self._fields(made)]

    def unpack(self, packed: Packed, count: int) -> list[Any]:
        if packed is None:
            return []
        places, number, columns = packed
        made = self._build(columns, number)
        return made if places is None else list(map(made.__getitem__, self._places.unpack(places, count)))

    def _fields(self, values: Sequence[Any]) -> Packed:
        # The place of a field is enough: a reader with other fields does not take the file at all.
        return [column.pack(list(map(attrgetter(name), values))) for name, column in self._columns.items()]

    def _build(self, columns: Packed, number: int) -> list[Any]:
        # A frozen dataclass sets each field by a call in Python; its slots can be filled in C, by column.
        made = list(map(object.__new__, repeat(self._kind, number)))
        for (name, column), packed in zip(self._columns.items(), columns, strict=True):
            values = column.unpack(packed, number)
            if len(values) != number:
                raise ValueError("a column of another length")
            deque(map(self._kind.__dict__[name].__set__, made, values), maxlen=0)
        return made


def _all_differ(keys: Sequence[Any]) -> bool:
    """Tell by some of them whether most differ, so that it is not worth while to compare all."""
    some = keys[:: len(keys) // _SOME + 1]
    return len(some) > _SOME // 4 and 4 * len(set(some)) > 3 * len(some)


def _cut(values: list[Any], lengths: Sequence[int]) -> Iterator[Iterable[Any]]:
    """Cut a list into pieces."""
    if not values:
        return repeat((), len(lengths))
    ends = list(accumulate(lengths))
    starts = chain((0,), islice(ends, len(ends) - 1))
    return map(values.__getitem__, map(slice, starts, ends))
