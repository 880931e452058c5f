"""Which ids a query takes, worked out without a Butler: for the proof that groups cover a list exactly.

What a query says about other dimensions is left out of account: ``instrument = 'LSSTCam'`` narrows nothing.
What it says about the same data in other words (``exposure.observation_type``, ``band`` for visits) can't be
known without a Butler: it is reported as unknown, and taken as true where it stands beside ``and``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, cast

from cmcompile.bps.query.dimensions import dimension, elements, fixed_by
from cmcompile.bps.query.idset import Ids, IdSet
from cmcompile.bps.query.names import Unnamed, interpret
from cmcompile.bps.query.tree import (
    And,
    Compare,
    Expr,
    Float,
    Identifier,
    In,
    Int,
    Not,
    Null,
    Or,
    Range,
    String,
    identifiers,
)

MAX_BOXES = 256
"""Boxes of one query beyond which a part counts as unknown."""

_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}

Box: TypeAlias = Mapping[str, IdSet]
"""Ids of each dimension; a box stands for all their combinations."""


@dataclass(frozen=True, slots=True)
class UnknownPart:
    """A part of a query that can't be worked out here; ``text`` is what stands there."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Boxes:
    """What a query takes.

    Attributes
    ----------
    boxes
        The query takes the combinations in any of them; they may overlap. Each box has every dimension
        that was asked about. No box: the query takes nothing.
    exact
        Whether that is all that the query says about these dimensions. If not, it takes these or fewer.
    unknown
        The parts that were taken as true because they can't be worked out here.
    """

    boxes: tuple[Box, ...]
    exact: bool
    unknown: tuple[UnknownPart, ...]

    def takes(self, positions: Mapping[str, int]) -> bool:
        """Tell whether a combination of ids, given by their positions, is taken."""
        return any(all(positions[name] in ids for name, ids in box.items()) for box in self.boxes)


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of a query takes.

    ``plain`` means that nothing in it was left out or unknown; ``apart`` that it is only about other things.
    """

    boxes: tuple[Box, ...]
    plain: bool = True
    apart: bool = False
    unknown: tuple[UnknownPart, ...] = ()


_APART = _Part(({},), plain=False, apart=True)


def evaluate(expr: Expr, text: str, universes: Mapping[str, Ids]) -> Boxes:
    """Return which ids a query takes.

    Parameters
    ----------
    expr, text
        The query, read by ``parser.parse`` from this text.
    universes
        For each dimension of interest all its ids: sorted, each once. Names that are no dimensions are
        never narrowed.
    """
    part = _Walk(text, universes).part(expr, negated=False)
    boxes = tuple(
        {name: box.get(name) or IdSet.all(ids) for name, ids in universes.items()} for box in part.boxes
    )
    return Boxes(boxes, not part.unknown, part.unknown)


class _Walk:
    __slots__ = ("bearing", "text", "universes")

    def __init__(self, text: str, universes: Mapping[str, Ids]) -> None:
        self.text = text
        self.universes = universes
        self.bearing = _bearing(frozenset(universes))

    def part(self, expr: Expr, *, negated: bool) -> _Part:
        """Return what an expression takes, or what its opposite takes."""
        if isinstance(expr, Not):
            return self.part(expr.item, negated=not negated)
        if isinstance(expr, And | Or):
            parts = [self.part(item, negated=negated) for item in expr.items]
            return self._all(expr, parts) if isinstance(expr, And) != negated else self._any(expr, parts)
        ids = self._ids(expr, negated=negated)
        if ids is not None:
            name, found = ids
            return _Part(({name: found},) if found else ())
        return _APART if self._apart(expr) else self._unknown(expr)

    def _unknown(self, expr: Expr) -> _Part:
        text = self.text[expr.offset : expr.end]
        return _Part(({},), plain=False, unknown=(UnknownPart(expr.offset, text),))

    def _all(self, expr: Expr, parts: list[_Part]) -> _Part:
        boxes: tuple[Box, ...] = ({},)
        for part in parts:
            boxes = _product(boxes, part.boxes)
            if len(boxes) > MAX_BOXES:
                return self._unknown(expr)
        return _Part(
            boxes,
            plain=all(part.plain for part in parts),
            apart=bool(parts) and all(part.apart for part in parts),
            unknown=tuple(unknown for part in parts for unknown in part.unknown),
        )

    def _any(self, expr: Expr, parts: list[_Part]) -> _Part:
        if parts and all(part.apart for part in parts):
            return _APART
        if not all(part.plain for part in parts):
            return self._unknown(expr)
        boxes = _merged([box for part in parts for box in part.boxes], self.universes)
        return _Part(boxes) if len(boxes) <= MAX_BOXES else self._unknown(expr)

    def _apart(self, expr: Expr) -> bool:
        """Tell whether a condition is about other things than the dimensions of interest."""
        names = identifiers(expr)
        for name in names:
            found = interpret(name.name)
            if isinstance(found, Unnamed) or any(column.element in self.bearing for column in found):
                return False
        return bool(names)

    def _ids(self, expr: Expr, *, negated: bool) -> tuple[str, IdSet] | None:
        """Return the dimension and the ids of one comparison, or None where it is not so simple."""
        if isinstance(expr, Compare) and expr.op in _MIRRORED:
            left, op, right = expr.left, expr.op, expr.right
            if not isinstance(left, Identifier):
                left, op, right = right, _MIRRORED[op], left
            name = self._dimension(left)
            if name is None or isinstance(right, Range) or not _fits(name, right):
                return None
            universe = self.universes[name]
            return name, _compared(universe, _OPPOSITE[op] if negated else op, right)
        if isinstance(expr, In):
            name = self._dimension(expr.left)
            if name is None or not all(_fits(name, item) for item in expr.items):
                return None
            universe = self.universes[name]
            found = IdSet.of_runs(universe, [run for item in expr.items for run in _runs(universe, item)])
            return name, found.complement() if expr.negated != negated else found
        return None

    def _dimension(self, expr: Expr) -> str | None:
        name = _key(expr.name) if isinstance(expr, Identifier) else None
        return name if name in self.universes else None


@lru_cache(maxsize=4096)
def _key(name: str) -> str | None:
    """Return the dimension whose ids a name stands for, or None."""
    found = interpret(name)
    if isinstance(found, Unnamed) or len(found) != 1 or found[0].field:
        return None
    return found[0].element


@lru_cache(maxsize=256)
def _bearing(names: frozenset[str]) -> frozenset[str]:
    """Return the elements that say something about these dimensions: the dimensions themselves among them.

    Those that they fix, the joins that identify their records, and what a query always joins to them. Fields
    of datasets (an empty name) may say something about anything.
    """
    found = {""}
    for name in names:
        if dimension(name) is None:
            continue
        found |= {name} | fixed_by(name)
        for element in elements().values():
            if not element.key and name in element.required:
                found.add(element.name)
                linked = element.required if element.joined else ()
                for other in linked:
                    if elements()[other].governor != other:
                        found |= {other} | fixed_by(other)
    return frozenset(found)


def _fits(name: str, value: Expr) -> bool:
    element = dimension(name)
    if isinstance(value, Null):
        return True
    if element is not None and element.key_type == "int":
        return isinstance(value, Int | Float | Range)
    return isinstance(value, String)


def _compared(universe: Ids, op: str, value: Expr) -> IdSet:
    """Return the ids that compare with a value; no id is null."""
    if isinstance(value, Null):
        return IdSet.all(universe) if op == "!=" else IdSet.between(universe, 0, 0)
    low, high = _place(universe, value)
    if op in ("=", "!="):
        found = IdSet.between(universe, low, high)
        return found if op == "=" else found.complement()
    if op[0] == "<":
        return IdSet.between(universe, 0, low if op == "<" else high)
    return IdSet.between(universe, high if op == ">" else low, len(universe))


def _place(universe: Ids, value: Expr) -> tuple[int, int]:
    """Return the positions of the first id not below a value, and of the first above it."""
    sought = value.value if isinstance(value, Int | Float | String) else None
    low = bisect_left(cast("Sequence[Any]", universe), sought)
    return low, low + (low < len(universe) and universe[low] == sought)


def _runs(universe: Ids, item: Expr) -> list[tuple[int, int]]:
    if isinstance(item, Null):
        return []
    if not isinstance(item, Range):
        return [_place(universe, item)]
    numbers = cast("Sequence[int]", universe)
    low, high = bisect_left(numbers, item.lo), bisect_right(numbers, item.hi)
    if item.step == 1:
        return [(low, high)]
    if (item.hi - item.lo) // item.step < high - low:
        return [_place(universe, Int(0, 0, n)) for n in range(item.lo, item.hi + 1, item.step)]
    return [(at, at + 1) for at in range(low, high) if (numbers[at] - item.lo) % item.step == 0]


def _product(some: tuple[Box, ...], others: tuple[Box, ...]) -> tuple[Box, ...]:
    if others == ({},):
        return some
    if some == ({},):
        return others
    return tuple(box for a in some for b in others if (box := _meet(a, b)) is not None)


def _meet(one: Box, other: Box) -> Box | None:
    """Return what two boxes have in common, or None where that is nothing."""
    box = dict(one)
    for name, ids in other.items():
        box[name] = box[name].intersect(ids) if name in box else ids
        if not box[name]:
            return None
    return box


def _merged(boxes: list[Box], universes: Mapping[str, Ids]) -> tuple[Box, ...]:
    """Return fewer boxes that stand for the same: those that differ in one dimension only become one."""
    if len(boxes) < 2:
        return tuple(boxes)
    names = sorted({name for box in boxes for name in box})
    whole = {name: IdSet.all(universes[name]) for name in names}
    boxes = [{**whole, **box} for box in boxes]
    for name in names:
        groups: dict[tuple[tuple[int, ...], ...], list[Box]] = {}
        for box in boxes:
            groups.setdefault(tuple(box[n].bounds for n in names if n != name), []).append(box)
        boxes = [
            {**group[0], name: group[0][name].union(*(box[name] for box in group[1:]))}
            for group in groups.values()
        ]
    return tuple(boxes)
