"""Runs of plain programs: retries, limits, cancel, kill, restart; no LSST package is needed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from engine_fixtures import runs as runs
from engine_runs import Runs, pid_of_runner, processes_with, shell, until

from cmcompile.engine import start
from cmcompile.engine.journal import entries, succeeded
from cmcompile.engine.record import LIVE, RecordError, Standing
from cmcompile.engine.workflow import Job


def test_jobs_are_run_in_order_and_logged(runs: Runs) -> None:
    run = runs.submit(
        shell("a", "echo first; echo bad >&2; pwd", environment={"X": "1"}), shell("b", "echo second", "a")
    )
    assert runs.ended(run).word == "SUCCEEDED"
    assert runs.log(run, "a", "a").splitlines() == ["first", "bad", str(runs.place)]
    assert runs.log(run, "b", "b") == "second\n"
    ends = [e for e in entries(runs.records.place(run.id)) if e.kind == "end"]
    assert [(e.job, e.code) for e in ends] == [("a", 0), ("b", 0)]
    assert all(e.cpu > 0 and e.memory > 0 for e in ends)


def test_a_job_has_its_environment(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INHERITED", "there")
    run = runs.submit(
        Job(
            *("a", "a", ("sh", "-c", "echo $OWN $INHERITED <ENV:OWN>")),
            environment={"OWN": "<ENV:INHERITED>/x"},
        )
    )
    runs.ended(run)
    assert runs.log(run, "a", "a") == "there/x there there/x\n"


@pytest.mark.parametrize(
    ("text", "code"), [("exit 3", 3), ("kill -9 $$", -9), ("kill -15 $$", -15), ("exec no-such-thing", 127)]
)
def test_exit_codes_and_signals_are_kept(runs: Runs, text: str, code: int) -> None:
    run = runs.submit(shell("a", text))
    assert runs.ended(run).word == "FAILED"
    assert [e.code for e in entries(runs.records.place(run.id)) if e.kind == "end"] == [code]


def test_a_program_that_is_not_there_fails_its_job(runs: Runs) -> None:
    run = runs.submit(Job("a", "a", ("/no/such/program",)))
    assert runs.ended(run).state == "failed"
    assert "/no/such/program can't be run" in runs.log(run, "a", "a")


def test_a_retry_has_a_log_of_its_own(runs: Runs) -> None:
    run = runs.submit(shell("a", "echo try; test -e seen || { touch seen; exit 5; }", retries=3))
    assert runs.ended(run).word == "SUCCEEDED"
    assert runs.log(run, "a", "a", 1) == runs.log(run, "a", "a", 2) == "try\n"


def test_commands_around_a_job(runs: Runs) -> None:
    run = runs.submit(
        shell("a", "echo job; exit 4", before=("echo", "before"), after=("echo", "after")),
        shell("b", "echo job", before=("false",)),
    )
    assert runs.ended(run).state == "failed"
    assert runs.log(run, "a", "a") == "before\njob\nafter\n"
    assert runs.log(run, "b", "b") == ""


def test_no_more_jobs_than_cores_in_all_runs_together(runs: Runs) -> None:
    """Each job tells how many there are while it runs."""
    text = "touch mark.$$; ls mark.* | wc -l; sleep 0.3; rm mark.$$"
    many = [runs.submit(*(shell(f"a{n}", text) for n in range(3)), cores=2) for _ in range(3)]
    assert all(runs.ended(run).word == "SUCCEEDED" for run in many)
    counts = [int(runs.log(run, "a", f"a{n}")) for run in many for n in range(3)]
    assert max(counts) == 2


def test_memory_is_shared_out_too(runs: Runs) -> None:
    text = "touch mark.$$; ls mark.* | wc -l; sleep 0.2; rm mark.$$"
    run = runs.submit(*(shell(f"a{n}", text, memory=600) for n in range(3)), cores=4, memory=1000)
    assert runs.ended(run).word == "SUCCEEDED"
    assert {int(runs.log(run, "a", f"a{n}")) for n in range(3)} == {1}


def test_a_job_larger_than_the_machine_is_run_alone(runs: Runs) -> None:
    run = runs.submit(shell("a", "true", cores=64, memory=10**7), cores=2, memory=100)
    assert runs.ended(run).word == "SUCCEEDED"


def test_one_job_of_a_limit_at_a_time(runs: Runs) -> None:
    text = "touch mark.$$; ls mark.* | wc -l; sleep 0.3; rm mark.$$"
    many = [runs.submit(shell("a", text, limit="db_limit"), cores=4) for _ in range(3)]
    assert all(runs.ended(run).word == "SUCCEEDED" for run in many)
    assert {int(runs.log(run, "a", "a")) for run in many} == {1}


def test_a_cancel_ends_jobs_and_all_that_they_started(runs: Runs) -> None:
    word = f"4{os.getpid()}1"
    run = runs.submit(shell("a", f"sleep {word} & sleep {word}"), shell("b", "true", "a"), final="b")
    until(lambda: len(processes_with(word)) >= 2)
    assert start.cancel(runs.records, run) == ""
    assert runs.ended(run).state == "cancelled"
    assert processes_with(f"sleep\0{word}") == []
    assert start.cancel(runs.records, run) == f"run {run.id} is over: CANCELLED"


def test_a_job_that_does_not_want_to_end_is_killed(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMCOMPILE_GRACE", "0.3")
    run = runs.submit(shell("a", "trap '' TERM; touch begun; while :; do sleep 0.1; done"))
    until(lambda: (runs.place / "begun").exists())
    start.cancel(runs.records, run)
    assert runs.ended(run).state == "cancelled"


def test_a_killed_runner_takes_its_jobs_along_and_the_run_goes_on_after_a_restart(runs: Runs) -> None:
    word = f"5{os.getpid()}2"
    text = f"test -e later || {{ setsid sleep {word} & sleep {word}; }}; echo $RANDOM >> b.ran"
    run = runs.submit(shell("a", "echo x >> a.ran"), shell("b", text, "a"), shell("c", "true", "b"))
    until(lambda: len(processes_with(f"sleep\0{word}")) >= 2)
    runs.kill(run)
    standing = runs.ended(run)
    assert (standing.state, standing.word) == ("failed", "SUPERVISOR_GONE")
    # The lock is free only when nothing of the run lives.
    assert processes_with(f"sleep\0{word}") == []
    (runs.place / "later").touch()
    assert start.restart(runs.records, run) == ""
    again = runs.ended(run)
    assert again.word == "SUCCEEDED"
    assert again.serial > standing.serial
    assert (runs.place / "a.ran").read_text(encoding="utf-8") == "x\n"
    assert [r.id for r in runs.records.runs()] == [run.id]
    assert (Path(run.submit_path) / "logs/b/b.2.log").exists()


def test_a_killed_keeper_fails_its_job_only(runs: Runs) -> None:
    word = f"6{os.getpid()}3"
    run = runs.submit(shell("a", f"sleep {word}"), shell("b", "sleep 0.2"), final="")
    until(lambda: processes_with(f"sleep\0{word}"))
    keeper = next(e.pid for e in entries(runs.records.place(run.id)) if e.job == "a")
    os.kill(keeper, signal.SIGKILL)
    assert runs.ended(run).word == "FAILED"
    until(lambda: not processes_with(f"sleep\0{word}"))
    assert succeeded(entries(runs.records.place(run.id))) == {"b"}


def test_kills_at_any_moment_leave_a_run_that_can_be_finished(runs: Runs) -> None:
    jobs = [shell(f"a{n}", f"echo x >> ran{n}", *([f"a{n - 1}"] if n else [])) for n in range(12)]
    run = runs.submit(*jobs)
    for pause in (0.0, 0.02, 0.05, 0.08, 0.11):
        time.sleep(pause)
        if runs.records.is_held(run.id):
            with contextlib.suppress(AssertionError, ProcessLookupError):
                runs.kill(run)
        standing = runs.ended(run)
        if standing.state == "succeeded":
            break
        assert standing.word in ("SUPERVISOR_GONE", "STOPPED")
        start.restart(runs.records, run)
    assert runs.ended(run).word == "SUCCEEDED"
    counts = [len((runs.place / f"ran{n}").read_text(encoding="utf-8").split()) for n in range(12)]
    # A job whose end was not recorded yet is run again; no other is.
    assert min(counts) == 1
    assert sum(counts) <= 12 + 5


def test_the_system_may_ask_a_runner_to_end(runs: Runs) -> None:
    run = runs.submit(shell("a", "touch begun; sleep 60"))
    until(lambda: (runs.place / "begun").exists())
    os.kill(pid_of_runner(runs.records, run), signal.SIGTERM)
    standing = runs.ended(run)
    assert (standing.state, standing.word) == ("failed", "STOPPED")


def test_restarts_that_can_not_be(runs: Runs) -> None:
    run = runs.submit(shell("a", "touch begun; while ! test -e go; do sleep 0.05; done"))
    until(lambda: (runs.place / "begun").exists())
    assert "still running" in start.restart(runs.records, run)
    (runs.place / "go").touch()
    assert runs.ended(run).state == "succeeded"
    assert "nothing is left to do" in start.restart(runs.records, run)


def test_a_cancelled_run_can_be_taken_up(runs: Runs) -> None:
    run = runs.submit(shell("a", "touch begun; test -e go || sleep 60"))
    until(lambda: (runs.place / "begun").exists())
    start.cancel(runs.records, run)
    runs.ended(run)
    (runs.place / "go").touch()
    assert start.restart(runs.records, run) == ""
    assert runs.ended(run).word == "SUCCEEDED"


def test_what_a_runner_can_not_read_is_a_failure(runs: Runs) -> None:
    run = runs.submit(shell("a", "exit 1"))
    runs.ended(run)
    (Path(run.submit_path) / "workflow.json").write_text("{", encoding="utf-8")
    with pytest.raises(Exception, match=r"workflow\.json can't be read"):
        start.restart(runs.records, run)
    assert runs.records.standing(run.id).word == "FAILED"


def test_runs_are_found_by_number_and_by_path(runs: Runs) -> None:
    run = runs.submit(shell("a", "true"))
    runs.ended(run)
    by_number = start.found(runs.records.home, run.id)
    assert by_number is not None
    assert by_number[1] == run
    by_path = start.found(Path("/nowhere"), run.submit_path)
    assert by_path is not None
    assert by_path[1] == run
    assert start.found(runs.records.home, "99") is None
    assert start.found(runs.records.home, str(runs.place)) is None


def test_half_a_line_of_a_journal_is_cut_off(runs: Runs) -> None:
    run = runs.submit(shell("a", "true"), shell("b", "test -e go", "a"))
    runs.ended(run)
    journal = runs.records.place(run.id) / "journal"
    with journal.open("ab") as file:
        file.write(b'{"kind": "end", "at": 1, "jo')
    assert succeeded(entries(journal.parent)) == {"a"}
    (runs.place / "go").touch()
    assert start.restart(runs.records, run) == ""
    assert runs.ended(run).word == "SUCCEEDED"
    assert all(json.loads(line) for line in journal.read_bytes().splitlines())


def test_a_start_that_is_not_seen_through_leaves_no_run_that_is_over_and_lives(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What starts the runner is killed just after the runner was there: it lives, and so does the run."""
    real = subprocess.run

    def killed(*args: object, **more: object) -> subprocess.CompletedProcess[bytes]:
        done = real(*args, **more)  # type: ignore[call-overload]
        return subprocess.CompletedProcess(done.args, -9)

    monkeypatch.setattr(subprocess, "run", killed)
    with pytest.raises(RecordError, match="can't be started"):
        runs.submit(shell("a", "while [ ! -e end ]; do sleep 0.05; done"))
    assert runs.records.standing("1").state in LIVE
    monkeypatch.undo()
    found = runs.records.run("1")
    assert found is not None
    assert "still running" in start.restart(runs.records, found)
    (runs.place / "end").touch()
    assert runs.ended(found).word == "SUCCEEDED"


def test_a_start_that_fails_is_a_run_that_failed(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "_CODE", "raise SystemExit('no')")
    with pytest.raises(RecordError, match="can't be started"):
        runs.submit(shell("a", "true"))
    found = runs.records.run("1")
    assert found is not None
    assert runs.ended(found) == Standing("failed", "NOT_STARTED", 4)
    monkeypatch.undo()
    assert start.restart(runs.records, found) == ""
    assert runs.ended(found).word == "SUCCEEDED"
