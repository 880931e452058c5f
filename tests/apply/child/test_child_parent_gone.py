"""Parents that are killed or interrupted, as processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import Calling, Preparing, Script, submitted
from process_bench import HERE, ProcessBench, lives, order_of, until

WAITS = Preparing.WAITS.value
CALL_WAITS = f"{Preparing.READY.value},{Calling.WAITS.value}"


class Parent:
    """A scripted parent, in a session of its own as in a terminal of its own."""

    def __init__(self, directory: Path, *more: str) -> None:
        self.bench = ProcessBench(directory)
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "scripted_parent.py"), str(directory), *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        assert self.hear() == "started"

    def do(self, what: str) -> str:
        self.say(what)
        answer = self.hear()
        return self.hear() if answer == "waits" else answer

    def begin(self, what: str) -> None:
        """Let it wait for something."""
        self.say(what)
        assert self.hear() == "waits"

    def say(self, what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")

    def hear(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the parent ended"
        return line.strip()

    def start(self, number: int, how: str = "ready") -> int:
        return int(self.do(f"start {number},{how}"))

    def ready(self, number: int, how: str = "ready") -> int:
        pid = self.start(number, how)
        assert self.do(f"prepared {number},{how}") == "Ready"
        return pid

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def press(self) -> None:
        """Press ^C: the terminal sends it to the whole group of the parent."""
        os.killpg(self.process.pid, signal.SIGINT)

    def calls(self, number: int) -> int:
        return self.bench.calls(order_of(number, Script()))

    def end(self) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.bench.interrupts.close()


@pytest.fixture(params=[(), ("--forks",)], ids=["started", "forked"])
def parent(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Parent]:
    found = Parent(tmp_path, *request.param)
    yield found
    found.end()


def gone(pid: int) -> None:
    until(lambda: not lives(pid))


def test_no_sibling_holds_the_pipe_of_a_child(parent: Parent) -> None:
    before, child, after = parent.start(1, WAITS), parent.ready(2), parent.start(3, WAITS)
    parent.kill()
    gone(child)
    # They live on, and would hold the pipe if they had got an end of it.
    assert lives(before)
    assert lives(after)
    for number in (1, 3):
        parent.bench.release(order_of(number, Script()))
    gone(before)
    gone(after)
    assert [parent.calls(number) for number in (1, 2, 3)] == [0, 0, 0]


def test_a_parent_that_is_killed_while_its_child_prepares(parent: Parent) -> None:
    child = parent.start(1, WAITS)
    parent.bench.until_preparing(order_of(1, Script()))
    parent.kill()
    parent.bench.release(order_of(1, Script()))
    gone(child)
    assert parent.calls(1) == 0


def test_a_parent_that_is_killed_before_the_word(parent: Parent) -> None:
    child = parent.ready(1)
    parent.kill()
    gone(child)
    assert parent.calls(1) == 0


@pytest.mark.parametrize("waiting", [False, True])
def test_a_parent_that_is_killed_after_the_word(parent: Parent, waiting: bool) -> None:
    order = order_of(1, Script())
    child = parent.ready(1, CALL_WAITS)
    assert parent.do(f"go 1,{CALL_WAITS}") == "gone"
    if waiting:
        parent.begin(f"reply 1,{CALL_WAITS}")
    parent.kill()
    parent.bench.until_called(order)
    assert lives(child)
    parent.bench.release(order)
    gone(child)
    assert parent.calls(1) == 1
    assert parent.bench.kept(order) == [submitted(order)]


def test_an_interrupt_reaches_the_parent_only(parent: Parent) -> None:
    order = order_of(1, Script())
    child = parent.ready(1, CALL_WAITS)
    parent.do(f"go 1,{CALL_WAITS}")
    parent.begin(f"reply 1,{CALL_WAITS}")
    parent.bench.until_called(order)
    parent.press()
    assert lives(child)
    parent.bench.release(order)
    assert parent.hear() == "Taken 1"
    gone(child)
    assert parent.calls(1) == 1


def test_a_second_interrupt_ends_waiting_and_not_the_child(parent: Parent) -> None:
    order = order_of(1, Script())
    child = parent.ready(1, CALL_WAITS)
    parent.do(f"go 1,{CALL_WAITS}")
    parent.begin(f"reply 1,{CALL_WAITS}")
    parent.press()
    # The same signal twice at once would be one.
    parent.bench.until_called(order)
    pressed = False
    while not pressed:
        parent.press()
        pressed = readable(parent)
    assert parent.hear() == "NoneType 2"
    assert parent.do(f"stop 1,{CALL_WAITS}") == "stopped"
    assert parent.process.stdin is not None
    parent.process.stdin.close()
    assert parent.process.wait() == 0
    assert lives(child)
    parent.bench.release(order)
    gone(child)
    assert parent.calls(1) == 1
    assert parent.bench.kept(order) == [submitted(order)]


def readable(parent: Parent) -> bool:
    import select

    assert parent.process.stdout is not None
    return bool(select.select([parent.process.stdout], [], [], 0.05)[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_waiting_for_children_that_prepare(parent: Parent, number: signal.Signals) -> None:
    child = parent.start(1, WAITS)
    parent.begin(f"first 1,{WAITS}")
    os.kill(parent.process.pid, number)
    assert parent.hear() == "none"
    assert lives(child)
    assert parent.do(f"stop 1,{WAITS}") == "stopped"
    gone(child)
    assert parent.calls(1) == 0


def test_sigterm_is_never_the_second(parent: Parent) -> None:
    order = order_of(1, Script())
    parent.ready(1, CALL_WAITS)
    parent.do(f"go 1,{CALL_WAITS}")
    parent.press()
    for _ in range(3):
        os.kill(parent.process.pid, signal.SIGTERM)
    parent.bench.release(order)
    assert parent.do(f"reply 1,{CALL_WAITS}") == "Taken 1"
