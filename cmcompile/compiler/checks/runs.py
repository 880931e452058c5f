"""Sets of ids as runs of places, compared without looking at all of a large one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, cast

from cmcompile.bps.query.idset import Ids, IdSet
from cmcompile.model.ids import Id


def id_set(universe: tuple[Id, ...] | Ids, ids: tuple[Id, ...]) -> IdSet:
    """Return sorted ids as a set; what the universe has not is left out."""
    every = cast("tuple[Any, ...]", universe)
    start = bisect_left(every, ids[0]) if ids else 0
    if every[start : start + len(ids)] == ids:
        return IdSet.between(every, start, start + len(ids))
    bounds: list[int] = []
    for value in ids:
        start = bisect_left(every, value, start)
        if start == len(every):
            break
        if every[start] == value:
            if bounds and bounds[-1] == start:
                bounds[-1] = start + 1
            else:
                bounds += (start, start + 1)
    return IdSet(tuple(bounds), len(every), every)


def whole(universe: tuple[Id, ...]) -> IdSet:
    """Return the set of every id."""
    return IdSet.all(cast("Ids", universe))


def meets(few: IdSet, many: IdSet) -> bool:
    """Tell whether two sets share an id; ``many`` may have any number of runs."""
    return any(_next(many, start) < stop for start, stop in few.runs())


def _next(ids: IdSet, place: int) -> int:
    """Return the first place from here on that is in the set; its size where there is none."""
    at = bisect_right(ids.bounds, place)
    if at % 2:
        return place
    return ids.bounds[at] if at < len(ids.bounds) else ids.size


def common(few: IdSet, many: IdSet) -> IdSet:
    """Return what two sets share; ``many`` may have any number of runs."""
    runs: list[tuple[int, int]] = []
    for start, stop in few.runs():
        at = _next(many, start)
        while at < stop:
            end = min(stop, many.bounds[bisect_right(many.bounds, at)])
            runs.append((at, end))
            at = _next(many, end)
    return IdSet.of_runs(few.universe, runs)
