"""Groups put together for a rescue: as few workflows as a bound on their quanta allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cmcompile.model.campaign import Axis
from cmcompile.model.group import Group
from cmcompile.model.ids import Id
from cmcompile.model.outcome import Quantum
from cmcompile.rescue.quanta import Left

_OTHER_NAME = {"visit": "exposure", "exposure": "visit"}


@dataclass(frozen=True, slots=True)
class Load:
    """What a group would run: its quanta where they are known, else how many.

    Attributes
    ----------
    more
        Quanta that are not known one by one.
    """

    quanta: tuple[Left, ...]
    more: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return len(self.quanta) + self.more


@dataclass(frozen=True, slots=True)
class Shape:
    """Groups that one rescue cuts in one way.

    Attributes
    ----------
    split
        As in a rescue; None: the step's.
    along
        The axes of which parts are chosen whole; empty: groups are chosen one by one.
    workflows
        How many rescue groups it makes.
    """

    groups: tuple[Group, ...]
    split: tuple[object, ...] | None
    along: tuple[str, ...] = ()
    workflows: int = 0


def shapes(
    axes: Sequence[Axis],
    first: Sequence[Group],
    loads: Mapping[str, Load],
    most: int | None,
    apart: Callable[[Sequence[Group]], bool],
) -> list[Shape]:
    """Return the groups to be rescued in as few workflows as may be.

    Parameters
    ----------
    first
        All first-pass groups of the step.
    loads
        What each group to be rescued would run.
    most
        A workflow of groups put together runs at most so many quanta; None: nothing is put together.
    apart
        Tells whether some groups can't be put together.
    """
    chosen = [group for group in first if group.id in loads]
    plain = [Shape(tuple(chosen), None, workflows=len(chosen))] if chosen else []
    if most is None or len(chosen) < 2 or not axes:
        return plain
    ways = [_along(axes, axis, first, loads, most, apart) for axis in axes]
    return min([plain, *ways], key=lambda way: (sum(s.workflows for s in way), len(way)))


def _along(
    axes: Sequence[Axis],
    axis: Axis,
    first: Sequence[Group],
    loads: Mapping[str, Load],
    most: int,
    apart: Callable[[Sequence[Group]], bool],
) -> list[Shape]:
    """Return the groups put together along one axis, by the number of parts that it is cut into."""
    others = [a.name for a in axes if a is not axis]
    cells = cells_of(first, others)
    by_parts: dict[int, list[Group]] = {}
    for cell in cells.values():
        wanted = [group for group in cell if group.id in loads]
        # Where axes are dropped a part is taken whole; with one axis alone the ids of the chosen are cut.
        whole = len(wanted) == len(cell) or not others
        parts = 0 if not whole or apart(wanted) else _parts(axis, wanted, loads, most)
        by_parts.setdefault(parts, []).extend(wanted)
    found = []
    for parts, groups in sorted(by_parts.items(), key=lambda item: item[0] or len(first) + 1):
        if not groups:
            continue
        if parts == 0:
            found.append(Shape(tuple(groups), None, workflows=len(groups)))
            continue
        made = len(cells_of(groups, others)) * parts
        found.append(Shape(tuple(groups), _split(axes, axis, parts), tuple(others), made))
    return found


def cells_of(groups: Sequence[Group], names: Sequence[str]) -> dict[tuple[str, ...], list[Group]]:
    """Return groups by their parts of some axes; extra groups, which have none, by themselves."""
    found: dict[tuple[str, ...], list[Group]] = {}
    for group in groups:
        keys = [part.key for name in names if (part := group.part(name)) is not None]
        cell = (" ", group.id) if group.extra is not None else tuple(keys)
        found.setdefault(cell, []).append(group)
    return found


def _split(axes: Sequence[Axis], axis: Axis, parts: int) -> tuple[object, ...]:
    if parts == 1 and len(axes) > 1:
        return tuple(a.name for a in axes if a is not axis)
    kind = {"by": axis.name} if axis.dimension else {"name": axis.name}
    return tuple({**kind, "count": parts} if a is axis else a.name for a in axes)


def _parts(axis: Axis, groups: Sequence[Group], loads: Mapping[str, Load], most: int) -> int:
    """Return into how many parts the ids of groups are cut, fewer than the groups are; 0: that can't be."""
    if any(group.extra is not None for group in groups):
        return 0
    ids = sorted({i for g in groups if (part := g.part(axis.name)) is not None for i in part.ids}, key=_order)
    for parts in range(1, min(len(groups), len(ids) + 1)):
        if max(_counts(axis, ids, parts, groups, loads)) <= most:
            return parts
    return 0


def _order(value: Id) -> tuple[bool, Id]:
    return isinstance(value, str), value


def _counts(
    axis: Axis, ids: Sequence[Id], parts: int, groups: Sequence[Group], loads: Mapping[str, Load]
) -> list[float]:
    """Return how many quanta each part would run; those that are not known one by one are spread evenly."""
    least, larger = divmod(len(ids), parts)
    at: dict[Id, int] = {}
    sizes = [least + (n < larger) for n in range(parts)]
    place = iter(ids)
    for n, size in enumerate(sizes):
        at.update((next(place), n) for _ in range(size))
    held: list[set[Quantum]] = [set() for _ in range(parts)]
    more = float(sum(loads[group.id].more for group in groups))
    name = axis.dimension or axis.name
    for group in groups:
        for one in loads[group.id].quanta:
            value = one.row.get(name, one.row.get(_OTHER_NAME.get(name, name)))
            for n in range(parts) if value not in at else (at[value],):
                held[n].add(one.quantum)
    return [len(some) + more * size / len(ids) for some, size in zip(held, sizes, strict=True)]
