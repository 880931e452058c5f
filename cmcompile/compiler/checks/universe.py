"""The ids that bear on the coverage of a step: those it must cover, and those it should leave alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from cmcompile.bps.query.idset import Ids, IdSet
from cmcompile.compiler.checks.runs import id_set, meets, whole
from cmcompile.compiler.cut import CutError
from cmcompile.compiler.ids import Lists, both_types, nested, sort_ids, sorted_unique, typed
from cmcompile.model.campaign import Axis, Spec, Step
from cmcompile.model.group import Group, Part
from cmcompile.model.ids import Id


@dataclass(frozen=True, slots=True)
class Dim:
    """The ids of one dimension, or of a plain axis.

    Attributes
    ----------
    ids
        The step's own ids, sorted: those of its lists and those of groups.
    every
        With them those of other lists of the dimension, and those that ``only`` leaves out.
    listed
        The own ids without those that only groups made by hand have.
    excluded
        Those that ``exclude`` takes out of the step.
    axis
        The axis, where the step is split by it.
    """

    name: str
    ids: tuple[Id, ...]
    every: tuple[Id, ...]
    listed: IdSet
    excluded: IdSet
    axis: Axis | None

    @property
    def has_others(self) -> bool:
        """Whether there are ids that are not the step's own."""
        return self.every is not self.ids

    def own(self, found: IdSet) -> IdSet:
        """Return the step's own ids of a set over every id."""
        if not self.has_others:
            return found
        bounds: list[int] = []
        for start, stop in found.runs():
            first, last = self._before(start), self._before(stop)
            if first < last:
                if bounds and bounds[-1] == first:
                    bounds[-1] = last
                else:
                    bounds += (first, last)
        return IdSet(tuple(bounds), len(self.ids), cast("Ids", self.ids))

    def _before(self, place: int) -> int:
        """Return how many own ids come before a place among all ids."""
        if place == len(self.every):
            return len(self.ids)
        return bisect_left(cast("tuple[Any, ...]", self.ids), self.every[place])


class Universe:
    """The ids of one step, and which of them go together.

    Attributes
    ----------
    dims
        By name: of the dimension, or of the plain axis. A dimension comes after those that enclose it.
    mixed
        Dimensions whose ids are numbers and text, which can't be compared.
    """

    def __init__(self, spec: Spec, step: Step, lists: Lists, first: Sequence[Group]) -> None:
        self._lists = lists
        self._by_id: dict[tuple[str, Id], list[dict[str, Part]]] = {}
        self._sets: dict[int, tuple[Part, IdSet]] = {}
        self.dims: dict[str, Dim] = {}
        self.mixed: list[str] = []
        axes = {dimension_of(axis): axis for axis in step.split}
        names = dict.fromkeys((*axes, *(_name(p) for g in first for p in g.parts)))
        for name in names:
            dim = _dim(spec, step, lists, name, axes.get(name), first)
            if dim is None:
                self.mixed.append(name)
            elif dim.ids:
                self.dims[name] = dim
        made = ({_name(p): p for p in g.parts} for g in first if g.extra is not None)
        self._extras = [{n: p for n, p in parts.items() if n in self.dims} for parts in made]
        self._enclosing = {
            name: [o for o in list(axes)[:at] if o in self.dims and nested(axes[o], axes[name])]
            for at, name in enumerate(axes)
            if name in self.dims
        }
        self._linked: dict[str, list[str]] = {name: list(outer) for name, outer in self._enclosing.items()}
        for name, enclosing in self._enclosing.items():
            for outer in enclosing:
                self._linked[outer].append(name)

    def existing(self, name: str, prefix: Mapping[str, IdSet]) -> tuple[Id, ...]:
        """Return the own ids of a dimension that occur together with ids of other dimensions.

        Parameters
        ----------
        prefix
            Of each dimension that was gone through before: ids that are all listed, or all not.
        """
        dim = self.dims[name]
        strange = next((n for n, ids in prefix.items() if not self._are_listed(n, ids)), None)
        outer = [n for n in self._linked.get(name, ()) if n in prefix]
        if strange is None and not outer and dim.listed.count == dim.listed.size:
            return dim.ids
        found: set[Id] = set()
        if strange is None:
            found.update(self._rows(dim, outer, prefix) if outer else dim.listed.ids())
        for parts in self._made_by_hand(strange, prefix):
            if any(n in parts and not self._meets(n, parts[n], ids) for n, ids in prefix.items()):
                continue
            if name in parts and all(n in parts for n in prefix):
                found.update(parts[name].ids)
            elif name in parts:
                # Of what is listed, only what the lists have together exists.
                found.update(self._set(name, parts[name]).difference(dim.listed).ids())
            elif strange is not None:
                found.update(dim.listed.ids())
        return sorted_unique(found)

    def _made_by_hand(self, strange: str | None, prefix: Mapping[str, IdSet]) -> list[dict[str, Part]]:
        """Return the parts of groups made by hand; where ids are not listed, of those that have them."""
        if strange is None:
            return self._extras
        if not self._by_id:
            for parts in self._extras:
                for name, part in parts.items():
                    for value in self._set(name, part).difference(self.dims[name].listed).ids():
                        self._by_id.setdefault((name, value), []).append(parts)
        return self._by_id.get((strange, next(prefix[strange].ids())), [])

    def _set(self, name: str, part: Part) -> IdSet:
        known = self._sets.get(id(part))
        if known is None:
            known = self._sets[id(part)] = (part, id_set(self.dims[name].ids, part.ids))
        return known[1]

    def _meets(self, name: str, part: Part, ids: IdSet) -> bool:
        return meets(self._set(name, part), ids)

    def related(self, name: str) -> list[str]:
        """Return the dimensions that enclose an axis, or that it encloses: all come from one list."""
        return [n for n in self._linked.get(name, ()) if (a := self.dims[n].axis) and a.dimension]

    def beside(self, name: str, plain: str, part: Part) -> IdSet:
        """Return the ids of a dimension that stand in a row with the ids of a part of another axis."""
        dim, other = self.dims[name], self.dims[plain].axis
        rows = _source_ids(dim.axis, self._lists, [(other, part)]) if dim.axis and other else ()
        return id_set(dim.ids, sorted_unique(chain.from_iterable(rows))).union(dim.listed.complement())

    def narrowed(self, ids: Mapping[str, IdSet]) -> dict[str, IdSet]:
        """Leave out ids that occur with none of the others, where both come from one list."""
        out = dict(ids)
        for name, enclosing in self._enclosing.items():
            for outer in enclosing:
                if self._are_listed(outer, out[outer]) and self._are_listed(name, out[name]):
                    found = {n: {*some} for n, some in self._together(outer, name, out).items()}
                    for parts in (p for p in self._extras if outer in p and name in p):
                        if all(self._meets(n, parts[n], out[n]) for n in (outer, name)):
                            for n in found:
                                found[n].update(parts[n].ids)
                    for n, some in found.items():
                        out[n] = out[n].intersect(id_set(self.dims[n].ids, sorted_unique(some)))
        return out

    def _together(self, outer: str, name: str, ids: Mapping[str, IdSet]) -> dict[str, list[Id]]:
        """Return the ids of two axes over one list in the rows that have one of the ids of each."""
        found: dict[str, list[Id]] = {outer: [], name: []}
        first, second = self.dims[outer].axis, self.dims[name].axis
        if first is None or second is None:
            return found
        few = outer if ids[outer].count <= ids[name].count else name
        axis = first if few == outer else second
        part = Part(axis.name, axis.dimension, "", None, tuple(ids[few].ids()))
        for one in first.sources:
            column = next((s.column for s in second.sources if s.list == one.list), None)
            if one.list is None or column is None:
                continue
            lefts = self._lists.column(one.list, one.column, first.dimension)
            rights = self._lists.column(one.list, column, second.dimension)
            for row in self._lists.rows_within(one.list, [(axis, part)]) or ():
                if self._has(outer, ids[outer], lefts[row]) and self._has(name, ids[name], rights[row]):
                    found[outer].append(lefts[row])
                    found[name].append(rights[row])
        return found

    def _has(self, name: str, ids: IdSet, value: Id) -> bool:
        return bisect_left(cast("tuple[Any, ...]", self.dims[name].ids), value) in ids

    def _are_listed(self, name: str, ids: IdSet) -> bool:
        """Tell whether ids, which are all listed or all not, are."""
        return bool(ids) and ids.bounds[0] in self.dims[name].listed

    def _rows(self, dim: Dim, outer: Sequence[str], prefix: Mapping[str, IdSet]) -> Iterable[Id]:
        axis = dim.axis
        enclosing = [(self.dims[n].axis, n) for n in outer]
        parts = [(a, Part(a.name, a.dimension, "", None, tuple(prefix[n].ids()))) for a, n in enclosing if a]
        return chain.from_iterable(_source_ids(axis, self._lists, parts)) if axis else ()


def dimension_of(axis: Axis) -> str:
    """Return the dimension of an axis; the name of a plain one."""
    return axis.dimension or axis.name


def _name(part: Part) -> str:
    return part.dimension or part.axis


def _dim(
    spec: Spec, step: Step, lists: Lists, name: str, axis: Axis | None, first: Sequence[Group]
) -> Dim | None:
    cut = _part_ids((g for g in first if g.extra is None), name)
    sources = tuple(_source_ids(axis, lists, [])) if axis else ()
    listed = sorted_unique(sources[0] if len(sources) == 1 else chain.from_iterable(sources))
    if cut != listed:
        listed = sorted_unique((*listed, *cut))
    by_hand = set(_by_hand(step, name, axis, first)).difference(listed)
    ids = sorted_unique((*listed, *by_hand)) if by_hand else listed
    kinds = set(map(type, ids))
    if len(kinds) > 1:
        return None
    others = _other_ids(spec, axis, name) if axis is None or axis.dimension else set()
    others = {i for i in others.difference(ids) if type(i) in kinds}
    every = tuple(sort_ids(chain(ids, others))) if others else ids
    has_unlisted = by_hand and axis is not None
    excluded = sort_ids(_excluded(spec, step, name, axis).intersection(ids))
    return Dim(
        name,
        ids,
        every,
        id_set(ids, listed) if has_unlisted else whole(ids),
        id_set(ids, tuple(excluded)),
        axis,
    )


def _by_hand(step: Step, name: str, axis: Axis | None, first: Sequence[Group]) -> Iterable[Id]:
    """Return the ids of groups made by hand, also of those that are not made as all of theirs is excluded."""
    yield from _part_ids((g for g in first if g.extra is not None), name)
    names = {name} if axis is None else {axis.name, axis.dimension}
    for extra in step.extra:
        for member, ids in extra.members.items():
            if member in names:
                yield from typed(ids, axis.dimension if axis else name)


def _part_ids(groups: Iterable[Group], name: str) -> tuple[Id, ...]:
    parts = {id(part): part for group in groups for part in group.parts if _name(part) == name}
    return tuple(chain.from_iterable(part.ids for part in parts.values()))


def _source_ids(axis: Axis, lists: Lists, outer: Sequence[tuple[Axis, Part]]) -> Iterable[Sequence[Id]]:
    for source in axis.sources:
        try:
            if source.values is not None:
                yield typed(source.values, axis.dimension)
            elif source.list is not None:
                yield lists.within(source.list, source.column, axis.dimension, outer)
        except CutError:  # reported where the axis is cut
            continue


def _excluded(spec: Spec, step: Step, name: str, axis: Axis | None) -> set[Id]:
    names = {name} if axis is None else {axis.name, axis.dimension}
    found: set[Id] = set()
    for exclude in spec.exclude:
        if exclude.name in names and step.name in (exclude.steps or (step.name,)):
            found |= both_types(exclude.ids)
    return found


def _other_ids(spec: Spec, axis: Axis | None, name: str) -> set[Id]:
    """Return the ids of this dimension in any list of the campaign, before ``only``."""
    mine = {(s.list, s.column) for s in axis.sources} if axis else set()
    found: set[Id] = set()
    for listed, column in {(n, name) for n in spec.lists} | {(n, c) for n, c in mine if n is not None}:
        rows = spec.lists[listed]
        if (listed, column) in mine and rows.others.get(column) == rows.columns.get(column):
            continue
        found.update(typed(rows.others.get(column, ()), name))
    return found
