"""Ids that overrides take out, put together for people: by place, with the groups that still take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmcompile.bps.query.idset import IdSet
from cmcompile.compiler.checks.runs import meets
from cmcompile.compiler.checks.sweep import Cell
from cmcompile.compiler.checks.taken import Evaluator
from cmcompile.compiler.checks.universe import Universe
from cmcompile.compiler.cover import Index
from cmcompile.model.group import CompiledGroup, Group, Part
from cmcompile.model.source import Span

#: What a cell loses, told for each group by the dimensions in which it is less than the group.
Lost = tuple[Cell, list[tuple[int, dict[str, IdSet]]]]
_Key = tuple[Span | None, tuple[tuple[str, tuple[int, ...]], ...]]


@dataclass(frozen=True, slots=True)
class Loss:
    """Ids that a clause takes out of groups.

    Attributes
    ----------
    kept
        The other groups that hold these ids, and still take them.
    """

    ids: Mapping[str, IdSet]
    span: Span | None
    groups: tuple[str, ...]
    kept: tuple[str, ...]


def losses_of(
    universe: Universe, evaluator: Evaluator, made: Sequence[CompiledGroup], lost: Iterable[Lost]
) -> list[Loss]:
    """Return the losses of a step, in the order of its groups."""
    by_place: dict[_Key, tuple[dict[str, IdSet], list[int]]] = {}
    for cell, named in lost:
        for at, ids in named:
            span = _span(universe, evaluator, made[at], cell)
            key = (span, tuple((name, some.bounds) for name, some in ids.items()))
            by_place.setdefault(key, (ids, []))[1].append(at)
    index = Index([m.group for m in made])
    merged: dict[tuple[object, ...], Loss] = {}
    everywhere = list(by_place.values())
    for (span, _), (ids, places) in by_place.items():
        groups = tuple(made[at].group.id for at in sorted(set(places)))
        kept = _kept(index, made, ids, everywhere)
        # Ids of one dimension that fare alike are told together, those that all lose too; products are not.
        alike = groups if kept else ()
        key = (span, tuple(ids), alike, kept, *((id(ids),) if len(ids) > 1 else ()))
        known = merged.get(key)
        if known is not None:
            ids = {name: some.union(known.ids[name]) for name, some in ids.items()}
            groups = tuple(dict.fromkeys((*known.groups, *groups)))
        merged[key] = Loss(ids, span, groups, kept)
    return list(merged.values())


def _span(universe: Universe, evaluator: Evaluator, made: CompiledGroup, cell: Cell) -> Span | None:
    """Return the place of the clause that takes a cell out."""
    clauses = [clause for clause in made.clauses if clause.kind == "override"]
    for clause in clauses:
        if not any(_meets(universe, box, cell) for box in evaluator.clause(clause.text).boxes):
            return clause.origin.span
    return clauses[-1].origin.span if clauses else None


def _meets(universe: Universe, box: Mapping[str, object], cell: Cell) -> bool:
    return all(
        not isinstance(some, IdSet) or meets(universe.dims[name].own(some), cell.ids[name])
        for name, some in box.items()
    )


def _kept(
    index: Index,
    made: Sequence[CompiledGroup],
    ids: Mapping[str, IdSet],
    everywhere: Sequence[tuple[Mapping[str, IdSet], Sequence[int]]],
) -> tuple[str, ...]:
    if len(ids) > 1:
        return ()
    ((name, some),) = ids.items()
    probe = Group("", "", (Part(name, name, "", None, tuple(some.ids())),))
    losing = {
        made[at].group.id
        for other, places in everywhere
        if list(other) == [name] and meets(other[name], some)
        for at in places
    }
    return tuple(held for held in index.sharing(probe) if held not in losing)
