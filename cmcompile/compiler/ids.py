"""The ids that an axis source stands for, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmcompile.compiler.cut import CutError
from cmcompile.model.campaign import Axis, ListData, Source
from cmcompile.model.group import Part
from cmcompile.model.ids import Id


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


class Lists:
    """The lists of a campaign, with the rows of each id found once."""

    def __init__(self, lists: Mapping[str, ListData]) -> None:
        self._lists = lists
        self._rows: dict[tuple[str, str], dict[Id, list[int]]] = {}

    def __getitem__(self, name: str) -> ListData:
        return self._lists[name]

    def column(self, name: str, column: str) -> tuple[Id, ...]:
        """Return a column.

        Raises
        ------
        CutError
            When the list has no such column.
        """
        rows = self._lists[name]
        if column not in rows.columns:
            have = ", ".join(rows.columns)
            raise CutError(f"list {name} has no column {column}; it has {have}")
        return rows.columns[column]

    def within(self, name: str, column: str, outer: Sequence[tuple[Source, Part]]) -> Sequence[Id]:
        """Return the values of a column in the rows that all enclosing parts hold."""
        values = self.column(name, column)
        if not outer:
            return values
        (source, part), *more = outer
        rows = self._rows_by_id(name, source.column)
        at: Iterable[int] = (row for value in part.ids for row in rows.get(value, ()))
        for further, enclosing in more:
            other, inside = self.column(name, further.column), frozenset(enclosing.ids)
            at = [row for row in at if other[row] in inside]
        return [values[row] for row in at]

    def _rows_by_id(self, name: str, column: str) -> dict[Id, list[int]]:
        if (name, column) not in self._rows:
            index: dict[Id, list[int]] = {}
            for row, value in enumerate(self.column(name, column)):
                index.setdefault(value, []).append(row)
            self._rows[name, column] = index
        return self._rows[name, column]


def source_ids(
    axis: Axis,
    source: Source,
    lists: Lists,
    outer: Sequence[tuple[Source, Part]],
    only: frozenset[Id] | None,
) -> tuple[Id, ...]:
    """Return the unique ids of a source in the order in which they are numbered.

    Parameters
    ----------
    outer
        For each enclosing axis over the same list: its source and the part that encloses.
    only
        The ids that may be used, or None for all.

    Raises
    ------
    CutError
        When the list has no such column.
    """
    if source.values is not None:
        ids: Iterable[Id] = source.values
    elif source.list is not None:
        ids = lists.within(source.list, source.column, outer)
    else:
        ids = only or ()
    unique = set(ids) if only is None else set(ids) & only
    return tuple(sort_ids(unique, descending=axis.descending))


def weights(source: Source, lists: Lists) -> dict[Id, float]:
    """Return the weight of each id, rows of one id added up; empty where the cut uses none.

    Raises
    ------
    CutError
        When the column is absent or holds no numbers.
    """
    if source.cut.kind != "weight" or source.list is None:
        return {}
    total: dict[Id, float] = {}
    keys = lists.column(source.list, source.column)
    for key, value in zip(keys, lists.column(source.list, source.cut.column), strict=True):
        try:
            total[key] = total.get(key, 0.0) + float(value)
        except ValueError:
            raise CutError(f"column {source.cut.column} holds {value!r}, which is no weight") from None
    return total
