"""What held ready work up, and for how long."""

from __future__ import annotations

from collections import defaultdict

from cmcompile.model.forecast import Held
from cmcompile.sim.forecast.gates import Gates
from cmcompile.sim.forecast.graph import Graph
from cmcompile.sim.forecast.queue import Queue

_HOUR = 3600.0


class Account:
    """Adds up the seconds in which something was held up, and how many groups that were.

    Attributes
    ----------
    occupied
        Slot seconds that were taken, as the campaign's limit counts them.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._time: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._groups: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.occupied = 0.0

    def between(self, seconds: float, queue: Queue, gates: Gates, paused: set[int]) -> None:
        """Count the time from one pass to the next, in which nothing is sent."""
        found: dict[tuple[str, str], int] = {}
        for lane, many in queue.left():
            full = queue.full(lane)
            if lane in paused:
                name = ("pause", self._graph.lanes[lane].key[0])
            elif full is not None:
                name = ("limit", self._words(full))
            else:
                name = ("interval", "the next pass")
            found[name] = found.get(name, 0) + many
        if self._room(queue):
            for (step, needed), many in gates.waiting.items():
                if many:
                    found["needs", f"{step} needs {needed}"] = many
        for name, many in found.items():
            self._add(name, seconds, many)
        self.occupied += seconds * queue.live[0] if queue.live else 0.0

    def waited(self, kind: str, what: str, seconds: float, groups_seconds: float) -> None:
        """Count what was waited for within a pass, or for one."""
        self._time[kind, what] += seconds
        self._groups[kind, what] += groups_seconds

    def _add(self, name: tuple[str, str], seconds: float, many: int) -> None:
        self._time[name] += seconds
        self._groups[name] += seconds * many

    def _words(self, at: int) -> str:
        limit = self._graph.limits[at]
        return f"{limit.words}: {limit.most} at once"

    def _room(self, queue: Queue) -> bool:
        if not self._graph.limits:
            return False
        most = self._graph.limits[0].most
        return most is None or queue.live[0] < most

    def held(self, whole: float) -> dict[tuple[str, str], Held]:
        """Return what held work up, by kind and name.

        Parameters
        ----------
        whole
            Seconds from the beginning to the end.
        """
        return {
            (kind, what): Held(
                kind, what, min(1.0, self._time[kind, what] / whole) if whole else 0.0, seconds / _HOUR
            )
            for (kind, what), seconds in self._groups.items()
            if seconds > 0
        }
