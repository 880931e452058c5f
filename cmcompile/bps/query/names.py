"""What a name in a query means: a dimension, a field of one, or a field of a dataset type."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType

from cmcompile.bps.query.dimensions import dimension, elements, members

DATASET_FIELDS = MappingProxyType(
    {
        "dataset_id": "uuid",
        "ingest_date": "ingest_date",
        "run": "string",
        "collection": "string",
        "timespan": "timespan",
    }
)
"""Fields of any dataset type, written ``raw.ingest_date``, and their types."""

_FORMER = {
    "abstract_filter": "write band",
    "ccd": "write detector",
    "expid": "write exposure",
    "filter": "write band (r) or physical_filter (HSC-R)",
    "instrument_name": "write instrument",
    "nan": "nan is what is left of a missing number",
    "none": "write null",
    "raft": "write detector.raft",
    "seeing": "the Butler knows no seeing: filter the list of visits instead",
    "skymap_name": "write skymap",
    "true": "write the name alone: exposure.can_see_sky",
    "false": "write not and the name: not exposure.can_see_sky",
    "visitid": "write visit",
}


@dataclass(frozen=True, slots=True)
class Column:
    """What a name means.

    Attributes
    ----------
    kind
        Type of the values: ``int string float bool region timespan datetime hash uuid ingest_date``.
    element
        The dimension or join whose column it is; empty for a field of a dataset type.
    field
        The field; empty where the name is the dimension itself.
    derived
        Whether it is the begin or the end of the column, and no column by itself.
    """

    kind: str
    element: str
    field: str
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Why a name means nothing."""

    message: str
    hint: str


def interpret(name: str, dimensions: Collection[str] | None = None) -> tuple[Column, ...] | Unnamed:
    """Return what a name means in a query over some dimensions.

    Parameters
    ----------
    name
        The name, with up to two dots. Its case counts.
    dimensions
        The dimensions of the query, which decide what a field without its dimension means. None when they
        aren't known: then every element that has such a field counts.

    Returns
    -------
    columns
        One column; several where the dimensions aren't known and more than one has the field.
    """
    return _interpret(name, None if dimensions is None else frozenset(dimensions))


def suggestion(name: str) -> str:
    """Return a hint that names what may have been meant, or an empty text."""
    former = _FORMER.get(name.lower())
    if former:
        return former
    known = {n.lower(): n for n in elements()}
    known |= {f.lower(): f"{e.name}.{f}" for e in elements().values() for f in e.fields}
    close = get_close_matches(name.lower(), known, 1, 0.75)
    return f"did you mean {known[close[0]]}?" if close else ""


@lru_cache(maxsize=4096)
def _interpret(name: str, dimensions: frozenset[str] | None) -> tuple[Column, ...] | Unnamed:
    first, *rest = name.split(".")
    if not rest:
        return _simple(first, dimensions)
    if len(rest) == 1:
        return _qualified(name, first, rest[0], dimensions)
    base = _interpret(f"{first}.{rest[0]}", dimensions)
    return base if isinstance(base, Unnamed) else _bound(name, base, rest[1])


def _bound(name: str, base: tuple[Column, ...], word: str) -> tuple[Column, ...] | Unnamed:
    """Return the begin or the end of a timespan."""
    if word not in ("begin", "end"):
        return Unnamed(f"{name} is no name of the Butler", "a timespan has begin and end")
    if any(column.kind != "timespan" for column in base):
        return Unnamed(f"{name} asks for the {word} of something that is no timespan", "")
    return tuple(Column("datetime", c.element, c.field, derived=True) for c in base)


def _simple(name: str, dimensions: frozenset[str] | None) -> tuple[Column, ...] | Unnamed:
    own = dimension(name)
    if own is not None:
        return (Column(own.key_type, name, ""),)
    where = elements().values() if dimensions is None else members(dimensions)
    found = [
        Column(e.key_type, e.name, "") if name == e.key else Column(e.fields[name], e.name, name)
        for e in where
        if name == e.key or name in e.fields
    ]
    if dimensions is None and name in DATASET_FIELDS:
        found.append(Column(DATASET_FIELDS[name], "", name))
    if len(found) > 1 and dimensions is not None:
        places = ", ".join(f"{c.element}.{name}" for c in found)
        return Unnamed(f"{name} has several meanings here: {places}", "write the dimension before it")
    if found:
        return tuple(found)
    elsewhere = sorted(f"{e.name}.{name}" for e in elements().values() if name in e.fields)
    if elsewhere:
        return Unnamed(f"{name} is a field of no dimension of this query", f"write {' or '.join(elsewhere)}")
    return Unnamed(f"{name} is no dimension and no field of the Butler", suggestion(name))


def _qualified(
    name: str, first: str, second: str, dimensions: frozenset[str] | None
) -> tuple[Column, ...] | Unnamed:
    element = elements().get(first)
    if element is not None:
        if second in element.key_columns:
            target = element if second == element.key else elements()[second]
            return (Column(target.key_type, target.name, ""),)
        if second in element.fields:
            return (Column(element.fields[second], first, second),)
        close = get_close_matches(second, (*element.key_columns, *element.fields), 1, 0.6)
        return Unnamed(
            f"{first} has no field {second}",
            f"did you mean {first}.{close[0]}?" if close else suggestion(second),
        )
    if second in DATASET_FIELDS:
        return (Column(DATASET_FIELDS[second], "", second),)
    if first == "timespan" and second in ("begin", "end"):
        base = _simple("timespan", dimensions)
        return base if isinstance(base, Unnamed) else _bound(name, base, second)
    return Unnamed(f"{name} is no name of the Butler: {first} is no dimension", suggestion(first))
