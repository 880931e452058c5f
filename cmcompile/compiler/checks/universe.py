"""All ids that bear on the coverage of a step: those it must cover, and those it should leave alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from cmcompile.compiler.cut import CutError
from cmcompile.compiler.ids import Lists, sort_ids, source_ids
from cmcompile.model.campaign import Axis, Spec, Step
from cmcompile.model.group import Group
from cmcompile.model.ids import Id


@dataclass(frozen=True, slots=True)
class Universe:
    """The ids of one step, by dimension.

    Attributes
    ----------
    ids
        Every id, sorted.
    foreign
        Those of ``ids`` that are not the step's own: in another list, or left out by ``only``.
    uncut
        The step's own ids that no group was cut for, those left out by ``exclude`` apart.
    """

    ids: Mapping[str, tuple[Id, ...]]
    foreign: Mapping[str, frozenset[Id]]
    uncut: Mapping[str, tuple[Id, ...]]


def universe_of(spec: Spec, step: Step, lists: Lists, first: Sequence[Group]) -> Universe:
    """Return the ids of a step; a dimension whose ids are of two types is left out."""
    ids: dict[str, tuple[Id, ...]] = {}
    foreign: dict[str, frozenset[Id]] = {}
    uncut: dict[str, tuple[Id, ...]] = {}
    for name in dict.fromkeys(p.dimension for g in first for p in g.parts if p.dimension):
        axis = next((a for a in step.split if a.dimension == name), None)
        plain = _all_cut(spec, axis, lists, first)
        if plain:
            ids[name], foreign[name], uncut[name] = plain, frozenset(), ()
            continue
        cut = _part_ids(first, name)
        own = cut | (_axis_ids(axis, lists) if axis else set())
        others = _other_ids(spec, axis, name) - own
        every = sort_ids(own | others)
        if len({type(i) for i in every}) > 1:
            continue
        ids[name] = tuple(every)
        foreign[name] = frozenset(others)
        uncut[name] = tuple(sort_ids(own - cut - _excluded(spec, step, axis)))
    return Universe(ids, foreign, uncut)


def _all_cut(spec: Spec, axis: Axis | None, lists: Lists, first: Sequence[Group]) -> tuple[Id, ...]:
    """Return the ids of an axis where its parts, put together, are the list and nothing else; else nothing.

    That is how nearly every step is; it is found out without sets of millions of ids.
    """
    if (
        axis is None
        or len(axis.sources) > 1
        or axis.dimension is None
        or _other_ids(spec, axis, axis.dimension)
    ):
        return ()
    parts = {id(p): p for g in first for p in g.parts if p.dimension == axis.dimension}
    together = tuple(chain.from_iterable(p.ids for p in parts.values()))
    try:
        own = source_ids(axis, axis.sources[0], lists, (), None)
    except CutError:  # reported where the axis is cut
        return ()
    return own if together == own else ()


def _excluded(spec: Spec, step: Step, axis: Axis | None) -> set[Id]:
    """Return the ids of an axis that are excluded from the step: its groups may be gone for that."""
    names = (axis.name, axis.dimension) if axis else ()
    return {
        i for e in spec.exclude if e.name in names and step.name in (e.steps or (step.name,)) for i in e.ids
    }


def _part_ids(first: Iterable[Group], name: str) -> set[Id]:
    found: set[Id] = set()
    seen: set[int] = set()
    for group in first:
        for part in group.parts:
            if part.dimension == name and id(part) not in seen:
                seen.add(id(part))
                found.update(part.ids)
    return found


def _axis_ids(axis: Axis, lists: Lists) -> set[Id]:
    found: set[Id] = set()
    for source in axis.sources:
        try:
            found.update(source.values or ())
            if source.list is not None:
                found.update(lists.column(source.list, source.column))
        except CutError:  # reported where the axis is cut
            continue
    return found


def _other_ids(spec: Spec, axis: Axis | None, name: str) -> set[Id]:
    """Return the ids of this dimension in any list of the campaign, before ``only``."""
    mine = {(s.list, s.column) for s in axis.sources} if axis else set()
    found: set[Id] = set()
    for listed, column in {(n, name) for n in spec.lists} | {(n, c) for n, c in mine if n is not None}:
        rows = spec.lists[listed]
        if (listed, column) in mine and rows.others is rows.columns:
            continue
        found.update(rows.others.get(column, ()))
    return found
