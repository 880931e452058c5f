"""The real transactions of the ledger, as tasks of a world that loses pushes, replies and tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest
from far_worlds import start
from ledgers import begin, claiming, events_on

from cmcompile.ledger.book import Ledger
from cmcompile.ledger.memory_store import MemoryRemote, MemoryStore
from cmcompile.ledger.transact import decide
from cmcompile.ledger.view import View
from cmcompile.model.ledger import UnreachableError
from cmcompile.model.transaction import Decided, Landed, Lost, Proposal, Stop, Unsure
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.faults import ROUGH, Fault
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.store import FaultyStore, Line
from cmcompile.state.fold import LedgerFolding

#: After these a writer may leave a group to nobody.
_GIVING_UP = {Fault.KILL, Fault.UNREACHABLE, Fault.REMOTE_DOWN, Fault.PAUSE}


@dataclass(slots=True)
class Try:
    """One decision: the ids that it proposed, and what it came to; None: it certainly failed."""

    proposed: list[str] = field(default_factory=list)
    result: Decided | None = None

    def judged(self, group: str, view: View) -> Proposal | Stop:
        answer = claiming(group)(view)
        if isinstance(answer, Proposal):
            self.proposed += [draft.id for draft in answer.drafts]
        return answer


def race(choices: Choices) -> tuple[World, MemoryRemote, list[Try]]:
    """Let four writers claim the same three groups, and return what each claim came to."""
    remote, results = MemoryRemote(), list[Try]()
    begin(remote)
    with World(choices, ROUGH) as world:
        line = Line(world, lambda commit: MemoryStore(remote, "c").push(commit))

        def writer(number: int) -> None:
            store = FaultyStore(MemoryStore(remote, "c"), line)
            ledger = Ledger(store, LedgerFolding(), world.some_clock(), Random(number))
            for group in ("1-11", "2-11", "3-11"):
                one = Try()
                try:
                    one.result = decide(ledger, partial(one.judged, group))
                except UnreachableError:
                    world.sleep(600.0)
                results.append(one)

        for number in range(4):
            start(world, "writer", lambda number=number: writer(number))  # type: ignore[misc]
        assert world.run()
        assert [task.error for task in world.tasks.values() if task.error is not None] == []
    return world, remote, results


@pytest.mark.parametrize("block", range(4))
def test_each_group_is_claimed_once_and_answers_are_true(block: int) -> None:
    fired: set[Fault] = set()
    for seed in range(block * 25, block * 25 + 25):
        world, remote, tries = race(Choices(seed))
        events = events_on(MemoryStore(remote, "c"))
        groups = [event.subject.group for event in events]
        assert len(groups) == len(set(groups)), world.told()
        assert len(groups) == 3 or not _GIVING_UP.isdisjoint(world.fired), world.told()
        there = {event.draft.id for event in events}
        for one in tries:
            if isinstance(one.result, Landed):
                assert {event.draft.id for event in one.result.events} <= there, world.told()
            elif one.result is None or isinstance(one.result, Lost):
                assert there.isdisjoint(one.proposed), world.told()
            elif isinstance(one.result, Unsure):
                assert there.isdisjoint(one.proposed) or one.proposed[-1] in there
        fired |= set(world.fired)
    assert fired >= {Fault.KILL, Fault.PUSH_LOST, Fault.PUSH_REPLY_LOST, Fault.PUSH_LATE, Fault.UNREACHABLE}


@pytest.mark.parametrize("seed", range(10))
def test_the_real_code_too_gives_the_same_trace(seed: int) -> None:
    first, _, _ = race(Choices(seed))
    second, _, _ = race(Choices(0, first.choices.made))
    assert first.told() == second.told()
