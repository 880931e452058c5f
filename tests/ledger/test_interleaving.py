"""Writers that run step by step in any order, on a remote with faults: nothing lost, nothing doubled."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import StillClock, begin, claiming, draft, events_on, new_id, proposal, workflow

from cmcompile.ledger.backoff import Patience
from cmcompile.ledger.book import Ledger
from cmcompile.ledger.memory_store import MemoryRemote, MemoryStore
from cmcompile.ledger.spool import Spool
from cmcompile.ledger.transact import decide, flush, record
from cmcompile.model import event as e
from cmcompile.model.ledger import Commit, Push, Tip, UnreachableError
from cmcompile.model.transaction import Landed, Lost, Spooled, Stopped, Unsure
from cmcompile.state.fold import LedgerFolding

STEPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("....lLdgu")), max_size=120)


class Turns:
    """Lets one of several threads go on at a time, in a given order."""

    def __init__(self, count: int) -> None:
        self.may = [threading.Semaphore(0) for _ in range(count)]
        self.back = threading.Semaphore(0)
        self.over = [False] * count

    def run(self, number: int, work: Callable[[], None]) -> None:
        self.may[number].acquire()
        try:
            work()
        finally:
            self.over[number] = True
            self.back.release()

    def pause(self, number: int) -> None:
        """Give the turn back, and wait for the next."""
        self.back.release()
        self.may[number].acquire()

    def go(self, number: int) -> None:
        """Let a thread go on to its next pause."""
        self.may[number].release()
        self.back.acquire()


class Weather:
    """What happens to the next push.

    ``.`` nothing, ``l`` it is lost, ``L`` its answer is lost, ``d`` it arrives late, ``g`` it can't be sent;
    ``u``: the whole remote is away for one step.
    """

    def __init__(self, remote: MemoryRemote) -> None:
        self.remote = remote
        self.next = "."
        self.late: list[Commit] = []

    def arrive(self) -> None:
        """Let in what is on its way."""
        for commit in self.late:
            self.remote.swap("cm/c", commit)
        self.late.clear()


class SteppedStore(MemoryStore):
    """A clone that waits for its turn before it speaks to the remote."""

    def __init__(self, remote: MemoryRemote, turns: Turns, number: int, weather: Weather) -> None:
        super().__init__(remote, "c")
        self._turns, self._number, self._weather = turns, number, weather

    def tip(self) -> Tip | None:
        self._turns.pause(self._number)
        if self._weather.next == "u":
            raise UnreachableError("away")
        return super().tip()

    def push(self, commit: Commit) -> Push:
        self._turns.pause(self._number)
        match self._weather.next:
            case "l":
                return Push.UNCLEAR
            case "L":
                super().push(commit)
                return Push.UNCLEAR
            case "d":
                self._weather.late.append(commit)
                return Push.UNCLEAR
            case "g" | "u":
                raise UnreachableError("away")
        return super().push(commit)


class Writer:
    """Claims a group that all want, then one of its own, then tells a fact."""

    def __init__(self, ledger: Ledger, number: int) -> None:
        self.ledger, self.number = ledger, number
        self.results: list[object] = []
        seen = e.Observed("running", "x")
        self.fact = proposal(draft(workflow(f"f{number}"), seen, new_id()))

    def work(self) -> None:
        for group in ("shared", f"own{self.number}"):
            try:
                self.results.append(decide(self.ledger, claiming(group)))
            except UnreachableError as error:
                self.results.append(error)
        self.results.append(record(self.ledger, self.fact))


@settings(max_examples=150)
@given(STEPS, st.integers(2, 4), st.integers(0, 99))
def test_writers_in_any_order_with_any_weather(steps: list[tuple[int, str]], count: int, seed: int) -> None:
    remote = MemoryRemote()
    begin(remote)
    weather, turns = Weather(remote), Turns(count)
    with tempfile.TemporaryDirectory() as place:
        spools = [Spool(Path(place) / str(n)) for n in range(count)]
        writers = [
            Writer(
                Ledger(
                    SteppedStore(remote, turns, n, weather),
                    LedgerFolding(),
                    StillClock(),
                    Random(seed + n),
                    spool=spools[n],
                    patience=Patience(tries=6, seconds=1e9),
                ),
                n,
            )
            for n in range(count)
        ]
        threads = [threading.Thread(target=turns.run, args=(n, w.work)) for n, w in enumerate(writers)]
        for thread in threads:
            thread.start()
        play(turns, weather, steps)
        for thread in threads:
            thread.join()
        weather.arrive()
        for n in range(count):
            flush(Ledger(MemoryStore(remote, "c"), LedgerFolding(), StillClock(), spool=spools[n]))
        judge_results(remote, writers)
        assert [list(spool.kept()) for spool in spools] == [[]] * count


def play(turns: Turns, weather: Weather, steps: list[tuple[int, str]]) -> None:
    """Make the given steps, then all others in fair weather."""
    for number, what in steps:
        if number < len(turns.over) and not turns.over[number]:
            weather.next = what
            turns.go(number)
        else:
            weather.arrive()
    weather.next = "."
    while not all(turns.over):
        for number, over in enumerate(turns.over):
            if not over:
                turns.go(number)


def judge_results(remote: MemoryRemote, writers: list[Writer]) -> None:
    """Compare what the writers were told with what is on the branch."""
    events = events_on(MemoryStore(remote, "c"))
    there = [event.draft.id for event in events]
    assert len(there) == len(set(there))
    certain: set[str] = set()
    possible: set[str] = set()
    for writer in writers:
        assert len(writer.results) == 3
        for result in writer.results:
            assert isinstance(result, Landed | Stopped | Lost | Unsure | Spooled | UnreachableError)
            if isinstance(result, Landed):
                certain |= {event.draft.id for event in result.events}
            if isinstance(result, Unsure):
                possible |= {item.id for item in result.drafts}
        certain |= {item.id for item in writer.fact.drafts}
    # Every winner is right, facts are never lost, and who was told that nothing landed is right too.
    assert certain <= set(there)
    assert set(there) <= certain | possible
    shared = [event for event in events if event.subject.group == "shared"]
    assert len(shared) <= 1
    holders = [w for w in writers if isinstance(w.results[0], Landed)]
    assert len(holders) <= 1
    if not shared:
        assert not any(isinstance(w.results[0], Landed | Stopped) for w in writers)
