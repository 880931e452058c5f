"""All that is known of a run of the world once it is over: what invariants are judged by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cmcompile.model.event import Abandoned
from cmcompile.model.naming import run_names
from cmcompile.model.states import LedgerState
from cmcompile.plan.inputs import Key
from cmcompile.plan.standing import Judged
from cmcompile.sim.campaign import Variant
from cmcompile.sim.chronicle import Chronicle, chronicle
from cmcompile.sim.far.runs import Call, Run
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.journal import Answer, Journal
from cmcompile.sim.play import Play

__all__ = ["Broken", "Story", "story"]


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that did not hold.

    Attributes
    ----------
    name
        The invariant's.
    at
        When, in seconds of the world.
    """

    name: str
    at: float
    why: str


@dataclass
class Story:
    """A run that is over.

    Attributes
    ----------
    found
        Where all groups stood at the end.
    hidden
        For how long each run was not shown, by id, in seconds.
    """

    world: World
    variant: Variant
    calls: tuple[Call, ...]
    runs: Mapping[str, Run]
    journal: Journal
    ledger: Chronicle
    found: Judged
    state: LedgerState
    hidden: Mapping[str, float]

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """The groups by the beginnings of the names of their runs."""
        found = {}
        for key, sendable in self.variant.sendable.items():
            names = run_names(sendable.made.output, *key, "w00", "", shared=sendable.shared)
            found[names.prefix] = key
        return found

    def key(self, run_name: str) -> Key | None:
        """Return the group that a run is of, by its name."""
        fitting = [prefix for prefix in self.keys if run_name.startswith(prefix)]
        return self.keys[max(fitting, key=len)] if fitting else None

    def data(self, key: Key) -> frozenset[str]:
        """Return the first-pass groups of its step that a group works on."""
        return frozenset(self.variant.covers.get(key, ()) or (key[1],))

    def share(self, one: Key, other: Key) -> bool:
        """Tell whether at most one workflow of two groups may be live."""
        return one[0] == other[0] and not self.data(one).isdisjoint(self.data(other))

    @cached_property
    def given_up(self) -> Mapping[str, float]:
        """The gates that a person gave up, with the time at which that landed."""
        found: dict[str, float] = {}
        for one in self.ledger.written:
            body = one.event.draft.body
            # By a decision: what a pass gives up by itself, for want of a run, nobody answers for.
            if isinstance(body, Abandoned) and body.gate is not None and one.event.draft.decision:
                found.setdefault(body.gate, one.at)
        return found

    def parent(self, task: str) -> str:
        """Return the name of the task that started another one."""
        found = self.world.tasks.get(task)
        return "" if found is None or found.parent is None else found.parent.name

    def looked_up(self, call: Call) -> tuple[Answer, ...]:
        """Return what the workload systems answered to the look-up before a call's gate."""
        gate = self.ledger.gates.get(call.gate)
        if gate is None:
            return ()
        parent, subject = self.parent(call.by), gate.event.subject
        begun = [
            s.at
            for s in self.journal.said
            if s.task == parent
            and s.told.moment.value == "prepared"
            and s.told.subject == subject
            and s.at <= gate.at
        ]
        if not begun:
            return ()
        return tuple(a for a in self.journal.answers if a.task == parent and begun[-1] <= a.at <= gate.at)

    def lost(self, gates: Iterable[str], at: float) -> bool:
        """Tell whether one of some gates was on the branch, and was not any more at a time."""
        for id_ in gates:
            gate = self.ledger.gates.get(id_)
            if gate is not None and gate.lost is not None and gate.lost <= at:
                return True
        return False


def story(play: Play) -> Story:
    """Put together what is known of a run."""
    scene, found = play.scene, play.found
    if found is None:
        raise RuntimeError("the run is not over")
    ledger = chronicle(scene.far.clone(), scene.journal.tips)
    calls = tuple(scene.wms.calls)
    last = scene.branch.last
    return Story(
        scene.world,
        last,
        calls,
        scene.wms.runs,
        scene.journal,
        ledger,
        found,
        found.world.state,
        play.hidden,
    )
