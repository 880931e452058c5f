"""Columns of lists as the ids that ranges run over."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import chain, islice
from operator import lt

from cmcompile.model.campaign import ListData
from cmcompile.model.ids import Id

#: At most 64 bits, as in the Butler.
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})\Z")


def digest_of(ids: Iterable[Id]) -> str:
    """Return the sha256 of ids: of their JSON list without blanks."""
    return sha256(json.dumps(list(ids), separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _order(value: Id) -> tuple[int, int, str]:
    """Numbers in their order, before text in its: as the compiler sorts ids."""
    return (0, value, "") if isinstance(value, int) else (1, 0, value)


class _Ordered:
    """The ids of a column, sorted and each once, in which ranges are found.

    Ids are compared as they are where all have one type, since that is quick, and else by `_order`.
    """

    def __init__(self, values: tuple[Id, ...]) -> None:
        self._types = set(map(type, values))
        rises = self._types == {int} and all(map(lt, values, islice(values, 1, None)))
        self.ids: tuple[Id, ...] = values if rises else tuple(sorted(set(values), key=self._key))

    @property
    def _key(self) -> Callable[[Id], tuple[int, int, str]] | None:
        return _order if len(self._types) > 1 else None

    def ranges(self, ids: Sequence[Id]) -> tuple[tuple[Id, Id], ...]:
        """Return sorted ids as ranges of this column; none where it does not hold them all."""
        found: list[tuple[Id, Id]] = []
        at, known = 0, self.ids
        while at < len(ids):
            here, end = self._place(bisect_left, ids[at]), at
            if at == 0 and known[here : here + len(ids)] == ids:
                return ((ids[0], ids[-1]),)
            while end < len(ids) and here < len(known) and known[here] == ids[end]:
                end, here = end + 1, here + 1
            if end == at:
                return ()
            found.append((ids[at], ids[end - 1]))
            at = end
        return tuple(found)

    def within(self, ranges: Iterable[tuple[Id, Id]]) -> tuple[Id, ...]:
        """Return the ids within ranges."""
        pieces = [self.ids[self._place(bisect_left, lo) : self._place(bisect_right, hi)] for lo, hi in ranges]
        return pieces[0] if len(pieces) == 1 else tuple(chain.from_iterable(pieces))

    def _place(self, bisect: Callable[..., int], value: Id) -> int:
        if self._key is not None:
            return bisect(self.ids, _order(value), key=_order)
        # An id of a type that the column does not have is behind all, where nothing is.
        return bisect(self.ids, value) if self._types == {type(value)} else len(self.ids)


class Columns:
    """The columns of lists, each sorted once for all groups.

    Parameters
    ----------
    lists
        Of a spec, by name.
    """

    def __init__(self, lists: Mapping[str, ListData]) -> None:
        self._lists = lists
        self._ordered: dict[tuple[str, str, bool], _Ordered] = {}

    def ranges(self, name: str, column: str, ids: Sequence[Id]) -> tuple[tuple[Id, Id], ...]:
        """Return sorted ids as ranges over a column: all its ids from the first to the second of each.

        None where the column, or the list, is not there or does not hold all the ids.
        """
        return self._column(name, column, ids).ranges(ids)

    def short_ranges(self, name: str, column: str, ids: Sequence[Id]) -> tuple[tuple[Id, Id], ...]:
        """Return ids as ranges over a column where that is shorter than the ids; else none."""
        ranges = self.ranges(name, column, ids)
        return ranges if 2 * len(ranges) < len(ids) else ()

    def within(self, name: str, column: str, ranges: Sequence[tuple[Id, Id]]) -> tuple[Id, ...]:
        """Return the ids that a column has within ranges."""
        return self._column(name, column, chain.from_iterable(ranges)).within(ranges)

    def _column(self, name: str, column: str, wanted: Iterable[Id]) -> _Ordered:
        """Return a column with its ids as texts or as numbers, whichever the wanted ids are.

        A list may hold numbers where a dimension has texts, and the reverse; see `compiler.ids.typed`.
        """
        as_text = all(isinstance(i, str) for i in wanted)
        key = (name, column, as_text)
        if key not in self._ordered:
            rows = self._lists.get(name)
            values = rows.columns.get(column, ()) if rows is not None else ()
            if set(map(type, values)) != ({str} if as_text else {int}):
                values = tuple(map(str if as_text else _number, values))
            self._ordered[key] = _Ordered(values)
        return self._ordered[key]


def _number(value: Id) -> Id:
    return int(value) if isinstance(value, str) and _WHOLE.match(value) else value
