"""A whole campaign, pass by pass, with the real fold and the real plan: what a forecast is held against.

Events are written as ``apply`` writes them, and folded by `cmcompile.state.fold`; in each pass plans are made
by `cmcompile.plan.make` and carried out. Of the forecast only the durations that are drawn are used. Another
driver may take this one's place: it is asked for `Driver.end` and `Driver.unfinished` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heappop, heappush
from math import ceil, inf
from typing import Any

from forecast_campaigns import PATH, START, Made

from cmcompile.model.event import (
    CAMPAIGN,
    Accepted,
    Body,
    Chained,
    Claimed,
    Draft,
    Event,
    Observed,
    Prepared,
    Process,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
    WmsRef,
)
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.plan import Action, Item, PlanSource
from cmcompile.model.stamp import stamp
from cmcompile.model.states import GroupRecord, LedgerState, StepRecord
from cmcompile.plan.make import make_plan
from cmcompile.plan.standing import Judged, judged
from cmcompile.sim.forecast.extract import sizes_of
from cmcompile.sim.forecast.run import ROUNDS, Drawing
from cmcompile.sim.forecast.times import Times
from cmcompile.state.fold import LedgerFolding
from cmcompile.version import EMIT, VERSION

WMS = WmsRef("panda")
PROCESS = Process("host", "boot", 1)
TASK = "isr"
#: A bad run fails so many quanta, which the rescue groups of one rescue share among themselves.
QUANTA = 60

Key = tuple[str, str]


@dataclass(slots=True)
class Ledger:
    """Events in memory, folded group by group."""

    events: dict[Key, list[Event]] = field(default_factory=dict)
    steps: dict[str, list[Event]] = field(default_factory=dict)
    groups: dict[Key, GroupRecord] = field(default_factory=dict)
    records: dict[str, StepRecord] = field(default_factory=dict)
    count: int = 0
    changed: set[Key] = field(default_factory=set)

    def add(self, subject: Subject, body: Body, at: float, claim: str = "") -> str:
        """Write an event; returns its id."""
        self.count += 1
        name = f"{self.count:016x}"
        draft = Draft(subject, name, stamp(START + timedelta(seconds=at)), "CI", body, claim)
        if subject.group is None:
            events = self.steps.setdefault(subject.step, [])
        else:
            events = self.events.setdefault((subject.step, subject.group), [])
            self.changed.add((subject.step, subject.group))
        number = 1 + sum(e.subject == subject for e in events)
        events.append(Event(number, draft))
        return name

    def state(self) -> LedgerState:
        """Fold what has changed."""
        folding = LedgerFolding()
        for key in self.changed:
            self.groups[key] = folding.group(*key, self.events[key], ())
        self.changed.clear()
        steps = [folding.step(step, events, ()) for step, events in self.steps.items()]
        return folding.assemble(self.groups.values(), steps, ())


@dataclass(frozen=True, slots=True)
class Flying:
    """A run, and what it will have done when it ends."""

    subject: Subject
    claim: str
    run_id: str
    good: bool


class Driver:
    """Carries a campaign through; a pass takes as long as its submissions take to be prepared."""

    def __init__(self, made: Made, times: Times, draws: Drawing, rounds: int = ROUNDS) -> None:
        self._rounds = rounds
        self._made, self._times, self._draws = made, times, draws
        self._ledger = Ledger()
        self._sizes = sizes_of(made.declared)
        self._flying: list[tuple[float, int, Flying]] = []
        self._open: dict[Key, set[int]] = {}
        self._declared = {d.key: d for d in made.declared}
        self._state = self._ledger.state()
        self.passes = 0
        self.now = 0.0
        self.ended: float = 0.0
        self.unfinished: list[str] = []

    def state(self) -> LedgerState:
        """Return what the ledger says now."""
        return self._ledger.state()

    def flying(self) -> dict[Key, tuple[float, bool]]:
        """Return when each run that was not seen to end will end, and whether well."""
        return {
            (run.subject.step, run.subject.group or ""): (when, run.good) for when, _, run in self._flying
        }

    def end(self, until: float = inf) -> float:
        """Return when the last group is accepted, seconds from the beginning.

        Parameters
        ----------
        until
            The first pass that is not before this moment is left out, for now: another call goes on with it.
            `now` says when it is.
        """
        every = self._times.every
        while self.now < until:
            now = self.now
            self.passes += 1
            self._observe(now)
            acted, after = False, now
            for _ in range(self._rounds):
                acted, after = self._round(after)
                if not acted:
                    break
            soon = ceil(max(after, now + every) / every - 1e-9) * every
            if acted:
                self.now = soon
            elif self._flying:
                # Passes in between would see what this one saw.
                self.now = max(soon, ceil(self._flying[0][0] / every - 1e-9) * every)
            else:
                break
        self._ledger.state()
        self.unfinished = [
            f"{d.group.step}/{d.group.id}"
            for d in self._made.declared
            if d.group.rescue is None and ((r := self._ledger.groups.get(d.key)) is None or r.verdict is None)
        ]
        return self.ended

    def _observe(self, now: float) -> None:
        while self._flying and self._flying[0][0] <= now + 1e-6:
            _, _, run = heappop(self._flying)
            state, outcome = self._outcome(run)
            body = Observed(state, state.upper(), run.run_id, outcome)
            self._ledger.add(run.subject, body, now, run.claim)

    def _round(self, now: float) -> tuple[bool, float]:
        self._state = self._ledger.state()
        inputs = self._made.inputs(self._state, START + timedelta(seconds=now), self._times)
        found = judged(inputs)
        source = PlanSource("c", PATH, "", {}, "", VERSION, EMIT)
        plan = make_plan(inputs, source, already=found)
        acting = [item for stage in plan.stages for item in stage.items if stage.name.value != "not now"]
        sending = []
        for item in acting:
            if item.action is Action.ACCEPT:
                names = tuple(item.preconditions["judged"].split(", "))
                self._ledger.add(item.subject, Accepted(names), now)
                self.ended = now
            elif item.action is Action.CHAIN:
                self._chain(item, found, now)
            elif item.action in (Action.SUBMIT, Action.RESCUE):
                sending.append(item)
            else:
                raise AssertionError(f"nothing asks for {item.action}")
        return bool(acting), self._send(sending, now)

    def _chain(self, item: Item, found: Judged, now: float) -> None:
        step = item.subject.step
        body = Chained(found.chains.name(step), found.chains.desired(step))
        self._ledger.add(Subject(CAMPAIGN if step == CAMPAIGN else step), body, now)

    # Submitting: claimed at once, prepared by so many children, then called.

    def _send(self, items: Sequence[Item], now: float) -> float:
        limit = self._made.result.spec.pace.submitting
        children = min(self._times.at_once, limit or len(items))
        waiting = list(items)
        busy: list[tuple[float, int, Item]] = []
        clock, number = now, 0
        while waiting or busy:
            writing = {self._output(item) for _, _, item in busy}
            for item in list(waiting):
                if len(busy) < children and self._output(item) not in writing:
                    waiting.remove(item)
                    number += 1
                    heappush(busy, (clock + self._drawn(item).preparation, number, item))
                    writing.add(self._output(item))
            clock, _, item = heappop(busy)
            self._submitted(item, now, clock)
        return clock

    def _output(self, item: Item) -> str:
        return self._declared[_key(item)].output

    def _drawn(self, item: Item) -> Any:
        key = _key(item)
        record = self._state.groups.get(key)
        return self._draws.of(key, len(record.workflows) if record else 0, self._sizes[key])

    def _submitted(self, item: Item, claimed: float, now: float) -> None:
        key, drawn = _key(item), self._drawn(item)
        record = self._state.groups.get(key)
        subject = Subject(*key, f"w{len(record.workflows) if record else 0:02}")
        claim = f"{self._ledger.count:016x}"
        declared = self._declared[key]
        name = f"{declared.output}/{subject.workflow}-{claim[-6:]}"
        body = Claimed(
            run_name=name.replace("/", "_"),
            prefix=declared.output,
            output_run=name,
            submit_path="submit",
            wms=WMS,
            definition=declared.definition,
            spec=SpecRef(PATH, "", VERSION, EMIT),
            process=PROCESS,
            covers=item.covers,
        )
        self._ledger.add(subject, body, claimed, claim)
        self._ledger.add(subject, Prepared({}, QUANTA), now, claim)
        gate = self._ledger.add(subject, Submitting(name, WMS, "look", "run", PROCESS, 2), now, claim)
        run_id = str(self._ledger.count)
        self._ledger.add(subject, Submitted(run_id, gate), now, claim)
        flying = Flying(subject, claim, run_id, drawn.good)
        heappush(self._flying, (now + drawn.duration, self._ledger.count, flying))

    # What a run leaves: a bad one fails all. A good rescue mends what is left of its share of each group that
    # it covers, and a bad one fails that again.

    def _outcome(self, run: Flying) -> tuple[str, Outcome]:
        key = (run.subject.step, run.subject.group or "")
        group = self._declared[key].group
        own = [_quantum(key[1], n) for n in range(QUANTA)]
        if group.rescue is None:
            self._open[key] = set() if run.good else set(range(QUANTA))
            return _told(own, failed=() if run.good else own)
        mended = [(c, n) for c in group.covers for n in self._share(key, c)]
        quanta = [_quantum(covered, n) for covered, n in mended]
        cleared = [_quantum(c, n) for c, n in mended if n in self._open.get((key[0], c), ())]
        if not run.good:
            return _told(quanta, failed=cleared)
        for covered, n in mended:
            self._open.get((key[0], covered), set()).discard(n)
        return _told(quanta, cleared=cleared)

    def _share(self, key: Key, covered: str) -> range:
        """Return the quanta of a covered group that a rescue group runs again."""
        rescue = self._declared[key].group.rescue
        beside = [
            d.group.id
            for d in self._made.declared
            if d.group.step == key[0] and d.group.rescue == rescue and covered in d.group.covers
        ]
        place, many = beside.index(key[1]), len(beside)
        return range(place * QUANTA // many, (place + 1) * QUANTA // many)


def _key(item: Item) -> Key:
    return (item.subject.step, item.subject.group or "")


def _quantum(group: str, number: int) -> Quantum:
    return Quantum(TASK, f"{{group: {group}, quantum: {number}}}")


def _told(
    quanta: Sequence[Quantum], failed: Sequence[Quantum] = (), cleared: Sequence[Quantum] = ()
) -> tuple[str, Outcome]:
    tasks = (TaskOutcome(TASK, len(quanta), len(quanta) - len(failed), len(failed)),)
    failures = tuple(Failure(q, Fault.FAILED) for q in failed)
    return ("partial" if failed else "succeeded"), Outcome(tasks, failures, tuple(cleared))
