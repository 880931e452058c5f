"""The simulated far side by the clock on the wall."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from cmcompile.sim.far.butler import SimButler
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.settings import Settings
from cmcompile.sim.far.wms import SimWms


@dataclass(frozen=True, slots=True)
class Pace:
    """How time passes, and how long runs take.

    Attributes
    ----------
    speed
        Simulated seconds in each real one.
    waits, runs
        For how long a run is submitted, and running, in simulated seconds. ``runs`` infinite: until it is
        told to end.
    settling
        After so many real seconds a run that was taken is shown, as is promised.
    """

    speed: float = 60.0
    waits: float = 60.0
    runs: float = math.inf
    settling: float = 1.0


class RealTime:
    """A far side in which nothing happens by chance, and time passes by itself.

    Attributes
    ----------
    hides
        For so many real seconds runs that are taken from now on are not shown.
    """

    def __init__(self, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = pace
        self.hides = 0.0
        self.world = World(Choices.dull())
        self.wms = SimWms(self.world, Settings(waits=pace.waits, runs=pace.runs, failing=0.0, again=0.0))
        self.butler = SimButler(self.world, self.wms)
        self._clock = clock
        self._began = clock()

    def catch_up(self) -> float:
        """Let happen what is due; return the simulated time."""
        self.world.run((self._clock() - self._began) * self.pace.speed)
        return self.world.now
