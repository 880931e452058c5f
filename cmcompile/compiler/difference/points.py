"""The keys in which two shapes may differ, found once for all groups that have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmcompile.compiler.difference.changes import Change
from cmcompile.compiler.difference.pair import GroupPair, Path
from cmcompile.compiler.shape import Shape
from cmcompile.model.resolved import Branch, Gone, Tree

#: An edit, and the key of the submit file that differs because of it.
Effect = tuple[Change, str]


@dataclass(frozen=True, slots=True)
class Point:
    """A value, list, or absent key, on either side."""

    path: Path
    old: Tree | None
    new: Tree | None


def points(old: Tree | None, new: Tree | None, path: Path = ()) -> Iterator[Point]:
    """Yield what is to be compared: values and lists, where a mapping has none of its own."""
    old = None if isinstance(old, Gone) else old
    new = None if isinstance(new, Gone) else new
    before = old if isinstance(old, Branch) else None
    after = new if isinstance(new, Branch) else None
    open_old = old is None or (before is not None and bool(before.entries))
    open_new = new is None or (after is not None and bool(after.entries))
    if (before is None and after is None) or not (open_old and open_new):
        yield Point(path, old, new)
        return
    keys = [*(after.entries if after else ()), *(before.entries if before else ())]
    for key in dict.fromkeys(keys):
        then = before.entries.get(key) if before else None
        now = after.entries.get(key) if after else None
        yield from points(then, now, (*path, key))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What two shapes need: the effects that all groups have, and the points to look at for each."""

    shared: tuple[Effect, ...]
    each: tuple[Point, ...]
    shapes: tuple[Shape, Shape]


class Plans:
    """Finds the effects of edits on groups, the work on equal shapes done once."""

    def __init__(self) -> None:
        self._plans: dict[tuple[int, int], _Plan] = {}

    def effects(self, pair: GroupPair) -> list[Effect]:
        """Return what differs in one group."""
        shapes = (pair.old.shape, pair.new.shape)
        key = (id(shapes[0]), id(shapes[1]))
        if key not in self._plans:
            self._plans[key] = _plan(pair)
        plan = self._plans[key]
        found = list(plan.shared)
        for point in plan.each:
            found += _effects(pair, point)
        return found + [(made, "file") for made in pair.file()]


def _plan(pair: GroupPair) -> _Plan:
    shared: list[Effect] = []
    each: list[Point] = []
    for point in points(pair.old.shape.tree, pair.new.shape.tree):
        if pair.old.is_static(point.old) and pair.new.is_static(point.new):
            shared += _effects(pair, point)
        else:
            each.append(point)
    return _Plan(tuple(shared), tuple(each), (pair.old.shape, pair.new.shape))


def _effects(pair: GroupPair, point: Point) -> list[Effect]:
    return [(made, ".".join(point.path)) for made in pair.at(point.path, point.old, point.new)]
