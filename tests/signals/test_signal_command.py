"""``cmcompile signal``: what it sends, and that it is never the end of a payload."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import pytest
from signal_examples import RUN
from signal_worker import PROGRAM, run, sent, variables

from cmcompile.model.signal import SignalKind, SignalOutput
from cmcompile.signals import command
from cmcompile.signals.bounded import Aside

HIDDEN = "hidden"
#: Parts of the standard library that take long to import, and what is not of it.
HEAVY = {"click", "dataclasses", "inspect", "pathlib", "http", "urllib", "subprocess", "tempfile", "logging"}


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    (tmp_path / "signals").mkdir()
    return tmp_path / "signals"


def test_a_payload_says_how_it_ended(spool: Path, tmp_path: Path) -> None:
    (tmp_path / "here.root").write_bytes(b"12345")
    done = run(
        *("signal", "finished", "all done", "--exit", "0", "--events", "1000"),
        *("--output", "here.root,events=400"),
        *("--output", "far.root:root://door//far.root,size=7,checksum=md5:ab,events=600"),
        env=variables(spool),
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    (found,) = sent(spool)
    assert (found.run, found.job, found.kind, found.attempt) == (RUN, 7, SignalKind.FINISHED, 2)
    assert (found.exit, found.events, found.message, found.node) == (0, 1000, "all done", os.uname().nodename)
    assert found.outputs == (
        SignalOutput("here.root", str(tmp_path / "here.root"), 5, "", 400),
        SignalOutput("far.root", "root://door//far.root", 7, "md5:ab", 600),
    )


def test_options_come_before_variables(spool: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    run(
        "signal",
        "started",
        "--to",
        str(other),
        "--run",
        "r",
        "--job",
        "3",
        "--node",
        "n",
        env=variables(spool),
    )
    (found,) = sent(other)
    assert (found.run, found.job, found.node) == ("r", 3, "n")
    assert sent(spool) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--events", ""), "events: it is no whole number"),
        (("--exit", "none"), "exit: it is no whole number"),
        (("--exit", "-11"), "exit: it is no whole number"),
        (("--node", "a\x1b[31m"), "node: it holds a control character"),
        (("--output", "a.root,owner=me"), "write NAME[:PATH][,size=N][,checksum=TEXT][,events=N]"),
        (("--output", ":x"), "it is no text of 1 to 1000 characters"),
        (("--evnts", "4"), "'--evnts' is no option; it was left out"),
    ],
)
def test_what_can_not_be_used_is_left_out_and_named(
    spool: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = run("signal", "failed", *arguments, env=variables(spool))
    assert done.returncode == 0
    assert says in done.stderr.decode()
    assert b"\x1b" not in done.stderr
    assert [s.kind for s in sent(spool)] == [SignalKind.FAILED]
    strict = run("signal", "failed", *arguments, "--strict", env=variables(spool))
    assert strict.returncode == 1
    assert len(sent(spool)) == 1


@pytest.mark.parametrize(
    "arguments", [("signal",), ("signal", "begun"), ("signal", "done"), ("signal", "--x")]
)
def test_a_wrong_command_line_ends_no_payload(spool: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, env=variables(spool)).returncode == 0
    done = run(*arguments, "--strict", env=variables(spool))
    assert done.returncode == 64
    assert b"Traceback" not in done.stderr
    assert sent(spool) == []


def test_outside_of_a_job_it_says_so(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("CMCOMPILE_")}
    done = run("signal", "started", env=env)
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1)
    assert b"this is no job of a batch step" in done.stderr
    assert run("signal", "started", "--strict", env=env).returncode == 1


def test_files_that_make_it_too_long_are_left_out(spool: Path) -> None:
    files = [word for n in range(300) for word in ("--output", f"DST-{n}.root:/{'d' * 900}/DST-{n}.root")]
    done = run("signal", "finished", "--exit", "0", *files, env=variables(spool))
    (found,) = sent(spool)
    assert (done.returncode, found.exit, len(found.outputs)) == (0, 0, 150)
    assert b"300 outputs make it too long, so 150 were left out" in done.stderr
    assert run("signal", "finished", "--strict", *files, env=variables(spool)).returncode == 1
    assert len(sent(spool)) == 1


def test_a_long_message_keeps_its_end(spool: Path) -> None:
    run("signal", "message", "x" * 5000 + "\nsegmentation fault", env=variables(spool))
    (found,) = sent(spool)
    assert found.message.startswith("… x")
    assert found.message.endswith("\nsegmentation fault")


def test_bytes_that_are_no_text_are_sent_all_the_same(spool: Path) -> None:
    subprocess.run([*PROGRAM, "signal", "message", b"\xff\xfe broken"], env=variables(spool), check=True)
    assert sent(spool)[0].message == "?? broken"


def test_a_spool_that_is_not_there_costs_no_more_than_the_time_given(tmp_path: Path) -> None:
    began = time.monotonic()
    done = run("signal", "started", "--timeout", "0.5", env=variables(tmp_path / "none"))
    assert done.returncode == 0
    assert b"not sent" in done.stderr
    assert b"No such file" in done.stderr
    assert 0.2 < time.monotonic() - began < 5
    done = run("signal", "started", "--timeout", "0.5", "--strict", env=variables(tmp_path / "none"))
    assert done.returncode == 1


def test_a_spool_that_comes_back_gets_it(tmp_path: Path) -> None:
    threading.Timer(0.6, (tmp_path / "late").mkdir).start()
    done = run("signal", "started", env=variables(tmp_path / "late"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(sent(tmp_path / "late")) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_spool_that_may_not_be_written_is_not_tried_again(spool: Path) -> None:  # pragma: no cover
    spool.chmod(stat.S_IRUSR)
    assert b"Permission denied" in run("signal", "started", env=variables(spool)).stderr


def test_a_task_that_hangs_is_not_waited_for() -> None:
    began = time.monotonic()

    def task() -> str:
        time.sleep(2)
        return ""

    aside = Aside(task)
    assert not aside.ended(0.2)
    assert time.monotonic() - began < 2
    assert aside.ended(20)


def test_who_reads_the_output_does_not_wait_for_a_task_that_hangs() -> None:
    code = "import time; from cmcompile.signals.bounded import Aside; Aside(lambda: str(time.sleep(5)))"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
    assert time.monotonic() - began < 4


def test_a_task_that_breaks_says_so() -> None:
    def task() -> str:
        raise ValueError("no")

    aside = Aside(task)
    assert aside.ended(20)
    assert aside.said == "ValueError: no"


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://h",
        "http://h:0",
        "http://h:99999",
        "https://h:1",
        f"http://u:{HIDDEN}@h:1",
        "http://h:1/p",
    ],
)
def test_an_address_that_is_none_is_not_shown(address: str) -> None:
    done = run("signal", "started", env=variables(address))
    assert done.returncode == 0
    assert b"the address is not http://HOST:PORT" in done.stderr
    assert b"hidden" not in done.stderr


def test_nobody_at_an_address_costs_no_more_than_the_time_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        done = run("signal", "started", "--timeout", "0.7", env=variables(address))
        assert time.monotonic() - began < 6
    assert (done.returncode, b"not sent" in done.stderr) == (0, True)
    assert run("signal", "started", "--timeout", "0.3", env=variables(address)).returncode == 0


def test_it_starts_with_the_standard_library_only() -> None:
    code = "import sys; import cmcompile.cli.start, cmcompile.signals.command; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    tops = {name.split(".")[0] for name in done.stdout.split()}
    known = {*sys.stdlib_module_names, "cmcompile"}
    before = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert tops <= known | {name.split(".")[0] for name in before.stdout.split()}
    assert not tops & HEAVY


def test_the_program_starts_where_a_worker_does() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"cmcompile": "cmcompile.cli.start:main"}
    shown = run("--version", env=os.environ)
    assert (shown.returncode, shown.stdout[:10]) == (0, b"cmcompile ")


def test_the_list_of_commands_knows_it(spool: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cmcompile.cli.main", "signal", "started"],
        env=variables(spool),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(sent(spool)) == 1
    shown = run("signal", "--help", env=variables(spool))
    assert shown.returncode == 0
    assert b"--strict" in shown.stdout


def test_who_reads_its_warnings_may_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert command.main(["nothing"], {}) == 0
