"""A sweep over all combinations of ids, one dimension after another: who takes each of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import chain

from cmcompile.bps.query.idset import IdSet
from cmcompile.compiler.checks.runs import id_set
from cmcompile.compiler.checks.taken import Box, Some
from cmcompile.compiler.checks.universe import Universe
from cmcompile.model.group import Part
from cmcompile.model.ids import Id

#: What an item says of its group: it takes the box; the box is its own by the cut; it would take the box
#: without overrides and exclusions. The others are of no group: the ids are listed; they are in no group.
TAKES, OWNS, WOULD, LISTED, MISSED = 1, 2, 4, 8, 16
_OF_GROUPS = TAKES | OWNS | WOULD
#: Groups of a cell that are kept by number; the rest is counted.
NAMED = 8
#: Overlaps that are followed before the sweep gives up.
_MOST_WORK = 5_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """A box of a group, by the group's place."""

    group: int
    box: Box
    roles: int


@dataclass(frozen=True, slots=True)
class Several:
    """Some groups, by place: the first of them, and how many they are."""

    first: tuple[int, ...] = ()
    count: int = 0

    def __bool__(self) -> bool:
        return bool(self.count)


@dataclass(frozen=True, slots=True)
class Cell:
    """Combinations of ids that the same groups hold.

    Attributes
    ----------
    ids
        Ids of every dimension; of their combinations, those that exist.
    takers
        The groups whose predicates take them.
    owners
        The groups that they were cut for, where they are in no group.
    would
        Those of the owners that would take them without overrides and exclusions.
    bare
        The first dimension of the sweep by which no group was left.
    """

    ids: Mapping[str, IdSet]
    takers: Several
    owners: Several
    would: Several
    bare: str


class TooMuchWorkError(Exception):
    """There are more overlaps than can be followed."""


@dataclass(slots=True)
class Sweep:
    """Finds the combinations that not exactly one group takes, or those that were missed.

    Attributes
    ----------
    missed
        Whether to find what is ``MISSED``, with its owners.
    """

    universe: Universe
    missed: bool = False
    cells: list[Cell] = field(default_factory=list)
    _work: int = 0

    def run(self, items: Sequence[Item]) -> None:
        """Fill ``cells``.

        Raises
        ------
        TooMuchWorkError
            When there are too many overlaps; ``cells`` has what was found till then.
        """
        names = list(self.universe.dims)
        if len(names) > 1:
            names.sort(key=lambda name: _cost(items, name))
        self._level(items, names, {}, "")

    def _level(self, items: Sequence[Item], names: list[str], prefix: dict[str, IdSet], bare: str) -> None:
        name, *more = names
        existing = self.universe.existing(name, prefix)
        if not existing:
            return
        if not more:
            self._last(items, name, existing, prefix, bare)
            return
        ids = self._set(name, existing)
        for segment, active in self._segments(items, name):
            here = segment.intersect(ids)
            if here and not (self.missed and not any(item.roles & MISSED for item in active)):
                gone = bare or ("" if any(item.roles & _OF_GROUPS for item in active) else name)
                self._level(active, more, {**prefix, name: here}, gone)

    def _set(self, name: str, ids: tuple[Id, ...]) -> IdSet:
        return id_set(self.universe.dims[name].ids, ids)

    def _members(self, name: str, some: Some) -> IdSet:
        return self._set(name, some.ids) if isinstance(some, Part) else some

    def _segments(self, items: Sequence[Item], name: str) -> Iterator[tuple[IdSet, list[Item]]]:
        """Yield sets of ids of which the same items hold each id, with these items."""
        everywhere = [item for item in items if name not in item.box]
        by_set: dict[object, tuple[Some, list[Item]]] = {}
        for item in items:
            if name in item.box:
                some = item.box[name]
                by_set.setdefault(_key(some), (some, []))[1].append(item)
        held = [found for _, found in by_set.values()]
        sets = [self._members(name, some) for some, _ in by_set.values()]
        runs: dict[frozenset[int], list[tuple[int, int]]] = {}
        active: set[int] = set()
        size = len(self.universe.dims[name].ids)
        for start, stop, changes in _changes(sets, size):
            active.symmetric_difference_update(changes)
            if start < stop:
                self._count(len(active))
                runs.setdefault(frozenset(active), []).append((start, stop))
        nothing = self._set(name, ())
        for which, some_runs in runs.items():
            inside = [item for at in sorted(which) for item in held[at]]
            self._count(len(everywhere) + len(inside))
            yield IdSet.of_runs(nothing.universe, some_runs), [*everywhere, *inside]

    def _count(self, work: int) -> None:
        self._work += work
        if self._work > _MOST_WORK:
            raise TooMuchWorkError

    def _last(
        self, items: Sequence[Item], name: str, existing: tuple[Id, ...], prefix: dict[str, IdSet], bare: str
    ) -> None:
        if not self.missed and self._each_once(items, name, existing):
            return
        whole = self._set(name, existing)
        runs: dict[tuple[bool, Several, Several, Several], list[tuple[int, int]]] = {}
        active = {role: _Active() for role in (TAKES, OWNS, WOULD, LISTED, MISSED)}
        pieces = [(i, self._members(name, i.box[name]) if name in i.box else whole) for i in items]
        for start, stop, changes in _changes([ids for _, ids in pieces], whole.size):
            for at in changes:
                item = pieces[at][0]
                for role, holding in active.items():
                    if item.roles & role:
                        holding.toggle(item.group, at)
            if start < stop and (active[MISSED].groups if self.missed else len(active[TAKES].groups) != 1):
                takers, owners, would = (active[role].several() for role in (TAKES, OWNS, WOULD))
                key = (bool(active[LISTED].groups), takers, owners, would)
                runs.setdefault(key, []).append((start, stop))
        for (_, takers, owners, would), some in runs.items():
            here = IdSet.of_runs(whole.universe, some).intersect(whole)
            if here:
                gone = bare or ("" if owners or would or takers else name)
                self.cells.append(Cell({**prefix, name: here}, takers, owners, would, gone))

    def _each_once(self, items: Sequence[Item], name: str, existing: tuple[Id, ...]) -> bool:
        """Tell whether the items take each id that exists once, those that are excluded apart."""
        taken = [item.box.get(name) for item in items if item.roles & TAKES]
        if any(some is None for some in taken):
            return len(taken) == 1
        pieces = [some.ids if isinstance(some, Part) else tuple(some.ids()) for some in taken if some]
        pieces.sort(key=lambda ids: ids[:1])
        found = list(chain.from_iterable(pieces))
        if len(found) == len(existing):
            return tuple(found) == existing or tuple(_sorted(found)) == existing
        excluded = frozenset(self.universe.dims[name].excluded.ids())
        return bool(excluded) and _sorted(found) == [i for i in existing if i not in excluded]


class _Active:
    """The groups that hold the ids at one place, while a sweep goes on."""

    def __init__(self) -> None:
        self.groups: Counter[int] = Counter()
        self._pieces: set[int] = set()
        self._lowest: list[int] = []

    def toggle(self, group: int, piece: int) -> None:
        """Begin or end a piece of a group."""
        if piece in self._pieces:
            self._pieces.remove(piece)
            self.groups[group] -= 1
            if not self.groups[group]:
                del self.groups[group]
            return
        self._pieces.add(piece)
        if group not in self.groups:
            heappush(self._lowest, group)
        self.groups[group] += 1

    def several(self) -> Several:
        """Return the groups. All of ten thousand are not looked at, only the lowest."""
        if len(self.groups) <= NAMED:
            return Several(tuple(sorted(self.groups)), len(self.groups))
        first: list[int] = []
        while len(first) < NAMED:
            group = heappop(self._lowest)
            if group in self.groups and group not in first:
                first.append(group)
        for group in first:
            heappush(self._lowest, group)
        return Several(tuple(first), len(self.groups))


def _changes(sets: Sequence[IdSet], size: int) -> Iterator[tuple[int, int, list[int]]]:
    """Yield runs of places, and the sets that begin or end where each starts."""
    events: dict[int, list[int]] = {0: []}
    for at, ids in enumerate(sets):
        for place in ids.bounds:
            events.setdefault(place, []).append(at)
    places = sorted(events)
    for start, stop in zip(places, [*places[1:], size], strict=True):
        yield start, stop, events[start]


def _cost(items: Sequence[Item], name: str) -> tuple[int, int]:
    """Return into how many pieces a dimension cuts the items, about, and how many sets of ids it has."""
    sets = Counter(_key(item.box[name]) for item in items if name in item.box)
    edges = sorted({place for key in sets if isinstance(key, tuple) for place in key})
    parts = sum(not isinstance(key, tuple) for key in sets)
    pieces = (len(items) - sets.total()) * (1 + len(edges) + parts)
    for key, count in sets.items():
        if isinstance(key, tuple):
            ends = [bisect_left(edges, place) for place in key]
            pieces += count * (sum(ends[1::2]) - sum(ends[::2]))
        else:
            pieces += count  # parts of one cut lie apart
    return pieces, len(sets)


def _key(some: Some) -> object:
    return id(some) if isinstance(some, Part) else some.bounds


def _sorted(ids: list[Id]) -> list[Id]:
    return sorted(ids)


def without(cell: Cell, excluded: Mapping[str, IdSet]) -> Cell | None:
    """Return a cell without excluded ids, or None where nothing is left."""
    ids = {name: ids.difference(excluded[name]) if excluded[name] else ids for name, ids in cell.ids.items()}
    return replace(cell, ids=ids) if all(ids.values()) else None
