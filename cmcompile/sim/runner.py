"""Runners: machines that reconcile, refresh, or apply a plan that was kept, again and again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from enum import Enum

from cmcompile.apply.outside import Desk, Outside, Sources
from cmcompile.apply.run import apply_plan
from cmcompile.ledger.desk import LedgerBook
from cmcompile.model.applied import Moment, Told
from cmcompile.model.ledger import HistoryError, UnreachableError
from cmcompile.model.plan import Plan
from cmcompile.reconcile.measure import measure
from cmcompile.reconcile.run import planned, reconcile, refresh
from cmcompile.sim.branch import Reading
from cmcompile.sim.campaign import NAME
from cmcompile.sim.far.choices import Weights
from cmcompile.sim.far.task import Task
from cmcompile.sim.launcher import SimLauncher
from cmcompile.sim.scene import Clone, Scene

#: So many children prepare at once.
_AT_ONCE = 2
#: How long it typically takes until a clone that refuses is made anew, in seconds.
_ANEW = 3600.0


#: How often a person who interrupts at all does so between a gate and its word.
_AT_THE_GATE = 0.04


class Work(Enum):
    """What a pass does; a refresh must never submit."""

    RECONCILE = "reconcile"
    REFRESH = "refresh"
    APPLY = "apply"


_WORK = (Work.RECONCILE, Work.REFRESH, Work.APPLY)
_SHARES = Weights((7, 1, 2))


class Interrupted:
    """A person who interrupts a pass, perhaps; implements ``Interrupts``."""

    def __init__(self, scene: Scene, after: tuple[float, float] | None) -> None:
        self.asked = 0
        self._scene = scene
        for seconds in after or ():
            scene.world.later(seconds, "", self._ask)

    def hear(self, told: Told) -> None:
        """Hear what the pass tells; between a gate and its word chance meets it least."""
        self._scene.journal.tell(told)
        may = told.moment is Moment.GATE and self._scene.setup.interrupts > 0
        if may and self._scene.world.choices.chance("interrupted at the gate", _AT_THE_GATE):
            self.asked += 1

    def _ask(self) -> None:
        self.asked += 1


class Forgetful:
    """Remembers nothing: what gave no answer is asked in each pass; implements ``Lately``."""

    def unseen(self, runs: Collection[str]) -> frozenset[str]:
        """Return all."""
        return frozenset(runs)

    def saw(self, runs: Iterable[str]) -> None:
        """Forget it."""


class Runner:
    """One runner, with a clone of its own.

    Attributes
    ----------
    task
        The pass that was begun last.
    begun
        How many passes were begun.
    """

    def __init__(self, scene: Scene, number: int, host: int) -> None:
        self.clone: Clone = scene.clone(host, number)
        self.task: Task | None = None
        self.begun = 0
        self._scene = scene
        self._name = f"runner{number}"
        self._kept: Plan | None = None
        self._anew = False

    def begin(self, work: Work | None = None, interrupts: float = 0.0) -> Task:
        """Start a pass as a new process."""
        choices = self._scene.world.choices
        work = work or _WORK[choices.pick("work", _SHARES)]
        if work is Work.APPLY and self._kept is None:
            work = Work.RECONCILE
        after = None
        if interrupts and choices.chance("interrupted", interrupts):
            once = float(choices.seconds("interrupted after", 300.0))
            after = (once, once + choices.seconds("interrupted again after", 300.0))
        self.begun += 1
        name = f"{self._name} {work.value} {self.begun}"
        run = self._guarded(self._pass_of(work, Interrupted(self._scene, after)))
        self.task = self._scene.world.spawn(name, run, self.clone.host.process())
        return self.task

    def _pass_of(self, work: Work, interrupts: Interrupted) -> Callable[[], object]:
        outside = self._outside(interrupts)
        if work is Work.REFRESH:
            return lambda: refresh(outside.sources)
        if work is Work.APPLY and self._kept is not None:
            plan = self._kept
            return lambda: self._apply(plan, outside)
        return lambda: self._reconcile(outside)

    def _guarded(self, run: Callable[[], object]) -> Callable[[], object]:
        def guarded() -> object:
            try:
                return run()
            except UnreachableError as error:
                self._scene.world.note(f"gives up: {error}")
            except HistoryError as error:
                self._scene.world.note(f"gives up: {error}")
                self._clone_anew()
            return None

        return guarded

    def _outside(self, interrupts: Interrupted) -> Outside:
        scene, clone = self._scene, self.clone
        desk = Desk(
            NAME,
            LedgerBook(clone.ledger),
            clone.clock,
            clone.host,
            scene.new_id,
            self._name,
            tell=interrupts.hear,
        )
        branch = Reading(scene.world, scene.branch, scene.line)
        how = scene.setup.preparing
        launcher = SimLauncher(clone.host, scene.wms, clone.clock, clone.spool.reply, how, interrupts)
        return Outside(Sources(desk, branch, scene.wms, scene.butler), launcher, interrupts, _AT_ONCE)

    def _reconcile(self, outside: Outside) -> object:
        sources = outside.sources
        if self._scene.world.choices.chance("keeps a plan", 0.2):
            self._kept = self._planned(sources)
        found = reconcile(outside, self._scene.branch.newest.variant.source)
        measure(sources, Forgetful())
        return found

    def _planned(self, sources: Sources) -> Plan:
        sight = sources.desk.book.look()
        declaration = sources.branch.read(sight.state)
        tip = "" if sight.tip is None else sight.tip.commit
        source = replace(self._scene.branch.newest.variant.source, ledger=tip)
        return planned(sources, declaration, sight.state, source)

    def _apply(self, plan: Plan, outside: Outside) -> object:
        sources = outside.sources
        declaration = sources.branch.read(sources.desk.book.look().state)
        return list(apply_plan(plan, outside, declaration))

    def _clone_anew(self) -> None:
        """Let somebody clone anew, some time later: that is what the error asks a person for."""
        if self._anew:
            return
        self._anew = True

        def act() -> None:
            self._anew = False
            self.clone.anew()

        world = self._scene.world
        world.later(world.choices.seconds("cloned anew", _ANEW), f"{self._name} is cloned anew", act)
