"""A store around another one that has no faults is a store like any other: the one suite of all."""

from __future__ import annotations

from pathlib import Path

import pytest
import test_store_contract
from far_worlds import done, dull
from repositories import Clones, seeded
from store_worlds import GitWorld, MemoryWorld

from cmcompile.model.ledger import Commit, LedgerStore, Push, Tip
from cmcompile.sim.far.store import FaultyStore, Line

#: The tests of the suite; their fixtures are those of this module.
globals().update({name: test for name, test in vars(test_store_contract).items() if name.startswith("test_")})


class InTasks(FaultyStore):
    """Asks the remote in tasks, so that boundaries are passed."""

    def tip(self) -> Tip | None:
        return done(self._world, super().tip)

    def push(self, commit: Commit) -> Push:
        return done(self._world, lambda: FaultyStore.push(self, commit))


class FaultyMemory(MemoryWorld):
    def __init__(self) -> None:
        super().__init__()
        self.line = Line(dull())

    def clone(self) -> LedgerStore:
        return InTasks(super().clone(), self.line)


class FaultyGit(GitWorld):
    line: Line

    def clone(self) -> LedgerStore:
        return InTasks(super().clone(), self.line)


@pytest.fixture(params=["memory", "git"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> FaultyMemory | FaultyGit:
    if request.param == "memory":
        return FaultyMemory()
    remote = seeded(tmp_path)
    made = FaultyGit(remote, Clones(remote))
    made.line = Line(dull())
    return made


@pytest.fixture
def remote_world(world: FaultyMemory | FaultyGit) -> FaultyMemory | FaultyGit:
    return world
