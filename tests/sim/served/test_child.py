"""The child of a served far side: it is ordered, waits for the word, calls once, and keeps the reply."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from served_far_sides import served

from cmcompile.apply.child.interrupts import SignalInterrupts
from cmcompile.apply.child.launch import ALLOWED, SubprocessLauncher
from cmcompile.ledger.spool import Kept, Spool
from cmcompile.model.body import Submitted, WmsRef
from cmcompile.model.child import Child, NoReply, NotReady, Order, Ready, Taken, Word
from cmcompile.model.event import Subject
from cmcompile.sim.served.child import command
from cmcompile.sim.served.driver import FAILING, PREPARING, QUANTA, VARIABLES
from cmcompile.sim.served.hand import Hand
from cmcompile.sim.served.troubles import Trouble

ORDER = Order(
    campaign="c",
    subject=Subject("step1", "1", "w00"),
    claim="0123456789abcdef",
    wms=WmsRef("lsst.panda", "doma"),
    run_name="u_x_w00",
    output_run="u/x/w00",
    submit_path="submit/u/x/w00",
    files={"submit.yaml": b"a: 1\n", "include/b.yaml": b"b: 2\n"},
)
WORD = Word(ORDER.claim, "0" * 16, "1" * 16, "Ann Other")


@pytest.fixture(scope="module")
def far() -> Iterator[Path]:
    with served() as path:
        yield path


class Bench:
    def __init__(self, far: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hand = Hand(far)
        self.before = len(self.hand.runs())
        self.scratch, self.spool = home / "scratch", home / "spool"
        self.line = command(far, self.spool, self.scratch)
        self.monkeypatch = monkeypatch

    def child(
        self, interrupts: SignalInterrupts, variables: Mapping[str, str] | None = None, order: Order = ORDER
    ) -> Child:
        for name, value in (variables or {}).items():
            self.monkeypatch.setenv(name, value)
        launcher = SubprocessLauncher(lambda _: self.line, interrupts, allowed=(*ALLOWED, VARIABLES))
        child = launcher.start(order)
        assert not isinstance(child, NotReady), child
        return child

    def new_runs(self) -> int:
        return len(self.hand.runs()) - self.before

    def kept(self) -> list[Kept]:
        return [kept for kept in Spool(self.spool).kept() if isinstance(kept, Kept)]


@pytest.fixture
def bench(far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    yield Bench(far, tmp_path, monkeypatch)
    Hand(far).ask("calm")


@pytest.fixture
def interrupts() -> Iterator[SignalInterrupts]:
    with SignalInterrupts() as entered:
        yield entered


def test_it_prepares_waits_and_calls_once(bench: Bench, interrupts: SignalInterrupts) -> None:
    child = bench.child(interrupts, {QUANTA: "7"})
    ready = child.prepared()
    assert isinstance(ready, Ready), ready
    assert (ready.quanta, list(ready.files)) == (7, ["graph.json"])
    home = bench.scratch / ORDER.claim
    assert {path: (home / path).read_bytes() for path in ORDER.files} == ORDER.files
    assert bench.new_runs() == 0
    child.go(WORD)
    reply = child.reply()
    child.stop()
    assert isinstance(reply, Taken)
    assert bench.new_runs() == 1
    [kept] = bench.kept()
    [draft] = kept.proposal.drafts
    assert (draft.id, draft.claim, draft.body) == (
        WORD.event,
        ORDER.claim,
        Submitted(reply.run_id, WORD.gate),
    )


def test_without_the_word_nothing_is_called(bench: Bench, interrupts: SignalInterrupts) -> None:
    child = bench.child(interrupts)
    assert isinstance(child.prepared(), Ready)
    child.stop()
    assert (bench.new_runs(), bench.kept()) == (0, [])


def test_a_lost_reply_is_told_as_such(bench: Bench, interrupts: SignalInterrupts) -> None:
    child = bench.child(interrupts)
    child.prepared()
    bench.hand.trouble(Trouble.LOSE, "submit")
    child.go(WORD)
    assert isinstance(child.reply(), NoReply)
    child.stop()
    assert (bench.new_runs(), bench.kept()) == (1, [])


@pytest.mark.parametrize(
    ("said", "message", "transient"),
    [
        ("no such dataset", "no such dataset", False),
        ("1=a transient fault", "a transient fault", True),
        ("2=another group", "", False),
    ],
)
def test_preparing_may_fail(
    bench: Bench, interrupts: SignalInterrupts, said: str, message: str, transient: bool
) -> None:
    child = bench.child(interrupts, {FAILING: said})
    prepared = child.prepared()
    child.stop()
    if message:
        assert prepared == NotReady(message, transient)
    else:
        assert isinstance(prepared, Ready)


def test_preparing_takes_its_time_and_can_be_stopped(bench: Bench, interrupts: SignalInterrupts) -> None:
    child = bench.child(interrupts, {PREPARING: "60"})
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
    assert isinstance(child.prepared(), NotReady)
    child.stop()
    assert bench.new_runs() == 0


def test_files_outside_of_the_scratch_directory_are_not_written(
    bench: Bench, interrupts: SignalInterrupts, tmp_path: Path
) -> None:
    child = bench.child(interrupts, {}, replace(ORDER, files={"../../x": b""}))
    assert isinstance(child.prepared(), NotReady)
    child.stop()
    assert not (tmp_path / "x").exists()
