"""The simulated launcher, as the suite of launchers and children asks for it."""

from __future__ import annotations

import sys

from contract import AT, Calling, Preparing, Script

from cmcompile.apply.child.parent import PipeChild
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Child, NoReply, NotReady, Order, Preparation, Ready, Reply, Taken
from cmcompile.model.event import Draft, Subject
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.host import SimHost
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.wms import SimWms
from cmcompile.sim.launcher import Preparing as How
from cmcompile.sim.launcher import SimFar, SimLauncher


class _Asked:
    asked = 0


class SimBench:
    """Scripted drivers in a simulated world."""

    def __init__(self) -> None:
        self.world = World(Choices.dull())
        self.scripts: dict[str, Script] = {}
        self.made: dict[str, int] = {}
        self.released: set[str] = set()
        self.drafts: list[Draft] = []
        self._asked = _Asked()
        host, wms = SimHost(self.world, "host1"), SimWms(self.world)
        self.launcher = SimLauncher(
            host, wms, self.world.clock(), self.drafts.append, How(), self._asked, lambda *_: self
        )

    def order(self, script: Script) -> Order:
        claim = f"{len(self.scripts) + 1:016x}"
        self.scripts[claim] = script
        subject = Subject("a", "1", "w00")
        return Order("c", subject, claim, WmsRef("sim"), "run", "u/run", "submit/run", {})

    def interrupt(self) -> None:
        self._asked.asked += 1

    def release(self, order: Order) -> None:
        self.released.add(order.claim)

    def until_called(self, order: Order) -> None:
        assert self.world.wait(lambda: self.calls(order) > 0, "called")

    def over(self, child: Child) -> None:
        assert isinstance(child, PipeChild)
        assert isinstance(child.far, SimFar)
        child.far.end()
        assert not child.far.alive

    def calls(self, order: Order) -> int:
        return self.made.get(order.claim, 0)

    def kept(self, order: Order) -> list[Draft]:
        return [draft for draft in self.drafts if draft.claim == order.claim]

    # What its drivers do.

    def prepare(self, order: Order) -> Preparation:
        match self.scripts[order.claim].preparing:
            case Preparing.FAILS:
                return NotReady("it fails")
            case Preparing.FAILS_NOW:
                return NotReady("it fails now", transient=True)
            case Preparing.RAISES:
                raise ValueError("it raises")
            case Preparing.EXITS:
                sys.exit(3)
            case Preparing.DIES:
                self._die()
            case Preparing.WAITS:
                self._wait(order)
        return Ready({"a.qgraph": "ab"}, 8)

    def call(self, order: Order) -> Reply:
        self.made[order.claim] = self.calls(order) + 1
        match self.scripts[order.claim].calling:
            case Calling.NO_REPLY:
                return NoReply("no reply")
            case Calling.RAISES:
                raise ValueError("it raises")
            case Calling.EXITS:
                sys.exit(3)
            case Calling.DIES:
                self._die()
            case Calling.WAITS:
                self._wait(order)
        return Taken(f"run-{order.claim}", AT, "https://wms.example.org/run")

    def _wait(self, order: Order) -> None:
        self.world.wait(lambda: order.claim in self.released, "released")

    def _die(self) -> None:
        task = self.world.current()
        assert task is not None
        self.world.kill(task)
