"""A small world in which nothing goes wrong by itself: the real rooms, over a far side that is simulated.

Each test says what goes wrong: with a driver, a wrapped source, a decision, or an event that others write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from cmcompile.apply.declaration import SpecBranch
from cmcompile.apply.outside import Desk, Outside, Sources
from cmcompile.apply.run import apply_plan
from cmcompile.ledger.desk import LedgerBook
from cmcompile.model.applied import End, Result, Told
from cmcompile.model.butler import Butler
from cmcompile.model.child import Driver, Launcher
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.event import Body, Draft, Event, Subject
from cmcompile.model.plan import Action, Item, Plan
from cmcompile.model.stamp import stamp
from cmcompile.model.states import GroupRecord, LedgerState, Workflow
from cmcompile.model.transaction import Book, Proposal
from cmcompile.model.wms import Wms
from cmcompile.reconcile.facts import Patience
from cmcompile.reconcile.run import Pass, Refreshed, planned, reconcile, refresh
from cmcompile.sim.branch import Reading
from cmcompile.sim.campaign import CONDOR, NAME, PANDA
from cmcompile.sim.chronicle import chronicle
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.runs import Job, Run
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.wms import SimWms
from cmcompile.sim.launcher import Heard, SimDriver, SimLauncher
from cmcompile.sim.scene import Clone, Far, InMemory, Scene
from cmcompile.sim.setup import calm

__all__ = ["CONDOR", "PANDA", "Interrupts", "Small", "ends", "item"]

T = TypeVar("T")
Make = Callable[[SimDriver], Driver]


@dataclass(slots=True)
class Interrupts:
    """A person who interrupts when a test says so."""

    asked: int = 0


class Small:
    """A campaign of the simulator, and one host that works on it.

    Attributes
    ----------
    told
        What was told, in order.
    book, wms, butler, branch
        May be replaced by a test: all that is done afterwards uses what stands there.
    hears
        Is called with what is told, before it is kept.
    driver
        Makes what a child does, from the driver that goes well.
    clean
        As for `cmcompile.apply.outside.Desk`; None: nothing is replaced.
    """

    def __init__(self, campaign: str = "one", far: Callable[[World], Far] = InMemory) -> None:
        self.scene = Scene(Choices.dull(), calm(campaign), far=far)
        self.clone: Clone = self.scene.clone(0, 1)
        self.interrupts = Interrupts()
        self.told: list[Told] = []
        self.book: Book = LedgerBook(self.clone.ledger)
        self.wms: Wms = self.scene.wms
        self.butler: Butler = self.scene.butler
        self.branch: SpecBranch = Reading(self.scene.world, self.scene.branch, self.scene.line)
        self.hears: Callable[[Told], None] = lambda told: None
        self.driver: Make = lambda driver: driver
        self.launcher: Callable[[Launcher], Launcher] = lambda launcher: launcher
        self.clean: Callable[[str], str] | None = None
        self.at_once = 2
        self._tasks = 0

    # The parts.

    def desk(self) -> Desk:
        """Return where events are written."""

        def tell(told: Told) -> None:
            self.hears(told)
            self.told.append(told)

        made = Desk(
            NAME, self.book, self.clone.clock, self.clone.host, self.scene.new_id, "Ann <a@b>", tell=tell
        )
        return made if self.clean is None else replace(made, clean=self.clean)

    def sources(self) -> Sources:
        """Return what can be asked."""
        return Sources(self.desk(), self.branch, self.wms, self.butler)

    def outside(self) -> Outside:
        """Return all that applying needs."""
        scene, clone = self.scene, self.clone

        def made(world: object, wms: SimWms, clock: object, heard: Heard, how: object) -> Driver:
            return self.driver(SimDriver(world, wms, clock, heard, how))  # type: ignore[arg-type]

        launcher = SimLauncher(
            clone.host,
            scene.wms,
            clone.clock,
            clone.spool.reply,
            scene.setup.preparing,
            self.interrupts,
            made,
        )
        return Outside(self.sources(), self.launcher(launcher), self.interrupts, self.at_once)

    # What is done.

    def do(self, run: Callable[[], T], name: str = "") -> T:
        """Run something as a process of the host, until it is over; return what it returns."""
        self._tasks += 1
        results: list[T] = []
        task = self.scene.world.spawn(
            name or f"task {self._tasks}", lambda: results.append(run()), self.clone.host.process()
        )
        self.scene.world.run(until=lambda: not task.alive)
        if task.error is not None:
            raise task.error
        return results[0]

    def wait(self, seconds: float = 1e6) -> None:
        """Let time pass: runs go on, and end."""
        self.scene.world.run(self.scene.world.now + seconds)

    def plan(self) -> Plan:
        """Make a plan for all."""
        source = self.scene.branch.newest.variant.source

        def made() -> Plan:
            sight = self.book.look()
            tip = "" if sight.tip is None else sight.tip.commit
            declaration = self.branch.read(sight.state)
            return planned(self.sources(), declaration, sight.state, replace(source, ledger=tip))

        return self.do(made)

    def apply(self, plan: Plan | None = None) -> list[Result]:
        """Carry out a plan; None: one that is made now."""
        some = self.plan() if plan is None else plan

        def run() -> list[Result]:
            declaration = self.branch.read(self.book.look().state)
            return list(apply_plan(some, self.outside(), declaration))

        return self.do(run)

    def refresh(self, patience: Patience | None = None) -> Refreshed:
        """Look and record."""
        return self.do(lambda: refresh(self.sources(), patience))

    def reconcile(self) -> Pass:
        """Make one pass."""
        return self.do(lambda: reconcile(self.outside(), self.scene.branch.newest.variant.source))

    def run_to_end(self, state: str = "", group: str = "a/1") -> Run:
        """Submit what is ready, let the newest run end, and record that; return it."""
        self.apply()
        run = list(self.scene.wms.runs.values())[-1]
        self.scene.wms.end(run.run_id, state)
        self.refresh()
        return run

    def decide(self, verb: Verb, subject: Subject | None, **more: str) -> Decision:
        """Merge a decision."""
        at = stamp(self.scene.world.clock().now())
        made = self.scene.branch.made(verb, subject, "Bob <b@c>", at, "a reason", **more)
        self.scene.branch.merge(made)
        return made

    def write(
        self, *bodies: Body, subject: Subject, claim: str = "", decision: str = ""
    ) -> tuple[Draft, ...]:
        """Write events, as somebody else does."""
        drafts = tuple(self.desk().draft(subject, body, claim, decision) for body in bodies)
        self.do(lambda: LedgerBook(self.clone.ledger).record(Proposal(drafts, message="by somebody else")))
        return drafts

    def by_hand(self, name: str, where: object = PANDA, output: str = "u/hand") -> str:
        """Submit a run past cmcompile; return its id."""
        return self.scene.wms.by_hand(where, Job(name, output))  # type: ignore[arg-type]

    # What can be seen.

    @property
    def state(self) -> LedgerState:
        """What the ledger says now."""
        return self.do(lambda: LedgerBook(self.clone.ledger).look().state)

    def record(self, step: str = "a", group: str = "") -> GroupRecord:
        """Return a group's record; of the first group where none is named."""
        records = self.state.groups
        return records[step, group] if group else next(r for (s, _), r in records.items() if s == step)

    def workflow(self, step: str = "a", group: str = "") -> Workflow:
        """Return the newest workflow of a group."""
        return self.record(step, group).workflows[-1]

    def events(self) -> list[Event]:
        """Return all events, oldest first by their files."""
        found = chronicle(self.scene.far.clone(), self.scene.journal.tips)
        return [one.event for one in found.written]

    def kinds(self) -> list[str]:
        """Return the kinds of all events."""
        return [event.draft.kind for event in self.events()]

    def first(self, step: str = "a") -> Subject:
        """Return the first group of a step, as declared."""
        keys = [key for key in self.scene.branch.newest.variant.sendable if key[0] == step]
        return Subject(*keys[0])


def ends(results: Iterable[Result]) -> list[End]:
    return [result.end for result in results]


def item(plan: Plan, action: Action) -> Item:
    """Return the only item that does something."""
    found = [i for i in plan.items() if i.action is action]
    assert len(found) == 1, found
    return found[0]
