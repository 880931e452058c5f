"""The ids that an axis source stands for, and their order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import lt
from typing import TypeAlias, cast

from cmcompile.bps.query.dimensions import dimension_type
from cmcompile.compiler.cut import CutError
from cmcompile.model import codes
from cmcompile.model.campaign import Axis, ListData, Source
from cmcompile.model.errors import SourceError
from cmcompile.model.group import Part
from cmcompile.model.ids import Id
from cmcompile.model.ports import Sources
from cmcompile.model.source import Span

#: The axes that enclose one over the same list, each with its part.
Outer: TypeAlias = Sequence[tuple[Axis, Part]]

#: At most 64 bits, as in the Butler.
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})\Z")


def sort_key(value: Id) -> tuple[int, int, str]:
    """Numbers in their order, before text in its."""
    return (0, value, "") if isinstance(value, int) else (1, 0, value)


def sort_ids(ids: Iterable[Id], *, descending: bool = False) -> list[Id]:
    """Sort ids; numbers and text may be mixed."""
    values = list(ids)
    try:
        values.sort(reverse=descending)
    except TypeError:
        values.sort(key=sort_key, reverse=descending)
    return values


def sorted_unique(ids: Iterable[Id]) -> tuple[Id, ...]:
    """Return ids sorted and each once; quick for numbers that are so already, as in most lists."""
    values = ids if isinstance(ids, tuple) else tuple(ids)
    if set(map(type, values)) == {int}:
        numbers = cast("tuple[int, ...]", values)
        if all(map(lt, numbers, islice(numbers, 1, None))):
            return values
    return tuple(sort_ids(set(values)))


def typed(ids: Sequence[Id], dimension: str | None) -> Sequence[Id]:
    """Return ids as the Butler has them: numbers as text where a dimension has text, and the reverse.

    What is no number stays as it is, also where the dimension has numbers.
    """
    kind = dimension_type(dimension) if dimension else None
    if kind == "str" and not all(isinstance(i, str) for i in ids):
        return tuple(map(str, ids))
    if kind == "int" and not set(map(type, ids)) <= {int}:
        return tuple(int(i) if isinstance(i, str) and _WHOLE.match(i) else i for i in ids)
    return ids


def both_types(ids: Iterable[Id]) -> frozenset[Id]:
    """Return ids as numbers and as texts: lists of one campaign may differ in it."""
    found: set[Id] = set()
    for value in ids:
        found.add(str(value))
        if isinstance(value, int) or _WHOLE.match(value):
            found.add(int(value))
    return frozenset(found)


class Lists:
    """The lists of a campaign, with the rows of each id found once.

    Parameters
    ----------
    files
        The repository, to find the row of a bad id; None where no row is asked for.

    Attributes
    ----------
    around
        Names of axes that were cut anew around sent parts, as their ids do not give these any more.
    """

    def __init__(self, lists: Mapping[str, ListData], files: Sources | None = None) -> None:
        self._lists = lists
        self._files = files
        self.around: set[str] = set()
        self._columns: dict[tuple[str, str, str | None], tuple[Id, ...]] = {}
        self._rows: dict[tuple[str, str, str | None], dict[Id, list[int]]] = {}

    def __getitem__(self, name: str) -> ListData:
        return self._lists[name]

    def column(self, name: str, column: str, dimension: str | None = None) -> tuple[Id, ...]:
        """Return a column, as ids of a dimension where one is given.

        Raises
        ------
        CutError
            When the list has no such column, or text where ids of the dimension are numbers.
        """
        rows = self._lists[name]
        if column not in rows.columns:
            have = ", ".join(filter(None, rows.columns)) or "none with a name"
            raise CutError(f"list {name} has no column {column}; it has {have}")
        if dimension is None:
            return rows.columns[column]
        key = (name, column, dimension)
        if key not in self._columns:
            values = tuple(typed(rows.columns[column], dimension))
            if dimension_type(dimension) == "int":
                self._refuse_text(rows, values, dimension)
            self._columns[key] = values
        return self._columns[key]

    def _refuse_text(self, rows: ListData, values: Sequence[Id], dimension: str) -> None:
        if set(map(type, values)) <= {int}:
            return
        bad = next((v for v in values if isinstance(v, str)), None)
        if bad is not None:
            raise CutError(
                f"list {rows.name} has {bad!r} where an id of {dimension} is a whole number",
                "start a heading or a remark with `#`; name the right column with `columns:` or `column:`",
                code=codes.splitting.BAD_LIST,
                span=Span(rows.file, self._line(rows.file, bad), 1),
            )

    def _line(self, path: str, cell: str) -> int:
        try:
            data = self._files.read(path) if self._files else b""
        except SourceError:
            return 1
        for at, line in enumerate(data.decode("utf-8-sig", "replace").split("\n"), 1):
            if not line.lstrip().startswith("#") and cell in re.split(r"[,\s]+", line.strip()):
                return at
        return 1

    def within(self, name: str, column: str, dimension: str | None, outer: Outer) -> Sequence[Id]:
        """Return the values of a column in the rows that all enclosing parts hold."""
        values = self.column(name, column, dimension)
        rows = self.rows_within(name, outer)
        return values if rows is None else [values[row] for row in rows]

    def rows_within(self, name: str, outer: Outer) -> Sequence[int] | None:
        """Return the rows that all enclosing parts hold; None for all rows."""
        found: set[int] | None = None
        for axis, part in outer:
            source = next((s for s in axis.sources if s.list == name), None)
            if source is None:
                continue
            rows = self._rows_by_id(name, source.column, part.dimension)
            mine = {row for value in part.ids for row in rows.get(value, ())}
            found = mine if found is None else found & mine
        return None if found is None else sorted(found)

    def _rows_by_id(self, name: str, column: str, dimension: str | None) -> dict[Id, list[int]]:
        key = (name, column, dimension)
        if key not in self._rows:
            index: dict[Id, list[int]] = {}
            for row, value in enumerate(self.column(*key)):
                index.setdefault(value, []).append(row)
            self._rows[key] = index
        return self._rows[key]


def nested(outer: Axis, inner: Axis) -> bool:
    """Tell whether the inner axis is cut within each part of the outer: both read one list."""
    lists = {s.list for s in outer.sources} & {s.list for s in inner.sources}
    return bool(lists - {None})


def source_ids(
    axis: Axis,
    source: Source,
    lists: Lists,
    outer: Outer,
    only: frozenset[Id] | None,
) -> tuple[Id, ...]:
    """Return the unique ids of a source in the order in which they are numbered.

    Parameters
    ----------
    outer
        The enclosing axes over the same list, each with the part that encloses.
    only
        The ids that may be used, or None for all.

    Raises
    ------
    CutError
        When the list has no such column.
    """
    if source.values is not None:
        ids: Iterable[Id] = typed(source.values, axis.dimension)
    elif source.list is not None:
        ids = lists.within(source.list, source.column, axis.dimension, outer)
    elif only is None:
        raise CutError("the chosen groups are not cut by it, so it has no ids", "say `list:` or `values:`")
    else:
        ids = only
    if only is None and not axis.descending:
        return sorted_unique(ids)
    unique = set(ids) if only is None else set(ids) & only
    return tuple(sort_ids(unique, descending=axis.descending))


def weights(axis: Axis, source: Source, lists: Lists, outer: Outer) -> dict[Id, float]:
    """Return the weight of each id, rows of one id added up; empty where the cut uses none.

    Raises
    ------
    CutError
        When the column is absent or holds what is no weight.
    """
    if source.cut.kind != "weight":
        return {}
    if source.list is None:
        raise CutError("`weight` names a column, and values have none", "take the ids from a list")
    found: dict[Id, list[float]] = {}
    for key, value in _weighed_rows(axis, source, lists, outer):
        try:
            weight = float(value)
        except ValueError:
            weight = math.nan
        if not 0 <= weight < math.inf:
            raise CutError(f"column {source.cut.column} holds {value!r}, which is no weight")
        found.setdefault(key, []).append(weight)
    # The order of the rows must not matter, down to the last bit.
    return {key: math.fsum(some) for key, some in found.items()}


def _weighed_rows(axis: Axis, source: Source, lists: Lists, outer: Outer) -> Iterator[tuple[Id, Id]]:
    name = source.list or ""
    keys = lists.column(name, source.column, axis.dimension)
    values = lists.column(name, source.cut.column)
    rows = lists.rows_within(name, outer)
    for row in range(len(keys)) if rows is None else rows:
        yield keys[row], values[row]
