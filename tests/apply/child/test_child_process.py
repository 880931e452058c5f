"""Children as processes: what the pipe, the environment, signals and other programs can do to them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from contract import Calling, Preparing, Script, started, submitted, taken, word_for
from process_bench import ProcessBench, lives, until

from cmcompile.apply.child.launch import SubprocessLauncher, environment
from cmcompile.apply.child.messages import LONGEST, encode
from cmcompile.apply.child.parent import PipeChild
from cmcompile.model.child import Child, NoReply, NotReady, Order, Ready

READY = encode(Ready()).strip()


@pytest.fixture(params=[False, True], ids=["started", "forked"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ProcessBench]:
    found = ProcessBench(tmp_path, forks=request.param)
    yield found
    found.close()


@pytest.fixture
def liars(tmp_path: Path) -> Iterator[list[ProcessBench]]:
    found: list[ProcessBench] = []
    yield found
    for bench in found:
        bench.interrupts.close()


def liar(liars: list[ProcessBench], directory: Path, text: str) -> tuple[Child, Order]:
    """Return a child that runs some Python."""
    bench = ProcessBench(directory, lambda order: [sys.executable, "-c", text])
    liars.append(bench)
    order = bench.order(Script())
    return started(bench, order), order


@pytest.mark.parametrize(
    "said",
    [
        "print('hello')",
        "print('', flush=True); input()",
        "print('{', end='')",
        f"print({READY!r}, end='')",
        f"print({READY.replace('1', '2')!r})",
        f"print({READY!r}.replace('{{}}', '{{\"' + 'x' * {2 * LONGEST} + '\":\"\"}}'))",
        "import os; os.write(1, b'\\xff' * 99 + b'\\n')",
        "import os; os.close(1); os.close(0)",
        "1 / 0",
        "pass",
    ],
)
def test_what_is_no_report_is_not_ready(liars: list[ProcessBench], tmp_path: Path, said: str) -> None:
    child, order = liar(liars, tmp_path, said)
    answer = child.prepared()
    assert isinstance(answer, NotReady)
    assert not answer.transient
    assert len(answer.message) < 700
    with pytest.raises(RuntimeError):
        child.go(word_for(order))
    child.stop()


@pytest.mark.parametrize(
    "said",
    ["print('hello')", "print('{', end='')", "pass", f"print({READY!r})", "import os; os.close(1)", "1 / 0"],
)
def test_what_is_no_reply_is_no_reply(liars: list[ProcessBench], tmp_path: Path, said: str) -> None:
    child, order = liar(liars, tmp_path, f"input(); print({READY!r}, flush=True); input(); {said}")
    assert child.prepared() == Ready()
    child.go(word_for(order))
    assert isinstance(child.reply(), NoReply)
    child.stop()


def test_the_end_of_a_child_is_told_with_its_last_words(liars: list[ProcessBench], tmp_path: Path) -> None:
    (tmp_path / "log-0000000000000010").write_text("of an earlier child\n")
    child, _ = liar(liars, tmp_path, "import sys; print('\\x1b[1mno stack', file=sys.stderr); sys.exit(4)")
    answer = child.prepared()
    assert isinstance(answer, NotReady)
    assert "exit code 4" in answer.message
    assert answer.message.endswith("it wrote: ?[1mno stack")
    child.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_that_is_killed_while_preparing_is_not_ready(
    bench: ProcessBench, number: signal.Signals
) -> None:
    order = bench.order(Script(Preparing.WAITS))
    child = started(bench, order)
    bench.until_preparing(order)
    os.kill(child.pid, number)
    answer = child.prepared()
    assert isinstance(answer, NotReady)
    assert answer.transient is (number != signal.SIGINT)
    child.stop()
    assert bench.calls(order) == 0


def test_a_child_that_is_killed_when_it_is_ready_does_not_reply(bench: ProcessBench) -> None:
    order = bench.order(Script())
    child = started(bench, order)
    assert isinstance(child.prepared(), Ready)
    os.kill(child.pid, signal.SIGKILL)
    bench.over(child)
    child.go(word_for(order))
    assert isinstance(child.reply(), NoReply)
    with pytest.raises(RuntimeError):
        child.go(word_for(order))
    child.stop()
    assert bench.calls(order) == 0


def test_a_child_that_is_killed_while_calling_does_not_reply(bench: ProcessBench) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = started(bench, order)
    assert isinstance(child.prepared(), Ready)
    child.go(word_for(order))
    bench.until_called(order)
    os.kill(child.pid, signal.SIGKILL)
    reply = child.reply()
    assert isinstance(reply, NoReply)
    assert "signal 9" in reply.why
    child.stop()
    assert bench.calls(order) == 1
    assert bench.kept(order) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_call_is_not_broken_off_by_a_plea(bench: ProcessBench, number: signal.Signals) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = started(bench, order)
    assert isinstance(child.prepared(), Ready)
    child.go(word_for(order))
    bench.until_called(order)
    os.kill(child.pid, number)
    bench.release(order)
    assert child.reply() == taken(order)
    child.stop()


def test_stopping_ends_a_child_that_takes_no_plea(bench: ProcessBench, tmp_path: Path) -> None:
    text = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); open('log-x', 'w').close(); time.sleep(100)"
    )
    stubborn = ProcessBench(
        tmp_path, lambda order: [sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r}); {text}"], 0.2
    )
    child = started(stubborn, stubborn.order(Script()))
    until((tmp_path / "log-x").exists)
    child.stop()
    assert not lives(child.pid)
    stubborn.interrupts.close()


def test_stopping_ends_the_programs_of_a_child_too(bench: ProcessBench, tmp_path: Path) -> None:
    wrapped = ProcessBench(
        tmp_path, lambda order: ["sh", "-c", f"sleep 100 & echo $! > {tmp_path}/left; wait"]
    )
    child = started(wrapped, wrapped.order(Script()))
    left = tmp_path / "left"
    until(lambda: left.exists() and left.read_text().endswith("\n"))
    child.stop()
    until(lambda: not lives(int(left.read_text())))
    wrapped.interrupts.close()


@pytest.mark.parametrize("extra", [b"leave a program", b"leave a fork"])
@pytest.mark.parametrize("calling", [Calling.TAKEN, Calling.DIES])
def test_what_a_driver_leaves_running_does_not_keep_the_parent(
    bench: ProcessBench, extra: bytes, calling: Calling
) -> None:
    order = bench.order(Script(calling=calling), extra)
    child = started(bench, order)
    assert isinstance(child.prepared(), Ready)
    child.go(word_for(order))
    reply = child.reply()
    assert reply == taken(order) if calling is Calling.TAKEN else isinstance(reply, NoReply)
    child.stop()
    path = bench.directory / "left"
    until(lambda: path.exists() and path.read_text() != "")
    left = int(path.read_text())
    assert lives(left)
    if extra == b"leave a program":
        held = [str(link.readlink()) for link in Path(f"/proc/{left}/fd").iterdir()]
        assert not [name for name in held if name.startswith("pipe:")]
    os.kill(left, signal.SIGKILL)


def test_what_a_driver_prints_is_not_said(bench: ProcessBench) -> None:
    order = bench.order(Script(), b"print")
    child = started(bench, order)
    assert child.prepared() == Ready({"a.qgraph": "ab"}, 8)
    child.go(word_for(order))
    assert child.reply() == taken(order)
    child.stop()
    log = bench.log(order).read_text()
    assert "printed by the driver" in log
    assert "printed by a program" in log


def test_a_full_disk_does_not_lose_the_reply(bench: ProcessBench) -> None:
    (bench.directory / "no-spool").touch()
    order = bench.order(Script())
    child = started(bench, order)
    assert isinstance(child.prepared(), Ready)
    child.go(word_for(order))
    assert child.reply() == taken(order)
    child.stop()
    assert bench.kept(order) == []
    log = bench.log(order).read_text()
    assert "no space left on device" in log
    assert f"run-{order.claim}" in log


def test_a_closed_pipe_does_not_lose_the_reply(bench: ProcessBench) -> None:
    order = bench.order(Script(calling=Calling.WAITS))
    child = started(bench, order)
    assert isinstance(child.prepared(), Ready)
    child.go(word_for(order))
    child.stop()
    bench.release(order)
    bench.over(child)
    assert bench.kept(order) == [submitted(order)]


def test_an_order_larger_than_the_pipe(bench: ProcessBench) -> None:
    order = bench.order(Script())
    order = replace(order, files={**order.files, "lists/visits.yaml": b"- 1\n" * 1_000_000})
    child = started(bench, order)
    assert bench.launcher.first([child]) is child
    assert isinstance(child.prepared(), Ready)
    child.go(word_for(order))
    assert child.reply() == taken(order)
    child.stop()


@pytest.mark.parametrize("text", ["pass", "import time; time.sleep(100)"])
def test_an_order_that_nobody_reads(liars: list[ProcessBench], tmp_path: Path, text: str) -> None:
    bench = ProcessBench(tmp_path, lambda order: [sys.executable, "-c", text], 0.2)
    liars.append(bench)
    child = started(bench, replace(bench.order(Script()), files={"a": bytes(1_000_000)}))
    if text != "pass":
        bench.interrupt()
        assert bench.launcher.first([child]) is None
        child.stop()
    assert isinstance(child.prepared(), NotReady)
    child.stop()


def test_a_child_gets_allowed_variables_only(bench: ProcessBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANDA_AUTH_ID_TOKEN", "secret")
    monkeypatch.setenv("LC_TIME", "C")
    monkeypatch.setenv("DAF_BUTLER_DIR", "/stack/daf_butler")
    order = bench.order(Script())
    child = started(bench, order)
    assert isinstance(child.prepared(), Ready)
    child.stop()
    names = (bench.directory / f"environment-{order.claim}").read_text().splitlines()
    assert {"PATH", "HOME", "LC_TIME", "DAF_BUTLER_DIR"} <= set(names)
    assert "PANDA_AUTH_ID_TOKEN" not in names
    inherited = {"A": "1", "AB": "2", "B": "3", "[A]": "4"}
    assert environment(inherited, ["A"]) == {"A": "1"}
    assert environment(inherited, ["A*", "C"]) == {"A": "1", "AB": "2"}


def test_a_child_is_in_a_session_of_its_own(bench: ProcessBench) -> None:
    order = bench.order(Script(Preparing.WAITS))
    child = started(bench, order)
    assert os.getsid(child.pid) == child.pid
    child.stop()


def test_a_child_that_cannot_be_started_is_not_ready(bench: ProcessBench, tmp_path: Path) -> None:
    for command in (["/no/such/program"], ["a\0b"], [str(tmp_path)]):
        launcher = SubprocessLauncher(lambda order, found=command: found, bench.interrupts)  # type: ignore[misc]
        answer = launcher.start(bench.order(Script()))
        assert isinstance(answer, NotReady)
        assert not answer.transient
    elsewhere = SubprocessLauncher(
        lambda order: ["true"], bench.interrupts, log=lambda order: tmp_path / "no/log"
    )
    assert isinstance(elsewhere.start(bench.order(Script())), NotReady)


def test_descriptors_are_given_back(bench: ProcessBench) -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    # What children are forked from is kept.
    started(bench, bench.order(Script())).stop()
    before = opened()
    for calling in (Calling.TAKEN, Calling.DIES):
        order = bench.order(Script(calling=calling))
        child = started(bench, order)
        assert isinstance(child.prepared(), Ready)
        child.go(word_for(order))
        child.reply()
        child.stop()
    child = started(bench, bench.order(Script()))
    child.stop()
    assert opened() == before


def test_only_own_children_can_be_waited_for(bench: ProcessBench) -> None:
    with pytest.raises(ValueError, match="no child"):
        bench.launcher.first([])
    with pytest.raises(ValueError, match="not started as a process"):
        bench.launcher.first([PipeChild(None, "")])  # type: ignore[arg-type]
