"""Children that are forked from a server whose own fate differs from theirs."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import Calling, Preparing, Script, word_for
from process_bench import ProcessBench, lives, until

from cmcompile.apply.child.forked import ForkServers
from cmcompile.model.child import Child, NotReady, Ready, Taken


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ProcessBench]:
    found = ProcessBench(tmp_path, forks=True)
    yield found
    found.close()


def started(bench: ProcessBench, script: Script) -> Child:
    child = bench.launcher.start(bench.order(script))
    assert not isinstance(child, NotReady)
    return child


def parent_of(pid: int) -> int:
    text = Path(f"/proc/{pid}/stat").read_text()
    return int(text.rpartition(")")[2].split()[1])


def test_all_children_have_one_parent_that_is_not_this(bench: ProcessBench) -> None:
    found = [started(bench, Script(Preparing.WAITS)) for _ in range(3)]
    assert len({parent_of(child.pid) for child in found}) == 1
    assert parent_of(found[0].pid) != os.getpid()
    for child in found:
        child.stop()


def test_a_child_outlives_its_server_and_gives_its_reply(bench: ProcessBench) -> None:
    order = bench.order(Script())
    child = bench.launcher.start(order)
    assert not isinstance(child, NotReady)
    assert isinstance(child.prepared(), Ready)
    os.kill(parent_of(child.pid), signal.SIGKILL)
    child.go(word_for(order))
    assert isinstance(child.reply(), Taken)
    child.stop()
    bench.over(child)
    assert bench.calls(order) == 1


def test_a_child_that_dies_after_its_server_does_not_reply(bench: ProcessBench) -> None:
    child = started(bench, Script(Preparing.WAITS))
    os.kill(parent_of(child.pid), signal.SIGKILL)
    until(lambda: parent_of(child.pid) != os.getpid())
    os.kill(child.pid, signal.SIGKILL)
    answer = child.prepared()
    assert isinstance(answer, NotReady)
    assert answer.transient
    assert "how it ended is not known" in answer.message
    child.stop()


def test_stopping_ends_a_child_whose_server_is_gone(bench: ProcessBench) -> None:
    child = started(bench, Script(Preparing.WAITS))
    os.kill(parent_of(child.pid), signal.SIGKILL)
    child.stop()
    assert not lives(child.pid)


def test_after_the_end_of_the_server_children_are_started_by_themselves(bench: ProcessBench) -> None:
    first = started(bench, Script(Preparing.WAITS))
    os.kill(parent_of(first.pid), signal.SIGKILL)
    second = started(bench, Script())
    assert parent_of(second.pid) == os.getpid()
    assert isinstance(second.prepared(), Ready)
    for child in (first, second):
        child.stop()


def test_closing_ends_the_server_and_not_a_child_with_the_word(bench: ProcessBench) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = bench.launcher.start(order)
    assert not isinstance(child, NotReady)
    assert isinstance(child.prepared(), Ready)
    child.go(word_for(order))
    bench.until_called(order)
    server = parent_of(child.pid)
    child.stop()
    bench.launcher.close()
    assert not lives(server)
    assert lives(child.pid)
    bench.release(order)
    bench.over(child)
    assert len(bench.kept(order)) == 1


def test_a_server_that_never_gets_ready_can_be_interrupted(bench: ProcessBench) -> None:
    servers = ForkServers(bench.interrupts)
    bench.interrupt()
    line = [sys.executable, "-c", "import time; time.sleep(100)"]
    with pytest.raises(InterruptedError):
        servers.fork(line, dict(os.environ), 0, 1, 2)
    servers.close()


@pytest.mark.parametrize("text", ["", "raise SystemExit(3)", "print('x')", "import os; os.write(0, b'no')"])
def test_what_can_not_be_forked_from_is_not_tried_again(bench: ProcessBench, text: str) -> None:
    bench.launcher._forks = lambda order: [sys.executable, "-c", text]
    for _ in range(2):
        child = started(bench, Script())
        assert parent_of(child.pid) == os.getpid()
        assert isinstance(child.prepared(), Ready)
        child.stop()


def test_what_the_server_printed_is_in_the_log_of_each_child(bench: ProcessBench) -> None:
    said = "import sys; print('set up', file=sys.stderr); import runpy; sys.argv = sys.argv[1:]; "
    code = (
        said
        + "sys.path.insert(0, sys.argv[0].rpartition('/')[0]); runpy.run_path(sys.argv[0], {}, '__main__')"
    )
    bench.launcher._forks = lambda order: [sys.executable, "-c", code, *bench.line[1:], "--forks"]
    for _ in range(2):
        order = bench.order(Script())
        child = bench.launcher.start(order)
        assert not isinstance(child, NotReady)
        assert parent_of(child.pid) != os.getpid()
        child.prepared()
        child.stop()
        assert bench.log(order).read_text().startswith("set up\n")
