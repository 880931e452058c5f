"""Which groups overlap on the sky, worked out from what the Butler answered and somebody stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cmcompile.model.group import Group
from cmcompile.model.ids import Id, natural
from cmcompile.model.sky import Sky


@dataclass(slots=True)
class _Held:
    """Groups of a step by the ids that they hold of a dimension.

    Attributes
    ----------
    open
        Groups that hold an id which is not known, or do not say what they hold: they may overlap anything.
    """

    by_id: dict[str, set[str]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    cut: bool = False


class StoredOverlaps:
    """Says which groups of a step overlap a group; see ``Facts.overlaps``.

    A group waits at least for those that overlap it: where it holds an id that is not known, for all; of the
    others, those that hold an id that is not known count as overlapping.
    """

    def __init__(self, skies: Iterable[Sky], groups: Iterable[Group]) -> None:
        self._skies = [one for sky in skies for one in (sky.turned(), sky)]
        self._groups: dict[str, list[Group]] = {}
        for group in groups:
            self._groups.setdefault(group.step, []).append(group)
        self._others = [sky.others() for sky in self._skies]
        self._held: dict[tuple[str, int], _Held] = {}

    def __call__(self, group: Group, step: str) -> frozenset[str] | None:
        """Return the ids of the groups of a step that may overlap a group; None: it can't be told."""
        for at, sky in enumerate(self._skies):
            mine = _ids(group, sky.dimension)
            if mine is None:
                continue
            held = self._of(step, at)
            if held.cut:
                return self._found(mine, sky, held)
        return None

    def _found(self, mine: Collection[str], sky: Sky, held: _Held) -> frozenset[str] | None:
        places: set[str] = set()
        for one in mine:
            if one not in sky.places:
                return None
            places |= sky.places[one]
        return frozenset(held.open.union(*(held.by_id.get(place, ()) for place in places)))

    def _of(self, step: str, at: int) -> _Held:
        if (step, at) not in self._held:
            self._held[step, at] = _held(self._groups.get(step, ()), self._skies[at].sky, self._others[at])
        return self._held[step, at]


def unknown(sky: Sky, groups: Iterable[Group]) -> dict[str, list[str]]:
    """Return by dimension which ids of groups are not known, sorted as people do."""
    known = {sky.dimension: frozenset(sky.places), sky.sky: sky.others()}
    found: dict[str, set[str]] = {name: set() for name in known}
    for group in groups:
        for name, ids in known.items():
            found[name] |= {one for one in _ids(group, name) or () if one not in ids}
    return {name: sorted(ids, key=natural) for name, ids in found.items() if ids}


def _held(groups: Sequence[Group], dimension: str, known: frozenset[str]) -> _Held:
    found = _Held()
    for group in groups:
        ids = _ids(group, dimension)
        if ids is None:
            found.open.add(group.id)
            continue
        found.cut = True
        for one in ids:
            found.by_id.setdefault(one, set()).add(group.id)
            if one not in known:
                found.open.add(group.id)
    return found


def _ids(group: Group, dimension: str) -> set[str] | None:
    """Return what a group holds of a dimension; None: it is not cut by it."""
    parts = [part for part in group.parts if part.dimension == dimension]
    if not parts:
        return None
    out = {str(one) for name in {dimension, *(p.axis for p in parts)} for one in group.excluded.get(name, ())}
    return {text for part in parts for text in _texts(part.ids) if text not in out}


def _texts(ids: Iterable[Id]) -> Iterator[str]:
    return map(str, ids)
