"""A whole campaign in the simulator, in which nothing goes wrong: the real `reconcile`, pass after pass.

Only how long things take and which runs end badly is given. Claims, children, gates, replies, the ledger, the
plans and what is seen of runs are as they are anywhere else in the simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from random import Random
from typing import Any

from forecast_campaigns import PATH, SAYS, Made, declared_in

from cmcompile.apply.outside import Desk, Outside, Sources
from cmcompile.ledger.desk import LedgerBook
from cmcompile.ledger.setup import initialise
from cmcompile.model.applied import End
from cmcompile.model.child import Order, Preparation, Ready, Reply
from cmcompile.model.event import Subject
from cmcompile.model.outcome import Quantum
from cmcompile.model.plan import Action
from cmcompile.model.rescued import Rescued
from cmcompile.model.states import LedgerState
from cmcompile.plan.inputs import Inputs
from cmcompile.plan.standing import standings
from cmcompile.reconcile.direct import drafted
from cmcompile.reconcile.run import Pass, reconcile
from cmcompile.rescue.known import Known
from cmcompile.sim.branch import SimDeclaration
from cmcompile.sim.campaign import NAME, Variant, compiled
from cmcompile.sim.far.butler import SimButler
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.host import SimHost
from cmcompile.sim.far.quanta import Ill
from cmcompile.sim.far.runs import Job
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.store import FaultyStore, Line
from cmcompile.sim.far.wms import Settings, SimWms
from cmcompile.sim.forecast.extract import sizes_of
from cmcompile.sim.forecast.run import Drawing
from cmcompile.sim.forecast.times import Drawn, Times
from cmcompile.sim.launcher import Preparing, SimDriver, SimLauncher
from cmcompile.sim.scene import InMemory, SharedLedger, Views
from cmcompile.sim.spool import MemorySpool

#: A bad run fails so many quanta, which the rescue groups of one rescue share among themselves.
QUANTA = 60


Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Before:
    """How things stand as a pass begins.

    Attributes
    ----------
    now
        Seconds since the campaign began.
    ends
        By group: when its newest run ends or has ended, and what was drawn for it.
    made
        The campaign, with the rescues that were written by then.
    """

    now: float
    state: LedgerState
    ends: Mapping[Key, tuple[float, Drawn]]
    made: Made


class Nobody:
    """Interrupts nothing; implements ``Interrupts``."""

    asked = 0


class Declares(SimDeclaration):
    """What the branch declares, where it is known which groups overlap."""

    def __init__(self, made: Made, times: Times, number: int = 0) -> None:
        super().__init__(Variant(NAME, number, made.result), ())
        self._made, self._times = made, times

    def inputs(self, state: LedgerState, now: datetime) -> Inputs:
        return self._made.inputs(state, now, self._times)


class Branch:
    """A branch that policies alone write to; implements ``SpecBranch``.

    Attributes
    ----------
    made
        The campaign as it stands there.
    """

    def __init__(
        self, made: Made, times: Times, now: Callable[[], datetime], knows: Callable[[Made], None]
    ) -> None:
        self.made = made
        self._times, self._now, self._knows = times, now, knows
        self._declares = Declares(made, times)

    def read(self, state: LedgerState) -> Declares:
        del state
        return self._declares

    def rescue(self, state: LedgerState, groups: Mapping[str, Collection[str]]) -> tuple[Rescued, ...]:
        made = self.made
        every = tuple(d.group for d in made.declared)
        standing = standings(made.inputs(state, self._now(), self._times))
        draft = drafted(
            Known(made.result.spec, every, state, standing),
            PATH,
            made.text.encode(),
            lambda text: compiled(text.decode(), made.files),
            groups,
        )
        assert not draft.left, draft.left
        text = draft.after.decode()
        result, findings = compiled(text, made.files)
        assert not result.failed, findings
        self.made = replace(made, result=result, declared=declared_in(result), text=text)
        self._declares = Declares(self.made, self._times, self._declares.variant.number + 1)
        self._knows(self.made)
        return draft.results(self._declares.ref.commit)


class Fates:
    """What was drawn for each workflow, told to the simulated world."""

    def __init__(self, made: Made, draws: Drawing) -> None:
        self.lacking: set[Quantum] = set()
        self._draws = draws
        self._sizes = sizes_of(made.declared)
        self._subjects: dict[str, Subject] = {}
        self._ill: dict[Quantum, Ill | bool] = {}
        self.knows(made)

    def knows(self, made: Made) -> None:
        """Take down the groups of a campaign, with the rescues that a policy has written."""
        self._declared = {d.key: d for d in made.declared}

    def drawn(self, subject: Subject) -> Drawn:
        key, attempt = (subject.step, subject.group or ""), int((subject.workflow or "w0")[1:])
        # No person sends anything again here: what is, takes over what is there.
        return self._draws.of(key, attempt, self._sizes.get(key, 1.0), part=attempt > 0)

    def calls(self, order: Order) -> None:
        """Take down which workflow a run is of."""
        self._subjects[order.run_name] = order.subject

    def of(self, job: Job) -> Subject:
        return self._subjects[job.name]

    def lasts(self, job: Job) -> float:
        return self.drawn(self.of(job)).duration

    def quanta(self, subject: Subject) -> tuple[Quantum, ...]:
        """Return what a workflow makes: its own quanta, or its share of those of what it covers."""
        group = self._declared[subject.step, subject.group or ""].group
        parts = [(name, self._share(subject, name)) for name in group.covers] or [(group.id, range(QUANTA))]
        found = tuple(_quantum(subject.step, name, n) for name, numbers in parts for n in numbers)
        # A bad run fails all; that of a rescue what failed before. No other on the same data is live.
        drawn = self.drawn(subject)
        ill: Ill | bool = False if drawn.good else Ill(SAYS[drawn.then])
        self._ill.update((q, False if group.covers and q not in self.lacking else ill) for q in found)
        return found

    def fails(self, quantum: Quantum) -> Ill | bool:
        return self._ill[quantum]

    def _share(self, subject: Subject, covered: str) -> range:
        step, rescue = subject.step, (subject.group or "").partition(".")[0]
        beside = [
            d.group.id
            for d in self._declared.values()
            if d.group.step == step and d.group.rescue == rescue and covered in d.group.covers
        ]
        place, many = beside.index(subject.group or ""), len(beside)
        return range(place * QUANTA // many, (place + 1) * QUANTA // many)


class Given(SimDriver):
    """Prepares for as long as was drawn."""

    def __init__(self, fates: Fates, *parts: Any) -> None:
        super().__init__(*parts)
        self._fates = fates

    def prepare(self, order: Order) -> Preparation:
        self._world.sleep(self._fates.drawn(order.subject).preparation)
        return Ready({}, QUANTA)

    def call(self, order: Order) -> Reply:
        self._fates.calls(order)
        return super().call(order)


class Simulated:
    """A campaign under one runner that passes every interval.

    Attributes
    ----------
    before
        One for each pass.
    """

    def __init__(self, made: Made, times: Times, draws: Drawing) -> None:
        self._made, self._every = made, times.every
        self._fates = fates = Fates(made, draws)
        self.world = world = World(Choices.dull(), most=10_000_000)
        settings = Settings(waits=0.0, holding=0.0, fails=fates.fails, lasts=fates.lasts)
        self.wms = SimWms(world, settings)
        fates.lacking = self.wms.fates.lacking
        butler, far, random = SimButler(world, self.wms), InMemory(world), Random(1)
        self._host, clock, spool = SimHost(world, "host"), world.clock(), MemorySpool(world, "spool")

        def new_id() -> str:
            return f"{random.getrandbits(64):016x}"

        initialise(far.clone(), NAME, random=new_id)
        store = FaultyStore(far.clone(), Line(world))
        self._book = LedgerBook(SharedLedger(Views(), store, clock, random, spool))
        self._branch = Branch(made, times, clock.now, fates.knows)
        desk = Desk(NAME, self._book, clock, self._host, new_id, "runner")
        sources = Sources(desk, self._branch, self.wms, butler)
        preparing = Preparing(quanta=fates.quanta)
        launcher = SimLauncher(
            self._host,
            self.wms,
            clock,
            spool.reply,
            preparing,
            Nobody(),
            driver=lambda *parts: Given(fates, *parts),
        )
        self._outside = Outside(sources, launcher, Nobody(), times.at_once)
        self.before: list[Before] = []
        self.ended = 0.0

    @property
    def unfinished(self) -> list[str]:
        """First-pass groups that were not accepted."""
        groups = self._book.look().state.groups
        return [
            f"{d.group.step}/{d.group.id}"
            for d in self._made.declared
            if d.group.rescue is None and ((r := groups.get(d.key)) is None or r.verdict is None)
        ]

    def end(self) -> float:
        """Pass until nothing happens any more; return when the last group was accepted, in seconds."""
        seen: object = None
        with self.world as world:
            while True:
                now = {run.run_id: run.live for run in self.wms.runs.values()}
                if now != seen:
                    seen = self._pass() and now
                elif not self.wms.live():
                    return self.ended
                # Passes in which no run is seen to end would do nothing.
                world.run((ceil(world.now / self._every + 1e-9)) * self._every)

    def _pass(self) -> bool:
        """Make a pass; tell whether all that it tried is done."""
        state = self._book.look().state
        begun, source = self.world.now, self._branch.read(state).variant.source
        self.before.append(Before(begun, state, self._ends(), self._branch.made))
        task = self.world.spawn(
            f"pass {len(self.before)}", lambda: reconcile(self._outside, source), self._host.process()
        )
        self.world.run(until=lambda: not task.alive)
        if task.error is not None:
            raise task.error
        assert isinstance(task.result, Pass)
        results = task.result.results
        if any(r.item.action is Action.ACCEPT and r.end is End.DONE for r in results):
            self.ended = begun
        return all(r.end is End.DONE for r in results)

    def _ends(self) -> Mapping[Key, tuple[float, Drawn]]:
        found = {}
        for run in self.wms.runs.values():
            subject = self._fates.of(run.job)
            drawn = self._fates.drawn(subject)
            found[subject.step, subject.group or ""] = (run.taken + drawn.duration, drawn)
        return found


def _quantum(step: str, group: str, number: int) -> Quantum:
    return Quantum("isr", f"{{step: {step}, group: {group}, quantum: {number}}}")
