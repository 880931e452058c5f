"""The stage of a run: the world, what stands outside of cmcompile, and the clones of the runners' hosts."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from cmcompile.ledger.backoff import Patience
from cmcompile.ledger.book import Ledger
from cmcompile.ledger.memory_store import MemoryRemote, MemoryStore
from cmcompile.ledger.setup import initialise
from cmcompile.ledger.view import View, read_view
from cmcompile.model.ledger import Commit, LedgerStore, Tip
from cmcompile.model.ports import Clock
from cmcompile.sim.branch import SimBranch
from cmcompile.sim.campaign import NAME, STORED, variants
from cmcompile.sim.far.butler import SimButler
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.clock import WorldClock
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.host import SimHost
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.store import FaultyStore, Line
from cmcompile.sim.far.task import KillAt
from cmcompile.sim.journal import Journal, WatchedWms
from cmcompile.sim.setup import Setup
from cmcompile.sim.spool import MemorySpool
from cmcompile.state.fold import LedgerFolding

_FOLDING = LedgerFolding()
#: So many boundaries are passed at most; far more than a run needs.
_MOST = 60_000
_SCRAMBLE, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


class Far(Protocol):
    """The remote of the ledger, as the simulator handles it."""

    def clone(self) -> LedgerStore:
        """Return a new clone."""

    def at(self) -> Tip | None:
        """Return the tip at which the branch stands now."""

    def land(self, commit: Commit) -> object:
        """Swap the tip, and tell no clone of it."""

    def rewind(self, pick: Callable[[int], int]) -> str:
        """Set the branch back by one or more commits; return what was done."""


class InMemory:
    """A remote in memory."""

    def __init__(self, world: World) -> None:
        clock = world.clock()
        self.remote = MemoryRemote(clock.now)
        self._branch = MemoryStore(self.remote, NAME).branch

    def clone(self) -> MemoryStore:
        """Return a new clone."""
        return MemoryStore(self.remote, NAME)

    def at(self) -> Tip | None:
        """Return where the branch stands."""
        commit = self.remote.branches.get(self._branch)
        return None if commit is None else Tip(commit, self.remote.commits[commit].tree)

    def land(self, commit: Commit) -> bool:
        """Swap the tip."""
        return self.remote.swap(self._branch, commit)

    def rewind(self, pick: Callable[[int], int]) -> str:
        """Set the branch back."""
        led = list(self.remote.led(self.remote.branches[self._branch]))
        back = 1 + pick(min(len(led) - 1, 4)) if len(led) > 1 else 0
        self.remote.branches[self._branch] = led[back]
        return f"by {back} commits"


class Views:
    """What was read of the ledger, by tree: a view is a function of its tree, whoever reads it."""

    def __init__(self) -> None:
        self._known: dict[str, View] = {}
        self._newest: View | None = None

    def of(self, store: LedgerStore, tip: Tip | None) -> View:
        """Return the view of a tip."""
        if tip is None:
            return read_view(store, None, _FOLDING)
        found = self._known.get(tip.tree)
        if found is None:
            found = self._known[tip.tree] = read_view(store, tip, _FOLDING, None, self._newest)
            self._newest = found
        return found if found.tip == tip else View(tip, found.state, found.parts, found.approvals)


class SharedLedger(Ledger):
    """A ledger whose views are shared with all others of the same world: only to save work."""

    def __init__(
        self, views: Views, store: LedgerStore, clock: Clock, random: Random, spool: MemorySpool
    ) -> None:
        super().__init__(store, _FOLDING, clock, random, None, spool, Patience(tries=4), lambda line: None)
        self._views = views

    def view(self, tip: Tip | None) -> View:
        """Return what the ledger says at a tip."""
        return self._views.of(self.store, tip)


class Clone:
    """A clone on a host: what stays there from process to process."""

    def __init__(self, scene: Scene, host: SimHost, clock: WorldClock, name: str, seed: int) -> None:
        self.host = host
        self.clock = clock
        self.spool = MemorySpool(scene.world, name)
        self._scene = scene
        self._random = Random(seed)  # noqa: S311
        self.ledger = self._made()

    def anew(self) -> None:
        """Clone again: after the branch was set back, a clone that saw more refuses to go on."""
        self.ledger = self._made()

    def _made(self) -> SharedLedger:
        scene = self._scene
        store = WatchedStore(scene.far.clone(), scene.line, scene)
        return SharedLedger(scene.views, store, self.clock, self._random, self.spool)


class WatchedStore(FaultyStore):
    """A store of which it is taken down where the branch stands after each push, and when it was read."""

    def __init__(self, inner: LedgerStore, line: Line, scene: Scene) -> None:
        super().__init__(inner, line)
        self._scene = scene

    def _asked(self) -> Tip | None:
        tip = super()._asked()
        self._scene.journal.read()
        return tip

    def _pushed(self, commit: Commit, fault: object) -> object:  # type: ignore[override]
        answer = super()._pushed(commit, fault)  # type: ignore[arg-type]
        self._scene.watch()
        return answer


class Scene:
    """All that there is in one run, but for the people and the runners."""

    def __init__(
        self,
        choices: Choices,
        setup: Setup,
        *,
        kill_at: KillAt | None = None,
        far: Callable[[World], Far] = InMemory,
    ) -> None:
        self.setup = setup
        self.world = World(choices, setup.rates, kill_at=kill_at, most=_MOST)
        self.journal = Journal(self.world)
        self.wms = WatchedWms(self.world, setup.settings, self.journal)
        self.butler = SimButler(self.world, self.wms)
        self.butler.measures = setup.measures
        self.butler.stored.update(STORED)
        self.far = far(self.world)
        self.line = Line(self.world, self._land, self._rewind)
        self.views = Views()
        self.branch = SimBranch(variants(setup.campaign))
        setup.preparing.quanta = self.branch.quanta
        self.hosts = [SimHost(self.world, f"host{n + 1}") for n in range(len(setup.hosts))]
        self._ids = 0
        for host, skew in zip(self.hosts, setup.hosts, strict=True):
            if skew:
                self.world.fire(Fault.SKEW, f"of {host.name} by {skew} s")
        initialise(self.far.clone(), NAME, random=self.new_id)
        self.watch()

    def clone(self, host: int, number: int) -> Clone:
        """Return a clone of its own on a host."""
        clock = WorldClock(self.world, self.setup.hosts[host])
        return Clone(self, self.hosts[host], clock, f"spool{number}", number)

    def new_id(self) -> str:
        """Return an id of 16 hex digits: never the same twice, and the same in each run of the same world."""
        self._ids += 1
        return f"{self._ids * _SCRAMBLE & _MASK:016x}"

    def watch(self) -> None:
        """Take down where the branch stands."""
        self.journal.stands(self.far.at())

    def _land(self, commit: Commit) -> object:
        landed = self.far.land(commit)
        self.watch()
        return landed

    def _rewind(self) -> str:
        told = self.far.rewind(lambda of: self.world.choices.pick("back by", of))
        self.watch()
        return told
