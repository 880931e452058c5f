"""Which ids each group takes, by its rendered predicate."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from cmcompile.bps.query.idset import Ids, IdSet
from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.sets import Boxes, evaluate
from cmcompile.model.group import ClauseText, Group, Part
from cmcompile.model.ids import Id

#: What the compiler writes for whole numbers: ``visit in (1, 5..9)``.
_EXACT = re.compile(r"(\w+) in \((\d+(?:\.\.\d+)?(?:, \d+(?:\.\.\d+)?)*+)\)\Z")

#: A product of id sets, by dimension.
Box = Mapping[str, IdSet]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a predicate takes of the dimensions of a split.

    Attributes
    ----------
    boxes
        What is taken is in any of these products.
    unknown
        Parts of the text that can't be worked out; they are taken as true.
    """

    boxes: tuple[Box, ...]
    unknown: tuple[str, ...] = ()


class Evaluator:
    """Evaluates clauses over the ids of one step; a clause that many groups share is evaluated once.

    Parameters
    ----------
    universes
        All ids of each dimension: sorted, unique, of one type.
    """

    def __init__(self, universes: Mapping[str, tuple[Id, ...]]) -> None:
        self._universes = cast("Mapping[str, Ids]", universes)
        self._known: dict[str, Boxes | None] = {}
        self._parts: dict[int, tuple[Part, IdSet]] = {}
        self._all = Taken(({name: IdSet.all(ids) for name, ids in self._universes.items()},))

    def takes_its_parts(self, group: Group, clauses: Sequence[ClauseText]) -> bool:
        """Tell whether a group takes the ids of its parts and no others, for what can be seen at a glance.

        False says only that it takes a closer look.
        """
        waiting = {p.dimension: p for p in group.parts if p.dimension in self._universes}
        for clause in clauses:
            if clause.kind == "axis":
                name, _, items = clause.text.partition(" in (")
                part = waiting.pop(name, None)
                if part is None or items[-1:] != ")" or not _are(items[:-1], part.ids):
                    return False
            elif clause.kind != "layer" or self._clause(clause) is not _EVERYTHING:
                return False
        return not waiting

    def taken(self, clauses: Iterable[ClauseText], group: Group | None = None) -> Taken:
        """Return what the clauses take together; the parts of ``group`` are recognised quickly."""
        taken = self._all
        for clause in clauses:
            found = self._part_itself(clause.text, group) or self._clause(clause)
            if found is None:
                taken = Taken(taken.boxes, (*taken.unknown, clause.text))
            elif taken is self._all:
                taken = taken if found is _EVERYTHING else _taken(found)
            elif found is not _EVERYTHING:
                taken = _both(taken, found)
        return taken

    def _part_itself(self, text: str, group: Group | None) -> Boxes | None:
        """Return a part of the group as boxes where the text takes just its ids.

        The text is evaluated here too, only with less ado: most clauses are of this form.
        """
        found = _EXACT.match(text) if group is not None else None
        part = group.part(found[1]) if group is not None and found is not None else None
        name = part.dimension if part is not None else None
        if found is None or part is None or name is None or name not in self._universes:
            return None
        if not _are(found[2], part.ids):
            return None
        return Boxes(({**self._all.boxes[0], name: self.members(part)},), True, ())

    def _clause(self, clause: ClauseText) -> Boxes | None:
        # The clauses of axes differ from group to group: keeping them would only cost memory.
        if clause.kind not in ("layer", "override"):
            return self._evaluate(clause.text)
        if clause.text not in self._known:
            self._known[clause.text] = self._evaluate(clause.text)
        return self._known[clause.text]

    def _evaluate(self, text: str) -> Boxes | None:
        parsed = parse(text)
        if parsed.expr is None:
            return None
        found = evaluate(parsed.expr, text, self._universes)
        if found.exact and found.boxes == self._all.boxes:
            return _EVERYTHING
        return found

    def members(self, part: Part) -> IdSet:
        """Return the ids of a part as a set; ids that are in no list are left out."""
        known = self._parts.get(id(part))
        if known is None:
            known = (part, self.ids(_dimension(part), part.ids))
            self._parts[id(part)] = known
        return known[1]

    def ids(self, dimension: str, ids: tuple[Id, ...]) -> IdSet:
        """Return sorted ids of a dimension as a set."""
        universe = self._universes[dimension]
        start = bisect_left(universe, ids[0]) if ids else 0
        if universe[start : start + len(ids)] == ids:
            return IdSet.between(universe, start, start + len(ids))
        runs = []
        for value in ids:
            at = bisect_left(universe, value)
            if at < len(universe) and universe[at] == value:
                runs.append((at, at + 1))
        return IdSet.of_runs(universe, runs)


_EVERYTHING = Boxes((), True, ())


def _are(written: str, ids: tuple[Id, ...]) -> bool:
    """Tell whether the items of an ``in (…)`` are these sorted ids."""
    try:
        return _are_numbers(written, ids)
    except ValueError:
        return False


def _are_numbers(written: str, ids: tuple[Id, ...]) -> bool:
    at = 0
    for item in written.split(", "):
        if ".." in item:
            lo, _, hi = item.partition("..")
            first, last = int(lo), int(hi)
            end = at + last - first
            # The ids rise: where the ends of a run are as far apart as their values, all between are there.
            if not at <= end < len(ids) or ids[at] != first or ids[end] != last:
                return False
            at = end + 1
        elif at < len(ids) and ids[at] == int(item):
            at += 1
        else:
            return False
    return at == len(ids)


def _dimension(part: Part) -> str:
    return part.dimension or part.axis


def _taken(found: Boxes) -> Taken:
    return Taken(found.boxes, tuple(u.text for u in found.unknown))


def _both(taken: Taken, other: Boxes) -> Taken:
    boxes = []
    for one in taken.boxes:
        for box in other.boxes:
            met = {name: one[name].intersect(box[name]) for name in one}
            if all(met.values()):
                boxes.append(met)
    return Taken(tuple(boxes), taken.unknown + tuple(u.text for u in other.unknown))
