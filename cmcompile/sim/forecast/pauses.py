"""Pauses of a campaign, as the plan judges them at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from cmcompile.model.source import Scalar
from cmcompile.plan.inputs import Facts
from cmcompile.plan.rules import pause
from cmcompile.plan.times import end_of
from cmcompile.plan.world import World
from cmcompile.sim.forecast.graph import Graph


class Pauses:
    """Says whether nothing of a lane is sent at a moment; holds no group, so that asking is quick."""

    def __init__(self, world: World, graph: Graph) -> None:
        self._inputs = replace(world.inputs, declared=())
        self._keys = [
            lane.key if any(p.pauses for p in world.paces(lane.key)) else None for lane in graph.lanes
        ]
        self._asked: tuple[float, World] | None = None
        self._ends = sorted(self._ending(world, graph))

    def after(self, at: float) -> float | None:
        """Return the first moment after another at which a pause ends, or None."""
        return next((end for end in self._ends if end > at), None)

    def _ending(self, world: World, graph: Graph) -> Iterator[float]:
        for lane in graph.lanes:
            for node in (n for pace in world.paces(lane.key) for n in pace.pauses):
                told = node.get("to")
                end = end_of(str(told.value)) if isinstance(told, Scalar) and told.value else None
                if end is not None:
                    yield (end - self._inputs.facts.now).total_seconds()

    def __call__(self, lane: int, at: float) -> bool:
        """Tell whether a lane is paused, so many seconds from the beginning."""
        key = self._keys[lane]
        if key is None:
            return False
        if self._asked is None or self._asked[0] != at:
            now = self._inputs.facts.now + timedelta(seconds=at)
            self._asked = (at, World(replace(self._inputs, facts=Facts(now))))
        return pause(self._asked[1], key) is not None
