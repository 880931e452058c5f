"""Which first-pass groups share data with a group: judged by the ids of cuts and extras."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cmcompile.compiler.ids import sort_key
from cmcompile.model.group import Group, Part

_Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class _Axis:
    """The distinct parts of one dimension, by their lowest id.

    Attributes
    ----------
    apart
        Whether each part ends before the next begins, as a cut of sorted ids gives them.
    groups
        The groups of each part, and those that have no part of this dimension.
    """

    parts: tuple[Part, ...]
    lows: tuple[_Key, ...]
    apart: bool
    groups: dict[int, list[int]]
    free: list[int]

    def sharing(self, part: Part) -> set[int]:
        """Return the keys of the parts that hold an id of this part."""
        if id(part) in self.groups and self.apart:
            return {id(part)}
        ids = frozenset(part.ids)
        return {id(p) for p in self._near(part) if not ids.isdisjoint(p.ids)}

    def _near(self, part: Part) -> Iterable[Part]:
        """Return the parts that may hold an id of this part."""
        lowest, highest = sort_key(part.ids[0]), sort_key(part.ids[-1])
        stop = bisect_right(self.lows, highest)
        start = max(0, bisect_left(self.lows, lowest) - 1) if self.apart else 0
        return self.parts[start:stop]


class Index:
    """First-pass groups by the ids of their parts; made when it is first asked."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups
        self._axes: dict[str, _Axis] | None = None

    def sharing(self, group: Group) -> tuple[str, ...]:
        """Return the ids of the groups that share data with ``group``, in their order.

        An axis that either side does not have shares everything.
        """
        if self._axes is None:
            self._axes = _axes(self._groups)
        wanted = {
            name: self._axes[name].sharing(part)
            for part in group.parts
            if part.ids and (name := _name(part)) in self._axes
        }
        if not wanted:
            return tuple(g.id for g in self._groups)
        first = min(wanted, key=lambda name: self._size(name, wanted[name]))
        axis = self._axes[first]
        candidates = set(axis.free)
        for key in wanted[first]:
            candidates.update(axis.groups[key])
        found = [at for at in sorted(candidates) if _shares(self._groups[at], wanted)]
        return tuple(self._groups[at].id for at in found)

    def _size(self, name: str, keys: set[int]) -> int:
        axis = (self._axes or {})[name]
        return len(axis.free) + sum(len(axis.groups[key]) for key in keys)


def _shares(group: Group, wanted: dict[str, set[int]]) -> bool:
    return all(id(p) in wanted[name] for p in group.parts if (name := _name(p)) in wanted)


def _axes(groups: Sequence[Group]) -> dict[str, _Axis]:
    # Parts are shared between the groups of a product: each distinct part is entered once.
    parts: dict[str, dict[int, Part]] = {}
    members: dict[int, list[int]] = {}
    holders: dict[str, set[int]] = {}
    for at, group in enumerate(groups):
        for part in group.parts:
            parts.setdefault(_name(part), {})[id(part)] = part
            members.setdefault(id(part), []).append(at)
            holders.setdefault(_name(part), set()).add(at)
    found = {}
    for name, distinct in parts.items():
        by_low = sorted((p for p in distinct.values() if p.ids), key=lambda p: sort_key(p.ids[0]))
        apart = all(sort_key(a.ids[-1]) < sort_key(b.ids[0]) for a, b in pairwise(by_low))
        free = [at for at in range(len(groups)) if at not in holders[name]]
        lows = tuple(sort_key(p.ids[0]) for p in by_low)
        found[name] = _Axis(tuple(by_low), lows, apart, {key: members[key] for key in distinct}, free)
    return found


def _name(part: Part) -> str:
    return part.dimension or part.axis
