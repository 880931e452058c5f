"""Which ids each group takes, by its rendered predicate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from cmcompile.bps.query.idset import Ids, IdSet
from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.sets import MAX_BOXES, evaluate
from cmcompile.compiler.checks.runs import id_set
from cmcompile.model.group import ClauseText, Group, Part
from cmcompile.model.ids import Id

#: The other form of what the compiler writes: ``tract = 5``, ``band = 'r'``.
_ONE = re.compile(r"(\w+) = (\d+|'[^'\"\n]*+')\Z")

#: Ids of one dimension: a part of a group, where it is just that, or any set.
Some: TypeAlias = Part | IdSet
#: A product of ids; a dimension that is not named is taken whole.
Box: TypeAlias = Mapping[str, Some]

_EVERYTHING: tuple[Box, ...] = ({},)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a predicate takes of the dimensions of a step.

    Attributes
    ----------
    boxes
        What is taken is in any of these products.
    unknown
        Parts of the text that can't be worked out; they are taken as true.
    """

    boxes: tuple[Box, ...]
    unknown: tuple[str, ...] = ()


#: What a clause takes that says nothing about the dimensions of a step.
_ALL = Taken(_EVERYTHING)


class Evaluator:
    """Evaluates clauses over the ids of one step; a clause that many groups share is evaluated once.

    Parameters
    ----------
    universes
        All ids of each dimension: sorted, unique, of one type.
    """

    def __init__(self, universes: Mapping[str, tuple[Id, ...]]) -> None:
        self._universes = cast("Mapping[str, Ids]", universes)
        self._known: dict[str, Taken] = {}
        self._parts: dict[int, tuple[Part, IdSet]] = {}
        self._texts: dict[int, tuple[Part, str]] = {}

    def taken(self, clauses: Iterable[ClauseText], group: Group) -> Taken:
        """Return what the clauses of a group take together."""
        parts: dict[str, Some] = {}
        boxes: tuple[Box, ...] = (parts,)
        unknown: tuple[str, ...] = ()
        is_product = len(group.parts) > 1
        rest: list[tuple[str, Taken]] = []
        for clause in clauses:
            is_shared = clause.kind in ("layer", "override")
            known = self._known.get(clause.text) if is_shared else None
            part = self._part_itself(clause.text, group) if known is None else None
            name = part.dimension or "" if part is not None else ""
            if part is not None and name not in parts:
                parts[name] = part
                continue
            found = known or self.clause(clause.text, keep=is_shared or is_product)
            if found is not _ALL:
                rest.append((clause.text, found))
        for text, found in rest:
            both = self._both(boxes, found.boxes)
            too_many = len(both) > MAX_BOXES
            boxes = boxes if too_many else both
            unknown += (text,) if too_many else found.unknown
        return Taken(boxes, unknown)

    def clause(self, text: str, *, keep: bool = True) -> Taken:
        """Return what one clause takes; what can't be read is unknown.

        Parameters
        ----------
        keep
            Whether to remember it. What stands in one group only would cost memory, and be asked for once.
        """
        found = self._known.get(text)
        if found is None:
            found = self._evaluate(text)
            if keep:
                self._known[text] = found
        return found

    def _part_itself(self, text: str, group: Group) -> Part | None:
        """Return the part of the group whose ids, all and no others, a text takes.

        The text is read here too, only with less ado: most clauses are ``visit in (1, 5..9)``.
        """
        name, _, items = text.partition(" in (")
        if items[-1:] == ")":
            items = items[:-1]
        elif (found := _ONE.match(text)) is not None:
            name, items = found.groups()
        else:
            return None
        part = group.part(name)
        if part is None or part.dimension != name or name not in self._universes:
            return None
        known = self._texts.get(id(part))
        if known is not None and known[1] == text:
            return part
        if not _are(items, part.ids):
            return None
        if len(group.parts) > 1:
            self._texts[id(part)] = (part, text)
        return part

    def _evaluate(self, text: str) -> Taken:
        parsed = parse(text)
        if parsed.expr is None:
            return Taken(_EVERYTHING, (text,))
        found = evaluate(parsed.expr, text, self._universes)
        boxes = [{n: ids for n, ids in box.items() if not _is_whole(ids)} for box in found.boxes]
        unknown = tuple(u.text for u in found.unknown)
        if {} in boxes:
            return Taken(_EVERYTHING, unknown) if unknown else _ALL
        return Taken(tuple(boxes), unknown)

    def _both(self, some: tuple[Box, ...], others: tuple[Box, ...]) -> tuple[Box, ...]:
        if others == _EVERYTHING:
            return some
        met = (self._meet(one, other) for one in some for other in others)
        return tuple(box for box in met if box is not None)

    def _meet(self, one: Box, other: Box) -> Box | None:
        """Return what two boxes have in common, or None where that is nothing."""
        met = dict(one)
        for name, ids in other.items():
            mine = met.get(name)
            if mine is None:
                met[name] = ids
            elif mine is not ids:
                met[name] = self.members(name, mine).intersect(self.members(name, ids))
            if isinstance(met[name], IdSet) and not met[name]:
                return None
        return met

    def members(self, name: str, some: Some) -> IdSet:
        """Return ids of a dimension as a set; those of a part that are in no list are left out."""
        if isinstance(some, IdSet):
            return some
        known = self._parts.get(id(some))
        if known is None:
            known = (some, id_set(self._universes[name], some.ids))
            self._parts[id(some)] = known
        return known[1]


def _are(written: str, ids: tuple[Id, ...]) -> bool:
    """Tell whether the items of an ``in (…)`` are these sorted ids."""
    if written[:1] == "'" == written[-1:]:
        return tuple(written[1:-1].split("', '")) == ids
    try:
        return "_" not in written and _are_numbers(written, ids)
    except ValueError:
        return False


def _are_numbers(written: str, ids: tuple[Id, ...]) -> bool:
    at, count = 0, len(ids)
    for item in written.split(", "):
        if ".." in item:
            lo, _, hi = item.partition("..")
            first, last = int(lo), int(hi)
            end = at + last - first
            # The ids rise: where the ends of a run are as far apart as their values, all between are there.
            if not at <= end < count or ids[at] != first or ids[end] != last:
                return False
            at = end + 1
        elif at < count and ids[at] == int(item):
            at += 1
        else:
            return False
    return at == count


def _is_whole(ids: IdSet) -> bool:
    return ids.bounds == (0, ids.size)
