"""``cmcompile tee``: every byte passed on, the payload's end kept, files and events told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signal_examples import read_spool
from signal_worker import PROGRAM, run, sent, variables

from cmcompile.model.signal import SignalKind
from cmcompile.signals.fold import fold_signals
from cmcompile.signals.pick import EVENTS, FILES, LONGEST, PatternError, Picker, compiled

NEEDS_FILE, NEEDS_EVENTS = frozenset({"path", "name"}), frozenset({"events"})
PRINTED = b"hello\nout/DST_a-1.root, entries: 55\nprocessed 100 events\n"
PRINTED += b"'/d/DST_b.root', entries: 45\n\x00\xff\r\nend"


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    (tmp_path / "signals").mkdir()
    return tmp_path / "signals"


def printing(data: bytes, code: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import os; os.write(1, {data!r}); os._exit({code})")


def test_what_is_printed_is_passed_on_and_told(spool: Path, tmp_path: Path) -> None:
    done = run("tee", "--", *printing(PRINTED), env=variables(spool), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, PRINTED, b"")
    kinds = [s.kind for s in sent(spool)]
    assert (kinds[0], kinds[-1]) == (SignalKind.STARTED, SignalKind.FINISHED)
    payload = fold_signals(read_spool(spool).signals)[7].payload
    assert payload is not None
    assert (payload.kind, payload.exit, payload.events) == (SignalKind.FINISHED, 0, 100)
    assert [(o.name, o.path, o.events) for o in payload.outputs] == [
        ("DST_a-1.root", str(tmp_path / "out/DST_a-1.root"), 55),
        ("DST_b.root", "/d/DST_b.root", 45),
    ]


def test_a_megabyte_of_any_bytes_is_passed_on(spool: Path, tmp_path: Path) -> None:
    data = os.urandom(1 << 20)
    (tmp_path / "data").write_bytes(data)
    assert run("tee", "--", "cat", str(tmp_path / "data"), env=variables(spool)).stdout == data
    assert run("tee", env=variables(spool), input=data).stdout == data


@pytest.mark.parametrize("code", [1, 3, 255])
def test_its_exit_code_is_that_of_the_payload(spool: Path, code: int) -> None:
    assert run("tee", "--", *printing(b"x", code), env=variables(spool)).returncode == code
    last = sent(spool)[-1]
    assert (last.kind, last.exit) == (SignalKind.FAILED, code)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_it_ends_by_the_signal_that_killed_the_payload(spool: Path, number: signal.Signals) -> None:
    done = run("tee", "--", "sh", "-c", f"echo x; kill -{number.value} $$", env=variables(spool))
    assert (done.returncode, done.stdout) == (-number, b"x\n")
    last = sent(spool)[-1]
    assert (last.exit, last.message) == (128 + number, f"it was killed by signal {number.value}")


def test_a_signal_reaches_the_payload(spool: Path) -> None:
    script = "trap 'echo told; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [*PROGRAM, "tee", "--", "sh", "-c", script], env=variables(spool), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.stdout.read() == b"told\n"
    assert process.returncode == 9
    assert sent(spool)[-1].exit == 9


def test_bytes_are_passed_on_at_once(spool: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "tee", "--", "sh", "-c", "printf half; read line; echo $line"],
        env=variables(spool),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.read(4) == b"half"
        process.stdin.write(b"whole\n")
        assert process.stdout.read() == b"whole\n"


def test_errors_go_past_it(spool: Path) -> None:
    done = run("tee", "--", "sh", "-c", "echo out; echo err >&2", env=variables(spool))
    assert (done.stdout, done.stderr) == (b"out\n", b"err\n")


def test_a_reader_that_goes_away_ends_the_payload_as_it_would_without(spool: Path) -> None:
    command = [*PROGRAM, "tee", "--", "sh", "-c", "while echo x; do :; done; exit 5"]
    with subprocess.Popen(command, env=variables(spool), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == -signal.SIGPIPE
    assert sent(spool)[-1].exit == 128 + signal.SIGPIPE


def test_what_the_payload_left_behind_is_not_waited_for(spool: Path) -> None:
    began = time.monotonic()
    done = run("tee", "--", "sh", "-c", "sleep 20 2>/dev/null & echo $!", env=variables(spool))
    os.kill(int(done.stdout), signal.SIGTERM)
    assert done.returncode == 0
    assert time.monotonic() - began < 15


def test_a_command_that_is_not_there(spool: Path, tmp_path: Path) -> None:
    assert run("tee", "--", "no-such-command", env=variables(spool)).returncode == 127
    (tmp_path / "plain").write_text("")
    assert run("tee", "--", str(tmp_path / "plain"), env=variables(spool)).returncode == 126
    assert [s.exit for s in sent(spool)] == [127, 126]
    assert "could not be started: No such file" in sent(spool)[0].message


def test_without_a_command_nothing_is_said_of_an_end(spool: Path) -> None:
    done = run("tee", env=variables(spool), input=PRINTED)
    assert (done.returncode, done.stdout) == (0, PRINTED)
    assert {s.kind for s in sent(spool)} == {SignalKind.RUNNING}
    payload = fold_signals(read_spool(spool).signals)[7].payload
    assert payload is not None
    assert (payload.events, len(payload.outputs)) == (100, 2)


def test_without_a_place_for_signals_it_passes_on_all_the_same() -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("CMCOMPILE_")}
    done = run("tee", "--", *printing(PRINTED, 4), env=env)
    assert (done.returncode, done.stdout) == (4, PRINTED)
    assert done.stderr.count(b"\n") == 1


def test_signals_that_do_not_arrive_change_nothing(tmp_path: Path) -> None:
    done = run("tee", "--timeout", "0.3", "--", *printing(PRINTED, 4), env=variables(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (4, PRINTED)
    assert b"not sent" in done.stderr


def test_signals_come_while_the_payload_runs(spool: Path) -> None:
    script = "for i in 1 2 3 4; do echo a$i.root, entries: $i; sleep 0.3; done"
    run("tee", "--every", "0.1", "--", "sh", "-c", script, env=variables(spool))
    found = sent(spool)
    assert sum(s.kind is SignalKind.RUNNING for s in found) >= 3
    assert sorted(o.name for s in found for o in s.outputs) == ["a1.root", "a2.root", "a3.root", "a4.root"]


@pytest.mark.parametrize("option", ["--every", "--timeout"])
@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1e300"])
def test_no_number_of_seconds_breaks_it(spool: Path, option: str, value: str) -> None:
    done = run("tee", option, value, "--", *printing(PRINTED, 3), env=variables(spool))
    assert (done.returncode, done.stdout, done.stderr) == (3, PRINTED, b"")
    assert sent(spool)[-1].exit == 3
    assert run("tee", option, value, env=variables(spool), input=PRINTED).stderr == b""


def test_how_it_ended_is_told_whatever_files_there_are(spool: Path) -> None:
    folder = "d" * 250
    lines = "".join(f"/{folder}/{folder}/DST-{n:04}.root, entries: 1\n" for n in range(900))
    done = run(
        "tee", "--every", "60", "--", "sh", "-c", "sleep 0.3; cat", env=variables(spool), input=lines.encode()
    )
    last = sent(spool)[-1]
    assert (last.kind, last.exit) == (SignalKind.FINISHED, 0)
    assert b"outputs make it too long, so" in done.stderr


def test_a_signal_that_did_not_arrive_is_told(tmp_path: Path) -> None:
    done = run("tee", "--timeout", "0.3", "--", *printing(b"x"), env=variables(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (0, b"x")
    assert b"not sent: " in done.stderr


def test_signals_are_not_sent_more_often_than_asked(spool: Path) -> None:
    script = "for i in 1 2 3 4 5 6 7 8; do echo a$i.root, entries: $i; sleep 0.02; done"
    run("tee", "--every", "60", "--", "sh", "-c", script, env=variables(spool))
    assert sum(s.kind is SignalKind.RUNNING for s in sent(spool)) <= 1
    assert sum(len(s.outputs) for s in sent(spool)) == 8


def test_own_patterns_take_the_place_of_the_usual_ones(spool: Path) -> None:
    done = run(
        *(
            "tee",
            "--file",
            r"^WROTE (?P<name>\S+) (?P<size>\d+) (?P<checksum>\S+)$",
            "--events",
            r"n=(?P<events>\d+)",
        ),
        *("--", *printing(b"WROTE a:b,c.root 12 md5:ff\nx.root, entries: 3\nn=5\nn=4\n")),
        env=variables(spool),
    )
    assert done.returncode == 0
    last = sent(spool)[-1]
    assert [(o.name, o.size, o.checksum) for s in sent(spool) for o in s.outputs] == [
        ("a:b,c.root", 12, "md5:ff")
    ]
    assert last.events == 5


@pytest.mark.parametrize("pattern", ["(", "x", "(?P<events>x)", "(?P<path>x)(?P<owner>y)"])
def test_a_pattern_that_can_not_be_used_is_told_before_the_payload_starts(spool: Path, pattern: str) -> None:
    done = run("tee", "--file", pattern, "--", "touch", str(spool / "started"), env=variables(spool))
    assert done.returncode == 64
    assert b"the pattern" in done.stderr
    assert not (spool / "started").exists()


def test_by_way_of_the_list_of_commands_it_gets_every_word(spool: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "cmcompile.cli.main",
            "tee",
            "--",
            "sh",
            "-c",
            "echo $0 $1; exit 3",
            "--",
            "-h",
        ],
        env=variables(spool),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, b"-- -h\n")


def picker() -> Picker:
    return Picker(compiled(FILES, NEEDS_FILE), compiled(EVENTS, NEEDS_EVENTS))


@given(st.lists(st.binary(max_size=9), max_size=12))
def test_how_the_bytes_are_cut_does_not_matter(between: list[bytes]) -> None:
    text = b"\n".join([b"a.root, entries: 5", *between, b"Processed 7 events", b"b.root, entries: 6"])
    whole, parts = picker(), picker()
    whole.feed(text)
    for at in range(len(text)):
        parts.feed(text[at : at + 1])
    whole.end()
    parts.end()
    assert (whole.files, whole.events) == (parts.files, parts.events)
    assert {"a.root", "b.root"} <= whole.files.keys()


def test_a_line_without_end_takes_no_memory() -> None:
    found = picker()
    for _ in range(100):
        found.feed(b"x" * LONGEST)
        assert len(found._rest) <= LONGEST
    found.feed(b" a.root, entries: 5\nb.root, entries: 6\n")
    assert list(found.files) == ["b.root"]


def test_a_file_is_told_again_only_when_something_new_is_said_of_it() -> None:
    found = picker()
    found.feed(b"a.root, entries: 5\n")
    assert len(found.take()) == 1
    found.feed(b"a.root, entries: 5\n")
    assert found.take() == []
    found.feed(b"a.root, entries: 6\n")
    assert [f["events"] for f in found.take()] == ["6"]


def test_patterns_are_checked() -> None:
    with pytest.raises(PatternError, match="needs"):
        compiled(["x"], NEEDS_EVENTS)
