"""The simulated far side keeps the contracts that real ones keep."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import pytest
from contracts import butler as butler_contract
from contracts import host as host_contract
from contracts import wms as wms_contract
from far_worlds import CONDOR, PANDA, dull

from cmcompile.model.body import Process, WmsRef
from cmcompile.model.outcome import Quantum
from cmcompile.sim.far.butler import SimButler
from cmcompile.sim.far.host import SimHost
from cmcompile.sim.far.runs import Job
from cmcompile.sim.far.settings import Settings
from cmcompile.sim.far.task import Task
from cmcompile.sim.far.wms import SimWms

_LONG = 365 * 86400.0


class SimWmsBench:
    def __init__(self) -> None:
        self.world = dull()
        self.wms = SimWms(self.world, Settings(runs=_LONG))
        self.where: WmsRef = PANDA
        self.elsewhere: WmsRef = CONDOR

    def submit(self, name: str) -> str:
        answer = self.wms.submit(PANDA, Job(name, name))
        assert isinstance(answer, str)
        return answer

    def end(self, run_id: str, state: str) -> None:
        self.wms.end(run_id, state)

    def settle(self) -> None:
        self.world.run(self.world.now + 86400.0)

    def break_down(self) -> None:
        self.wms.down.add(PANDA)


class SimButlerBench:
    def __init__(self) -> None:
        self.world = dull()
        self.wms = SimWms(self.world)
        self.butler = SimButler(self.world, self.wms)
        self.butler.measures = True

    def ended(self, run: str, quanta: Mapping[Quantum, bool]) -> None:
        self.wms.settings.fails = lambda quantum: not quanta[quantum]
        run_id = self.wms.submit(PANDA, Job(run, run, tuple(quanta)))
        assert isinstance(run_id, str)
        self.wms.end(run_id)

    def chained(self, collection: str) -> tuple[str, ...] | None:
        return self.butler.chains.get(collection)

    def tagged(self, collection: str) -> frozenset[tuple[str, str]] | None:
        held = self.butler.tags.get(collection)
        return None if held is None else frozenset((run, data_id) for run, _, data_id in held)

    def break_down(self) -> None:
        self.butler.down = True


class SimHostBench:
    def __init__(self) -> None:
        self.world = dull()
        self.host = SimHost(self.world, "alpha")
        self._tasks: dict[Process, Task] = {}
        self._numbers = itertools.count()

    def start(self) -> Process:
        process = self.host.process()
        name = f"other {next(self._numbers)}"
        self._tasks[process] = self.world.spawn(name, lambda: self.world.sleep(_LONG), process)
        return process

    def end(self, process: Process) -> None:
        self.world.kill(self._tasks[process])


@pytest.mark.parametrize("check", wms_contract.CHECKS, ids=lambda check: check.__name__)
def test_wms(check: Callable[[wms_contract.WmsBench], None]) -> None:
    check(SimWmsBench())


@pytest.mark.parametrize("check", butler_contract.CHECKS, ids=lambda check: check.__name__)
def test_butler(check: Callable[[butler_contract.ButlerBench], None]) -> None:
    check(SimButlerBench())


@pytest.mark.parametrize("check", host_contract.CHECKS, ids=lambda check: check.__name__)
def test_host(check: Callable[[host_contract.HostBench], None]) -> None:
    bench = SimHostBench()
    with bench.world as world:
        task = world.spawn("check", lambda: check(bench), bench.host.process())
        world.run(until=lambda: not task.alive)
        if task.error is not None:
            raise task.error
