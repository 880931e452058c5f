"""The script of a group, run by bash for real: what a job gets, what it leaves, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmcompile.batch.script import NO_OUTPUT, NOT_STARTED, script_bytes
from cmcompile.batch.table import Job, Table, is_field, table_bytes
from cmcompile.model.signal import SignalKind
from cmcompile.signals.codec import decode

RUN = "u_c_DST_1_w00-0a1b2c"
COLUMNS = ("run", "what")
ODD = 'it\'s "odd" $HOME `id` $(id) * ? \\n ; & | < > # ~ é 日本 -n'


@dataclass(frozen=True)
class Area:
    """A submit directory with one job, or some."""

    root: Path

    def lay(self, *jobs: Job, files: Sequence[str] = (), columns: tuple[str, ...] = COLUMNS) -> Area:
        """Write the files of a group."""
        (self.root / "1.jobs.tsv").write_bytes(table_bytes(Table(columns, jobs)))
        (self.root / "1.sh").write_bytes(script_bytes("about", "1.sh", "1.jobs.tsv", columns, files))
        (self.root / "run.txt").write_text(f"{RUN}\n")
        return self

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the script from elsewhere, as a batch system does."""
        return subprocess.run(
            ["bash", self.root / "1.sh", *words],
            cwd="/",
            env={"PATH": os.environ["PATH"], **environ},
            input="of whoever started it\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def said(self) -> list[dict[str, Any]]:
        """Return the signals in the order of their names' times, each as the strict reader takes it."""
        found = []
        for path in (self.root / "signals").iterdir():
            stored = decode(path.name, path.read_bytes())
            found.append((stored.time, json.loads(path.read_bytes())))
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]

    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.said()]


def job(number: int = 1, command: str = "true", **more: Any) -> Job:
    return Job(number, COLUMNS, ("22000", "x"), command=command, **more)


@pytest.fixture
def area(tmp_path: Path) -> Area:
    return Area(tmp_path)


def test_bash_finds_no_fault_in_it(area: Area) -> None:
    area.lay(job(), files=["run.sh", "macros/it's.C"])
    done = subprocess.run(["bash", "-n", area.root / "1.sh"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_job_gets_its_values_as_they_are(area: Area) -> None:
    wanted = 'printf "%s\\n" "$JOB_run" "$JOB_what" "$CMCOMPILE_JOB" "$CMCOMPILE_RUN" "$CMCOMPILE_TRY"'
    one = Job(1, COLUMNS, ("22000", ODD), command=wanted)
    done = area.lay(one).run("1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n") == ["22000", ODD, "1", RUN, "1", ""]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(max_size=30).filter(is_field), log=st.sampled_from(["", "logs/a b.log"]))
def test_no_value_of_a_column_is_taken_for_a_command(area: Area, value: str, log: str) -> None:
    one = Job(1, COLUMNS, ("1", value), command='printf %s "$JOB_what" >seen', log=log)
    assert area.lay(one).run("1").returncode == 0
    assert (area.root / "work/1/seen").read_bytes() == value.encode()


def test_a_job_finds_its_row_among_many_and_by_the_variable_of_slurm(area: Area) -> None:
    area.lay(*(Job(n, COLUMNS, (str(n), ""), command='echo "run $JOB_run"') for n in range(1, 2001)))
    assert area.run("1999").stdout == "run 1999\n"
    assert area.run(SLURM_ARRAY_TASK_ID="7").stdout == "run 7\n"


def test_outputs_inputs_and_the_places_of_a_job_are_told(area: Area) -> None:
    wanted = (
        'echo "$CMCOMPILE_OUTPUTS|$CMCOMPILE_INPUTS|$CMCOMPILE_SUBMIT|$CMCOMPILE_SIGNALS|$PWD"; touch a b'
    )
    done = area.lay(job(command=wanted, outputs=("a", "b"), inputs=("c",))).run("1")
    root = area.root.resolve()
    stands = root / "work" / "1"
    assert done.stdout == f"a b|c|{root}|{root}/signals|{stands}\n"
    assert done.returncode == 0


def test_it_says_when_it_begins_and_how_it_ends(area: Area) -> None:
    assert area.lay(job(command="exit 7")).run("1").returncode == 7
    begun, ended = area.said()
    assert begun["kind"] == SignalKind.BEGUN.value
    assert (ended["kind"], ended["exit"], ended["try"], ended["job"], ended["run"]) == ("ended", 7, 1, 1, RUN)
    assert begun["node"] == ended["node"] == os.uname().nodename
    assert not list((area.root / "signals").glob("*.part"))


def test_a_start_is_counted_and_an_earlier_log_is_kept(area: Area) -> None:
    area.lay(job(command='echo "try $CMCOMPILE_TRY"', log="logs/deep/1.log"))
    assert [area.run("1").stdout for _ in range(3)] == ["", "", ""]
    assert (area.root / "logs/deep/1.log").read_text() == "try 1\ntry 2\ntry 3\n"
    assert [one["try"] for one in area.said()] == [1, 1, 2, 2, 3, 3]


def test_starts_at_one_moment_have_numbers_of_their_own(area: Area) -> None:
    # An evicted job that is started again while a lost node still begins it.
    area.lay(job(), files=["a.sh", "macros/b.C"])
    (area.root / "a.sh").write_text("")
    (area.root / "macros").mkdir()
    starts = 24
    started = [
        subprocess.Popen(["bash", area.root / "1.sh", "1"], cwd="/", stderr=subprocess.DEVNULL)
        for _ in range(starts)
    ]
    assert [one.wait(timeout=60) for one in started] == [0] * starts
    assert sorted(one["try"] for one in area.said() if one["kind"] == "ended") == [*range(1, starts + 1)]
    assert list((area.root / "macros").iterdir()) == []


@pytest.mark.parametrize("command", ["true", "touch a"])
def test_an_output_that_is_not_there_is_a_failure_of_its_own(area: Area, command: str) -> None:
    done = area.lay(job(command=command, outputs=("a", "b"))).run("1")
    assert done.returncode == NO_OUTPUT
    ended = area.said()[-1]
    assert ended["exit"] == NO_OUTPUT
    lacking = "a b" if command == "true" else "b"
    assert ended["message"] == f"it ended with 0 and did not write {lacking}"
    assert ended["message"] in done.stdout


@pytest.mark.parametrize("count", [1, 2])
def test_a_long_message_is_cut_between_letters(area: Area, count: int) -> None:
    # Batch systems start jobs without a locale: then the shell counts bytes.
    names = tuple(f"a{'é' * 1000}{n}" for n in range(count))
    assert area.lay(job(outputs=names)).run("1", LC_ALL="C").returncode == NO_OUTPUT
    ended = area.said()[-1]
    assert ended["exit"] == NO_OUTPUT
    assert ended["message"].startswith("it ended with 0 and did not write")


def test_a_failure_stays_what_it_was_where_outputs_lack_too(area: Area) -> None:
    assert area.lay(job(command="exit 3", outputs=("a",))).run("1").returncode == 3
    assert "message" not in area.said()[-1]


@pytest.mark.parametrize("words", [("2",), ("0",), ("01",), ("-1",), ("x",), ("1;id",), ("",), ()])
def test_a_job_that_is_not_there_is_not_started(area: Area, words: tuple[str, ...]) -> None:
    done = area.lay(job(command="touch never")).run(*words)
    assert done.returncode == NOT_STARTED
    assert done.stderr.startswith("1.sh: ")
    assert not (area.root / "signals").exists()


@pytest.mark.parametrize("lost", ["run.txt", "1.jobs.tsv"])
def test_without_its_files_a_job_is_not_started(area: Area, lost: str) -> None:
    area.lay(job())
    (area.root / lost).unlink()
    assert area.run("1").returncode == NOT_STARTED


def test_the_run_is_that_of_the_directory_and_not_of_the_environment(area: Area) -> None:
    area.lay(job(command='echo "$CMCOMPILE_RUN"'))
    assert area.run("1", CMCOMPILE_RUN="another").stdout == f"{RUN}\n"


def test_payload_files_are_found_by_their_paths(area: Area) -> None:
    (area.root / "macros").mkdir()
    (area.root / "macros/it's.C").write_text("macro\n")
    (area.root / "run.sh").write_text('#!/bin/bash\ncat "macros/it\'s.C"\n')
    (area.root / "run.sh").chmod(0o755)
    area.lay(job(command="./run.sh"), files=["run.sh", "macros/it's.C"])
    assert [area.run("1").stdout for _ in range(2)] == ["macro\n", "macro\n"]


def test_a_job_reads_nothing_from_whoever_started_it(area: Area) -> None:
    assert area.lay(job(command="cat; echo end")).run("1").stdout == "end\n"


def test_signals_that_can_not_be_written_do_not_stop_a_job(area: Area) -> None:
    area.lay(job(command="rm -rf ../../signals; echo done"))
    done = area.run("1")
    assert done.returncode == 0
    assert "done\n" in done.stdout
    assert "can not be written" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_of_the_system_reaches_all_that_a_job_has_started(area: Area, number: int) -> None:
    area.lay(job(command="(sleep 300; echo child) & echo $! >child; echo here >here; sleep 300; wait"))
    with subprocess.Popen(["bash", area.root / "1.sh", "1"], start_new_session=True) as process:
        _wait_for(area.root / "work/1/here")
        child = int((area.root / "work/1/child").read_text())
        process.send_signal(number)
        assert process.wait(30) != 0
    assert not _lives(child)
    ended = area.said()[-1]
    assert ended["kind"] == "ended"
    assert ended["exit"] == 128 + number
    assert ended["message"] == f"{signal.Signals(number).name} was sent to it"


def test_what_ends_in_its_own_time_is_waited_for(area: Area) -> None:
    area.lay(
        job(
            command="trap 'sleep 1; touch a; exit 0' TERM; echo >here; while :; do sleep 0.1; done",
            outputs=("a",),
        )
    )
    with subprocess.Popen(["bash", area.root / "1.sh", "1"]) as process:
        _wait_for(area.root / "work/1/here")
        process.terminate()
        assert process.wait(30) == 0
    assert area.said()[-1]["exit"] == 0


def test_what_ends_well_at_once_when_it_is_told_has_ended_well(area: Area) -> None:
    quick = "import os, signal; signal.signal(15, lambda *_: os._exit(0)); open('here', 'w'); signal.pause()"
    area.lay(*(Job(n, COLUMNS, ("1", ""), command=f'exec python3 -S -c "{quick}"') for n in range(1, 13)))
    for number in range(1, 13):
        with subprocess.Popen(["bash", area.root / "1.sh", str(number)]) as process:
            _wait_for(area.root / f"work/{number}/here")
            process.terminate()
            assert process.wait(30) == 0, f"start {number}"


def test_what_is_deaf_to_the_signal_is_waited_for_too(area: Area) -> None:
    deaf = "(trap '' TERM; sleep 3; touch late) & echo >here; sleep 300"
    area.lay(job(command=deaf))
    with subprocess.Popen(["bash", area.root / "1.sh", "1"], start_new_session=True) as process:
        _wait_for(area.root / "work/1/here")
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
        assert (area.root / "work/1/late").exists()
    assert area.kinds() == ["begun", "ended"]


def test_a_job_that_is_killed_outright_says_no_end(area: Area) -> None:
    area.lay(job(command="echo >here; exec sleep 300"))
    with subprocess.Popen(["bash", area.root / "1.sh", "1"], start_new_session=True) as process:
        _wait_for(area.root / "work/1/here")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
        )
        process.kill()
        process.wait(30)
        for pid in children.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
    assert area.kinds() == ["begun"]


def _wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} did not come")


def _lives(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True
