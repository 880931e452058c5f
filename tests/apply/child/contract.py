"""What every launcher and child must do; the tests of each import it whole and give a fixture ``bench``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import pytest

from cmcompile.apply.child.submitted import submitted_draft
from cmcompile.model.child import Child, Launcher, NoReply, NotReady, Order, Ready, Taken, Word
from cmcompile.model.event import Draft

AT = "2026-11-20T08:00:00Z"


class Preparing(Enum):
    """What a scripted driver does when it prepares."""

    READY = "ready"
    FAILS = "fails"
    FAILS_NOW = "fails now"  # and may succeed later
    RAISES = "raises"
    EXITS = "exits"  # `sys.exit`, as command lines do
    DIES = "dies"
    WAITS = "waits"  # until it is released; then it is ready


class Calling(Enum):
    """What a scripted driver does when it calls."""

    TAKEN = "taken"
    NO_REPLY = "no reply"
    RAISES = "raises"
    EXITS = "exits"
    DIES = "dies"  # after the workload system was asked
    WAITS = "waits"  # after it was asked, until it is released; then the run is taken


@dataclass(frozen=True)
class Script:
    """What a driver does."""

    preparing: Preparing = Preparing.READY
    calling: Calling = Calling.TAKEN


class Bench(Protocol):
    """Orders whose drivers are scripted, and what is seen of them from outside.

    A driver that is ready says ``Ready({"a.qgraph": "ab"}, 8)``; one whose run is taken says
    ``Taken("run-<claim>", AT, "https://wms.example.org/run")``.
    """

    @property
    def launcher(self) -> Launcher:
        """Start children with it."""

    def order(self, script: Script) -> Order:
        """Return a new order, with a claim of its own."""

    def interrupt(self) -> None:
        """Interrupt as a person does, once."""

    def release(self, order: Order) -> None:
        """Let a driver go on that waits, now or later."""

    def until_called(self, order: Order) -> None:
        """Wait until the workload system was asked for an order."""

    def over(self, child: Child) -> None:
        """Wait until a child has ended."""

    def calls(self, order: Order) -> int:
        """Return how often the workload system was asked for an order."""

    def kept(self, order: Order) -> list[Draft]:
        """Return the events that children have kept for an order."""


def word_for(order: Order) -> Word:
    return Word(order.claim, "a" * 16, f"{order.claim[:-1]}e", "someone", "https://ci.example.org/1")


def started(bench: Bench, order: Order) -> Child:
    child = bench.launcher.start(order)
    assert not isinstance(child, NotReady)
    return child


def ready(bench: Bench, order: Order) -> Child:
    child = started(bench, order)
    assert child.prepared() == Ready({"a.qgraph": "ab"}, 8)
    return child


def taken(order: Order) -> Taken:
    return Taken(f"run-{order.claim}", AT, "https://wms.example.org/run")


def submitted(order: Order) -> Draft:
    return submitted_draft(order.subject, order.claim, word_for(order), taken(order))


def test_after_the_word_the_run_is_taken_once_and_kept(bench: Bench) -> None:
    order = bench.order(Script())
    child = ready(bench, order)
    assert bench.calls(order) == 0
    child.go(word_for(order))
    assert child.reply() == taken(order)
    child.stop()
    bench.over(child)
    assert bench.calls(order) == 1
    assert bench.kept(order) == [submitted(order)]


@pytest.mark.parametrize(
    ("preparing", "transient"),
    [
        (Preparing.FAILS, False),
        (Preparing.FAILS_NOW, True),
        (Preparing.RAISES, False),
        (Preparing.EXITS, False),
        (Preparing.DIES, None),
    ],
)
def test_a_child_that_fails_to_prepare_is_not_ready(
    bench: Bench, preparing: Preparing, transient: bool | None
) -> None:
    order = bench.order(Script(preparing))
    child = started(bench, order)
    answer = child.prepared()
    assert isinstance(answer, NotReady)
    assert answer.message
    assert transient is None or answer.transient is transient
    with pytest.raises(RuntimeError):
        child.go(word_for(order))
    child.stop()
    bench.over(child)
    assert bench.calls(order) == 0


@pytest.mark.parametrize(
    "calling", [Calling.NO_REPLY, Calling.RAISES, Calling.EXITS, Calling.DIES], ids=lambda c: c.value
)
def test_a_call_that_fails_is_no_reply_and_not_tried_again(bench: Bench, calling: Calling) -> None:
    order = bench.order(Script(calling=calling))
    child = ready(bench, order)
    child.go(word_for(order))
    reply = child.reply()
    assert isinstance(reply, NoReply)
    assert reply.why
    child.stop()
    bench.over(child)
    assert bench.calls(order) == 1
    assert bench.kept(order) == []


def test_a_stopped_child_that_is_ready_ends_without_a_call(bench: Bench) -> None:
    order = bench.order(Script())
    child = ready(bench, order)
    child.stop()
    child.stop()
    bench.over(child)
    with pytest.raises(RuntimeError):
        child.go(word_for(order))
    assert bench.calls(order) == 0


def test_a_stopped_child_that_prepares_ends_without_a_call(bench: Bench) -> None:
    order = bench.order(Script(Preparing.WAITS))
    child = started(bench, order)
    child.stop()
    bench.release(order)
    bench.over(child)
    assert isinstance(child.prepared(), NotReady)
    with pytest.raises(RuntimeError):
        child.go(word_for(order))
    assert bench.calls(order) == 0


def test_answers_stay_the_same(bench: Bench) -> None:
    order = bench.order(Script())
    child = ready(bench, order)
    assert child.prepared() == child.prepared()
    child.go(word_for(order))
    assert child.reply() == child.reply() == taken(order)
    child.stop()
    assert child.reply() == taken(order)
    assert bench.calls(order) == 1


def test_the_word_is_said_once(bench: Bench) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = ready(bench, order)
    child.go(word_for(order))
    with pytest.raises(RuntimeError):
        child.go(word_for(order))
    bench.release(order)
    assert child.reply() == taken(order)
    with pytest.raises(RuntimeError):
        child.go(word_for(order))
    child.stop()
    bench.over(child)
    assert bench.calls(order) == 1


def test_the_word_is_for_a_child_that_was_found_ready(bench: Bench) -> None:
    order = bench.order(Script(Preparing.WAITS))
    child = started(bench, order)
    with pytest.raises(RuntimeError):
        child.go(word_for(order))
    with pytest.raises(RuntimeError):
        child.reply()
    bench.release(order)
    assert isinstance(child.prepared(), Ready)
    with pytest.raises(RuntimeError):
        child.reply()
    child.go(word_for(order))
    assert child.reply() == taken(order)
    child.stop()
    assert bench.calls(order) == 1


def test_the_word_for_another_claim_is_not_said(bench: Bench) -> None:
    order, other = bench.order(Script()), bench.order(Script())
    child = ready(bench, order)
    with pytest.raises(Exception, match="claim"):
        child.go(word_for(other))
    child.go(word_for(order))
    assert child.reply() == taken(order)
    child.stop()
    assert (bench.calls(order), bench.calls(other)) == (1, 0)


def test_one_interrupt_does_not_end_waiting_for_the_reply(bench: Bench) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = ready(bench, order)
    child.go(word_for(order))
    bench.until_called(order)
    bench.interrupt()
    bench.release(order)
    assert child.reply() == taken(order)
    child.stop()


def test_two_interrupts_end_waiting_and_the_child_goes_on(bench: Bench) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = ready(bench, order)
    child.go(word_for(order))
    bench.until_called(order)
    bench.interrupt()
    bench.interrupt()
    assert child.reply() is None
    child.stop()
    bench.release(order)
    bench.over(child)
    assert bench.calls(order) == 1
    assert bench.kept(order) == [submitted(order)]


def test_a_reply_that_was_not_waited_for_can_be_asked_for_again(bench: Bench) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = ready(bench, order)
    child.go(word_for(order))
    bench.until_called(order)
    bench.interrupt()
    bench.interrupt()
    assert child.reply() is None
    bench.release(order)
    bench.over(child)
    assert child.reply() == taken(order)
    child.stop()


def test_a_child_with_the_word_is_not_killed(bench: Bench) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = ready(bench, order)
    child.go(word_for(order))
    child.stop()
    child.stop()
    bench.release(order)
    assert isinstance(child.reply(), NoReply)
    bench.over(child)
    assert bench.calls(order) == 1
    assert bench.kept(order) == [submitted(order)]


def test_the_first_is_one_that_has_prepared(bench: Bench) -> None:
    slow, fast = bench.order(Script(Preparing.WAITS)), bench.order(Script())
    children = {"slow": started(bench, slow), "fast": started(bench, fast)}
    assert bench.launcher.first(children.values()) is children["fast"]
    bench.release(slow)
    assert bench.launcher.first([children["slow"]]) is children["slow"]
    for name, order in (("slow", slow), ("fast", fast)):
        assert isinstance(children[name].prepared(), Ready)
        children[name].go(word_for(order))
        assert children[name].reply() == taken(order)
        children[name].stop()
    assert (bench.calls(slow), bench.calls(fast)) == (1, 1)


def test_the_first_is_one_that_has_ended(bench: Bench) -> None:
    slow, dead = bench.order(Script(Preparing.WAITS)), bench.order(Script(Preparing.DIES))
    children = [started(bench, slow), started(bench, dead)]
    assert bench.launcher.first(children) is children[1]
    assert isinstance(children[1].prepared(), NotReady)
    for child in children:
        child.stop()
        bench.over(child)
    assert (bench.calls(slow), bench.calls(dead)) == (0, 0)


def test_an_interrupt_ends_waiting_for_the_first(bench: Bench) -> None:
    order = bench.order(Script(Preparing.WAITS))
    child = started(bench, order)
    bench.interrupt()
    assert bench.launcher.first([child]) is None
    child.stop()
    bench.over(child)
    assert bench.calls(order) == 0


def test_several_children_get_each_their_own_word(bench: Bench) -> None:
    orders = [bench.order(Script()) for _ in range(3)]
    children = [ready(bench, order) for order in orders]
    assert len({child.pid for child in children}) == 3
    children[1].stop()
    bench.over(children[1])
    for number in (2, 0):
        children[number].go(word_for(orders[number]))
        assert children[number].reply() == taken(orders[number])
        children[number].stop()
    assert [bench.calls(order) for order in orders] == [1, 0, 1]
