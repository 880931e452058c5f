"""What goes wrong between a clone and its remote."""

from __future__ import annotations

import pytest
from far_worlds import always, done, dull
from test_store_contract import CLAIMED, LEDGER

from cmcompile.ledger.memory_store import MemoryRemote, MemoryStore
from cmcompile.model.ledger import Commit, Push, UnreachableError
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.store import FaultyStore, Line


class Bench:
    """A ledger with a first commit, a faulty clone, and another one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.remote = MemoryRemote()
        self.line = Line(world, lambda commit: MemoryStore(self.remote, "c").push(commit), self._rewind)
        self.other = MemoryStore(self.remote, "c")
        first = self.other.commit(None, LEDGER, "Ledger")
        assert self.other.push(first) is Push.DONE
        self.first = first.tip
        self.store = FaultyStore(MemoryStore(self.remote, "c"), self.line)
        self.store.inner.tip()

    def _rewind(self) -> str:
        self.remote.branches["cm/c"] = self.first.commit
        return "to the first"

    def branch(self) -> str:
        return self.remote.branches["cm/c"]

    def push(self, commit: Commit) -> Push:
        return done(self.world, lambda: self.store.push(commit))


def test_lost_push() -> None:
    bench = Bench(always(Fault.PUSH_LOST))
    assert bench.push(bench.store.commit(bench.first, {CLAIMED: b"1"}, "Claim")) is Push.UNCLEAR
    bench.world.run()
    assert bench.branch() == bench.first.commit


def test_lost_reply_to_push() -> None:
    bench = Bench(always(Fault.PUSH_REPLY_LOST))
    commit = bench.store.commit(bench.first, {CLAIMED: b"1"}, "Claim")
    assert bench.push(commit) is Push.UNCLEAR
    assert bench.branch() == commit.tip.commit
    assert bench.store.known() == bench.first, "the clone does not know it"
    assert bench.store.tip() == commit.tip


@pytest.mark.parametrize("moved", [False, True])
def test_late_push_lands_only_on_its_base(moved: bool) -> None:
    bench = Bench(always(Fault.PUSH_LATE, seed=1))
    commit = bench.store.commit(bench.first, {CLAIMED: b"1"}, "Claim")
    assert bench.push(commit) is Push.UNCLEAR
    assert bench.branch() == bench.first.commit
    stands = commit
    if moved:
        stands = bench.other.commit(bench.first, {CLAIMED: b"2"}, "Claim")
        assert bench.other.push(stands) is Push.DONE
    bench.world.run()
    assert bench.branch() == stands.tip.commit
    assert "the push of c1 arrives late" in bench.world.told()


def test_one_request_that_does_not_arrive() -> None:
    bench = Bench(always(Fault.UNREACHABLE))
    with pytest.raises(UnreachableError):
        done(bench.world, bench.store.tip)
    with pytest.raises(UnreachableError):
        bench.push(bench.store.commit(bench.first, {CLAIMED: b"1"}, "Claim"))
    assert bench.branch() == bench.first.commit
    assert bench.store.tip() == bench.first


def test_the_remote_is_down_for_all_and_comes_back() -> None:
    bench = Bench(dull())
    bench.line.go_down(600.0)
    stores = [bench.store, FaultyStore(MemoryStore(bench.remote, "c"), bench.line)]
    for store in stores:
        with pytest.raises(UnreachableError):
            done(bench.world, store.tip)
    with pytest.raises(UnreachableError):
        bench.push(bench.store.commit(bench.first, {CLAIMED: b"1"}, "Claim"))
    bench.world.run(601.0)
    assert [done(bench.world, store.tip) for store in stores] == [bench.first] * 2


def test_the_remote_goes_down_by_chance() -> None:
    bench = Bench(always(Fault.REMOTE_DOWN, seed=2))
    with pytest.raises(UnreachableError):
        done(bench.world, bench.store.tip)
    assert bench.line.down_until > bench.world.now
    bench.world.run(bench.line.down_until + 1)
    assert bench.store.tip() == bench.first


def test_somebody_rewinds() -> None:
    bench = Bench(always(Fault.REWOUND))
    commit = bench.other.commit(bench.first, {CLAIMED: b"1"}, "Claim")
    assert bench.other.push(commit) is Push.DONE
    assert done(bench.world, bench.store.tip) == bench.first
    assert bench.branch() == bench.first.commit
    assert bench.world.fired[Fault.REWOUND]
