"""Which first-pass groups share data with a group: judged by the ids of cuts and extras."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cmcompile.model.group import Group, Part
from cmcompile.model.ids import Id


class Index:
    """First-pass groups by the ids of their parts."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups
        self._holders: dict[str, dict[Id, list[int]]] = {}
        self._free: dict[str, list[int]] = {}
        self._part_of: dict[int, dict[str, Part]] = {}
        self._groups_of_part: dict[int, list[int]] = {}
        self._filled = False

    def _fill(self) -> None:
        # Not done before it is needed: most steps have no rescue and no leak to ask about.
        self._filled = True
        names = {_name(p) for g in self._groups for p in g.parts}
        for name in names:
            self._holders[name] = {}
            self._free[name] = []
        for at, group in enumerate(self._groups):
            self._part_of[at] = {_name(p): p for p in group.parts}
            for name in names - self._part_of[at].keys():
                self._free[name].append(at)
        # Parts are shared between groups of a product: each distinct part is entered once.
        by_part: dict[int, tuple[Part, list[int]]] = {}
        for at, parts in self._part_of.items():
            for part in parts.values():
                by_part.setdefault(id(part), (part, []))[1].append(at)
        self._groups_of_part = {key: groups for key, (_, groups) in by_part.items()}
        for key, (part, _) in by_part.items():
            holders = self._holders[_name(part)]
            for value in part.ids:
                holders.setdefault(value, []).append(key)

    def sharing(self, group: Group) -> tuple[str, ...]:
        """Return the ids of the groups that share data with ``group``, in their order.

        An axis that either side does not have shares everything.
        """
        if not self._filled:
            self._fill()
        wanted = {
            name: self._keys(name, part.ids) for part in group.parts if (name := _name(part)) in self._holders
        }
        if not wanted:
            return tuple(g.id for g in self._groups)
        first = min(wanted, key=lambda name: self._size(name, wanted[name]))
        candidates = set(self._free[first])
        for key in wanted[first]:
            candidates.update(self._groups_of_part[key])
        found = [at for at in sorted(candidates) if self._shares(at, wanted)]
        return tuple(self._groups[at].id for at in found)

    def _size(self, name: str, keys: set[int]) -> int:
        return len(self._free[name]) + sum(len(self._groups_of_part[key]) for key in keys)

    def _shares(self, at: int, wanted: dict[str, set[int]]) -> bool:
        mine = self._part_of[at]
        return all(name not in mine or id(mine[name]) in keys for name, keys in wanted.items())

    def _keys(self, name: str, ids: Iterable[Id]) -> set[int]:
        holders = self._holders[name]
        return {key for value in ids for key in holders.get(value, ())}


def _name(part: Part) -> str:
    return part.dimension or part.axis
