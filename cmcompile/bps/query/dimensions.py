"""The dimensions of the v30 daf_butler default universe, as a frozen table.

The table is ``universe.json``, made from the real universe by ``cmcompile.observe.stack.universe_json``; a
test compares the two. Sky pixels (``htm7``, ``healpix9``) are made from the range of their levels.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Element:
    """A dimension, or a join of dimensions that has records of its own.

    Attributes
    ----------
    key, key_type
        Name and type (``int`` or ``string``) of the primary key; empty for a join.
    governor
        The dimension (``instrument``, ``skymap``) without which ids of this one mean nothing, or empty.
    required, implied
        The dimensions that identify a record beside its own key; those that a record fixes.
    alternates
        Fields that identify a record too: ``visit.name``.
    fields
        Names and types of all other columns, ``region`` and ``timespan`` among them.
    joined
        Whether the join is part of every query that has its dimensions.
    """

    name: str
    key: str
    key_type: str
    governor: str
    required: tuple[str, ...]
    implied: tuple[str, ...]
    alternates: tuple[str, ...]
    fields: Mapping[str, str]
    joined: bool

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Columns that are keys: its own, and those of the dimensions it refers to."""
        return (*self.required, *((self.key,) if self.key else ()), *self.implied)


@cache
def elements() -> Mapping[str, Element]:
    """Return every element of the universe by its name."""
    table = json.loads(files("cmcompile.bps.query").joinpath("universe.json").read_text("utf-8"))
    found = {name: _element(name, row) for name, row in table["elements"].items()}
    for system, (low, high) in table["skypix"].items():
        for level in range(low, high + 1):
            name = f"{system}{level}"
            found[name] = _element(name, {"key": ["id", "int"], "fields": {"region": "region"}})
    return MappingProxyType(found)


def dimension(name: str) -> Element | None:
    """Return the dimension of this name, or None when there is none."""
    element = elements().get(name)
    return element if element is not None and element.key else None


def dimension_type(name: str) -> str | None:
    """Return what the ids of a dimension are, ``int`` or ``str``; None when there is no such dimension."""
    element = dimension(name)
    if element is None:
        return None
    return "int" if element.key_type == "int" else "str"


@cache
def fixed_by(name: str) -> frozenset[str]:
    """Return the dimensions that an id of a dimension fixes without naming them, at any distance.

    For ``visit``: ``day_obs``, ``physical_filter`` and ``band``.
    """
    table, found, waiting = elements(), set[str](), [name]
    while waiting:
        for implied in table[waiting.pop()].implied:
            if implied not in found:
                found.add(implied)
                waiting.append(implied)
    return frozenset(found)


def members(dimensions: Collection[str]) -> tuple[Element, ...]:
    """Return the elements whose fields a query over these dimensions has; unknown names are left out."""
    table = elements()
    names: set[str] = set()
    waiting = [name for name in dimensions if dimension(name) is not None]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting.extend((*table[name].required, *table[name].implied))
    return tuple(e for e in table.values() if (e.name in names if e.key else names.issuperset(e.required)))


def _element(name: str, row: Mapping[str, Any]) -> Element:
    key, key_type = row.get("key", ("", ""))
    return Element(
        name,
        key,
        key_type,
        row.get("governor", ""),
        tuple(row.get("required", ())),
        tuple(row.get("implied", ())),
        tuple(row.get("alternates", ())),
        MappingProxyType(row.get("fields", {})),
        row.get("joined", False),
    )
