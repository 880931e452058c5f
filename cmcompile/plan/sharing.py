"""Which groups of another step share ids with a group: found through an index, never pair by pair."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model.group import Group, Part
from cmcompile.model.ids import Id


class Sharing:
    """Groups of one pass by the ids of their parts.

    Parts are shared between the groups of a product: each distinct one is entered, and looked up, once.
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups
        self._parts: dict[str, dict[int, Part]] = {}
        self._holders: dict[str, dict[int, set[int]]] = {}
        self._ids: dict[str, dict[Id, list[int]]] = {}
        for at, group in enumerate(groups):
            for part in group.parts:
                self._enter(at, part)
        self._free: dict[str, frozenset[int]] = {}
        self._found: dict[tuple[str, int], tuple[Part, frozenset[int]]] = {}

    def _enter(self, at: int, part: Part) -> None:
        name = _name(part)
        parts = self._parts.setdefault(name, {})
        if id(part) not in parts:
            parts[id(part)] = part
            by_id = self._ids.setdefault(name, {})
            for value in part.ids:
                by_id.setdefault(_plain(value), []).append(id(part))
        self._holders.setdefault(name, {}).setdefault(id(part), set()).add(at)

    def of(self, group: Group) -> list[int]:
        """Return the places of the groups that share data with ``group``.

        A dimension that either side does not have shares everything.
        """
        found: set[int] | None = None
        for part in group.parts:
            if _name(part) in self._parts:
                some = self._sharing(part)
                found = set(some) if found is None else found & some
        return sorted(found) if found is not None else list(range(len(self._groups)))

    def _sharing(self, part: Part) -> frozenset[int]:
        name = _name(part)
        key = (name, id(part))
        if key not in self._found:
            by_id, holders = self._ids[name], self._holders[name]
            parts = {one for value in part.ids for one in by_id.get(_plain(value), ())}
            places = {at for one in parts for at in holders[one]}
            # Kept with the part: another one must not get its identity.
            self._found[key] = (part, frozenset(places | self._without(name)))
        return self._found[key][1]

    def _without(self, name: str) -> frozenset[int]:
        """Return the places of the groups that have no part of a dimension, as an extra one may."""
        if name not in self._free:
            held = set[int]().union(*self._holders[name].values())
            self._free[name] = frozenset(range(len(self._groups))) - held
        return self._free[name]


def _name(part: Part) -> str:
    return part.dimension or part.axis


def _plain(value: Id) -> str | int:
    """Return an id as a number where it is one: lists of one campaign may differ in it."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
