"""Leaks, put together for people: what many groups of a product have in common is said once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmcompile.bps.query.idset import IdSet
from cmcompile.compiler.checks.runs import id_set
from cmcompile.compiler.checks.sweep import Cell, Several
from cmcompile.compiler.checks.universe import Universe
from cmcompile.model.group import Group

_Bounds = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Leak:
    """Ids that several groups take.

    Attributes
    ----------
    ids
        By the dimensions that tell the groups apart.
    groups, count
        Their places (of the first ones), and how many they are.
    culprit
        One that takes more than its own, where there is one.
    more
        So many further sets of groups share these ids in the same way: those of other parts of a product.
    """

    ids: Mapping[str, IdSet]
    groups: tuple[int, ...]
    count: int
    culprit: int
    more: int


def leaks_of(universe: Universe, groups: Sequence[Group], cells: Sequence[Cell]) -> list[Leak]:
    """Return leaks in the order of the groups."""
    merged: dict[tuple[Several, _Bounds], tuple[Cell, dict[str, IdSet]]] = {}
    for cell in cells:
        names = _names(universe, groups, cell.takers.first)
        # Ids of one dimension are put together; of a product only the last, so that it stays one.
        ids = {name: cell.ids[name] for name in names}
        *fixed, last = names
        key = (cell.takers, tuple((name, ids[name].bounds) for name in fixed))
        known = merged.get(key)
        if known is not None:
            ids[last] = ids[last].union(known[1][last])
        merged[key] = (known[0] if known else cell, ids)
    alike: dict[tuple[object, ...], list[tuple[Cell, dict[str, IdSet]]]] = {}
    for cell, ids in merged.values():
        keys = tuple(_keys(groups[at], ids) for at in cell.takers.first)
        bounds = tuple((name, some.bounds) for name, some in ids.items())
        alike.setdefault((cell.takers.count, keys, bounds), []).append((cell, ids))
    found = [_leak(universe, groups, same) for same in alike.values()]
    return sorted(found, key=lambda leak: leak.groups)


def _leak(universe: Universe, groups: Sequence[Group], same: list[tuple[Cell, dict[str, IdSet]]]) -> Leak:
    cell, ids = min(same, key=lambda pair: pair[0].takers.first)
    takers = cell.takers
    strange = (at for at in takers.first if not _owns(universe, groups[at], cell))
    culprit = next(strange, takers.first[0])
    return Leak(ids, takers.first, takers.count, culprit, len(same) - 1)


def _owns(universe: Universe, group: Group, cell: Cell) -> bool:
    parts = {part.dimension or part.axis: part.ids for part in group.parts}
    return all(
        name not in parts or not ids.difference(id_set(universe.dims[name].ids, parts[name]))
        for name, ids in cell.ids.items()
    )


def _names(universe: Universe, groups: Sequence[Group], takers: Sequence[int]) -> list[str]:
    """Return the dimensions in which the parts of groups differ; if they are alike, those that they have."""
    dimensions = [n for n, dim in universe.dims.items() if dim.axis is None or dim.axis.dimension]
    parts = {name: [groups[at].part(name) for at in takers] for name in dimensions}
    by_hand = {part.dimension for at in takers if groups[at].extra is not None for part in groups[at].parts}
    differ = [n for n in dimensions if len({p.ids for p in parts[n] if p is not None}) > 1]
    differ = [n for n in dimensions if n in differ or n in by_hand]
    some = [n for n in dimensions if any(parts[n]) and not all(parts[n])]
    return differ or some or [n for n in dimensions if any(parts[n])] or list(universe.dims)


def _keys(group: Group, names: Mapping[str, object]) -> tuple[str, ...]:
    parts = [group.part(name) for name in names]
    return tuple(part.key if part else "" for part in parts)
