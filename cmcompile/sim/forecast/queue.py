"""Groups that are ready, and who goes first under the limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush

from cmcompile.sim.forecast.graph import Graph


class Queue:
    """What is ready, by lane, in the order of the plan; and how many workflows each limit counts.

    Attributes
    ----------
    live
        By limit.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._heaps: list[list[tuple[int, int]]] = [[] for _ in graph.lanes]
        self._queued: set[int] = set()
        self._capped = [
            tuple(at for at in lane.limits if graph.limits[at].most is not None) for lane in graph.lanes
        ]
        self.live = [limit.taken for limit in graph.limits]

    def push(self, node: int) -> None:
        """Put a group in; once is enough."""
        if node not in self._queued:
            self._queued.add(node)
            found = self._graph.nodes[node]
            heappush(self._heaps[found.lane], (found.order, node))

    def take(self, fit: Callable[[int], bool], paused: Callable[[int], bool]) -> Iterator[int]:
        """Yield the groups that are admitted now, in order; each counts at once.

        Parameters
        ----------
        fit
            Whether a group is ready still; one that is not is dropped, until it is put in again.
        paused
            Whether nothing of a lane is sent now.
        """
        stopped = {at for at, heap in enumerate(self._heaps) if heap and paused(at)}
        while True:
            best = min(
                (
                    (heap[0], at)
                    for at, heap in enumerate(self._heaps)
                    if heap and at not in stopped and self.full(at) is None
                ),
                default=None,
            )
            if best is None:
                return
            (_, node), lane = best
            heappop(self._heaps[lane])
            self._queued.discard(node)
            if fit(node):
                self.count(node, 1)
                yield node

    def count(self, node: int, change: int) -> None:
        """Count a workflow of a group as begun, or as over."""
        for at in self._graph.lanes[self._graph.nodes[node].lane].limits:
            self.live[at] += change

    def full(self, lane: int) -> int | None:
        """Return the first limit that lets no more of a lane through, or None."""
        limits = self._graph.limits
        for at in self._capped[lane]:
            most = limits[at].most
            if most is not None and self.live[at] >= most:
                return at
        return None

    def left(self) -> Iterator[tuple[int, int]]:
        """Yield each lane with the number of groups that are ready in it."""
        for at, heap in enumerate(self._heaps):
            if heap:
                yield at, len(heap)
