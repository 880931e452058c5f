"""Preparing, as ``apply`` does it: in order, so many children at once, one for each output collection."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from math import inf

from cmcompile.sim.forecast.graph import Graph


def prepared(
    graph: Graph, admitted: Sequence[tuple[int, float]], start: float, at_once: int
) -> list[tuple[float, float]]:
    """Return when the preparing of each admitted workflow begins and ends.

    Parameters
    ----------
    admitted
        Groups in order, each with the seconds that preparing it takes.
    at_once
        At most so many children.
    """
    busy: dict[int | str, int] = {}
    ends: list[tuple[float, int]] = []
    found: dict[int, tuple[float, float]] = {}
    waiting = list(range(len(admitted)))
    now = start
    while waiting:
        for at in _begun(graph, admitted, waiting, busy, at_once - len(ends)):
            found[at] = (now, now + admitted[at][1])
            heappush(ends, (now + admitted[at][1], at))
        if waiting:
            now, at = heappop(ends)
            for name in _names(graph, admitted[at][0]):
                busy[name] -= 1
    return [found[at] for at in range(len(admitted))]


def _begun(
    graph: Graph,
    admitted: Sequence[tuple[int, float]],
    waiting: list[int],
    busy: dict[int | str, int],
    room: int,
) -> list[int]:
    """Take what begins now from what is waiting, and count it as busy."""
    begun: list[int] = []
    for at in waiting:
        node = admitted[at][0]
        names = _names(graph, node)
        if len(begun) >= room:
            break
        if graph.nodes[node].output and busy.get(graph.nodes[node].output, 0):
            continue  # BPS registers a run in its output: one after the other
        if any(busy.get(name, 0) >= (_most(graph, name) or inf) for name in names):
            break
        for name in names:
            busy[name] = busy.get(name, 0) + 1
        begun.append(at)
    for at in begun:
        waiting.remove(at)  # they stand near the front
    return begun


def _names(graph: Graph, node: int) -> list[int | str]:
    """Return what counts the preparing of a group: limits, and its output where it is shared."""
    found = graph.nodes[node]
    names: list[int | str] = [
        at for at in graph.lanes[found.lane].limits if graph.limits[at].submitting is not None
    ]
    return [*names, found.output] if found.output else names


def _most(graph: Graph, name: int | str) -> int | None:
    return 1 if isinstance(name, str) else graph.limits[name].submitting
