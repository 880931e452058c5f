"""Worlds for tests of the far side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cmcompile.model.body import Process, WmsRef
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.faults import CALM, Fault, Rates
from cmcompile.sim.far.runs import Job
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.task import Task

T = TypeVar("T")

PANDA, CONDOR = WmsRef("lsst.panda", "doma"), WmsRef("lsst.htcondor")
PROCESS = Process("alpha", "boot", 1)


def dull(rates: Rates = CALM) -> World:
    """Return a world in which nothing happens by chance."""
    return World(Choices.dull(), rates)


def always(*faults: Fault, seed: int = 0, switch: float = 0.0) -> World:
    """Return a world in which one of some faults happens wherever it can."""
    return World(Choices(seed), Rates(switch, dict.fromkeys(faults, 1.0)))


def job(name: str = "p/x/w00", claim: str = "", gate: str = "") -> Job:
    return Job(name, f"u/{name}", claim=claim, gate=gate)


def start(world: World, name: str, run: Callable[[], object]) -> Task:
    return world.spawn(name, run, PROCESS)


def done(world: World, run: Callable[[], T], name: str = "task") -> T:
    """Run something in a task of its own, and all else as well, until it is over; return what it returns."""
    results: list[T] = []
    task = start(world, name, lambda: results.append(run()))
    world.run(until=lambda: not task.alive)
    if task.error is not None:
        raise task.error
    return results[0]
