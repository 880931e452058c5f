"""The rows of lists, as the Butler gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmcompile.model.ids import Id
from cmcompile.model.stored import ListQuery, in_order

#: Stands for a value that a record does not have.
_NOTHING = "null"


class ColumnError(Exception):
    """A column is none that the query gives; the text says why."""


def rows_of(butler: Any, query: ListQuery, columns: Sequence[str]) -> list[tuple[Id, ...]]:
    """Return the rows that a query gives, sorted, each once.

    Parameters
    ----------
    columns
        Each a dimension of the query or one that follows from it (``band`` of a visit), or a field of a
        dimension's record: ``exposure_time``, or ``visit.exposure_time`` where several have one of that name.

    Raises
    ------
    ColumnError
        When a column is none of these.
    Exception
        Whatever the Butler raises against the query.
    """
    with butler.query() as asked:
        for name in query.datasets:
            asked = asked.join_dataset_search(name, collections=list(query.collections) or None)
        found = asked.data_ids(list(query.dimensions))
        if query.where:
            found = found.where(query.where)
        sources = {column: _source(found.dimensions, column) for column in columns}
        if any(element for element, _ in sources.values()):
            found = found.with_dimension_records()
        return in_order(tuple(_value(data_id, *sources[c]) for c in columns) for data_id in found)


def why_nothing(butler: Any, query: ListQuery) -> str:
    """Return what the Butler says of a query that gives nothing; empty where it has nothing to say."""
    with butler.query() as asked:
        for name in query.datasets:
            asked = asked.join_dataset_search(name, collections=list(query.collections) or None)
        found = asked.data_ids(list(query.dimensions))
        found = found.where(query.where) if query.where else found
        return "; ".join(" ".join(str(line).split()) for line in found.explain_no_results())


def _source(group: Any, column: str) -> tuple[str, str]:
    """Return the element and the field of a column; of a dimension that is asked for, no element."""
    if column in group.required:
        return "", column
    if column in group.implied:
        return column, ""
    wanted, _, name = column.rpartition(".")
    holders = [
        element
        for element in group.names
        if wanted in ("", element) and name in {c.name for c in group.universe[element].schema.remainder}
    ]
    if len(holders) == 1:
        return holders[0], name
    if holders:
        raise ColumnError(f"{', '.join(holders)} have a {name}: write {holders[0]}.{name}")
    raise ColumnError(
        f"{column} is no dimension of {', '.join(group.names)}, and no field of one of their records"
    )


def _value(data_id: Any, element: str, name: str) -> Id:
    if not element:
        found = data_id[name]
    elif not name:
        found = data_id[element]
    else:
        record = data_id.records[element]
        found = None if record is None else getattr(record, name)
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    return _NOTHING if found is None else str(found)
