"""`cmcompile status --view`: jobs and quanta, by the ledger, the signals and the batch system."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from batch_world import BatchWorld, make_batch_world
from jsonschema import Draft202012Validator
from ledger_world import ENDED, RUNNING, make_world, run, write

from cmcompile.batch.run_files import Seen, seen_bytes
from cmcompile.model.cause import Cause
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.spec.schema import schema_text

VIEWS = ("pending", "started", "clusters", "runs", "failed", "held", "missing")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BatchWorld:
    """Three runs: one ended with a failure and was sent again, one runs, one was never sent."""
    world = make_batch_world(tmp_path)
    first = world.sent("event", "22000", "partial")
    first.ran(1, events=5).ran(2, exit_=3, message="no space")
    again = world.sent("event", "22000", workflow="w01", skipped=[1])
    again.said(2, "begun", 7)
    second = world.sent("event", "22001", "failed")
    second.ran(1, events=70)
    seen = Seen("4713", 2, "memory", "OUT_OF_MEMORY", None, "oom-kill", "node8")
    (second.directory / "seen.tsv").write_bytes(seen_bytes([seen]))
    world.published()
    monkeypatch.chdir(world.root)
    return world


def view(name: str, *args: str, code: int = 0) -> list[dict[str, Any]]:
    """Return the rows of a view, without what is null; nobody is asked."""
    result = run("status", "--view", name, "--offline", *args, "--format", "json")
    assert result.exit_code == code, result.output
    document = json.loads(result.stdout)
    Draft202012Validator(json.loads(schema_text("view"))).validate(document)
    (campaign,) = document["campaigns"]
    return [{k: v for k, v in row.items() if v is not None} for row in campaign["rows"]]


@pytest.fixture
def fetched(world: BatchWorld) -> BatchWorld:
    """Return a clone that has seen the ledger."""
    assert run("status", "c").exit_code == 0
    return world


@pytest.mark.usefixtures("fetched")
def test_what_is_pending() -> None:
    assert view("pending") == [
        {"step": "event", "state": "ready", "reason": "never_sent", "groups": 1, "jobs": 2},
        {"step": "calor", "state": "waiting", "reason": "needs", "groups": 3, "jobs": 6},
    ]


@pytest.mark.usefixtures("fetched")
def test_what_was_started() -> None:
    (row,) = view("started")
    assert {k: v for k, v in row.items() if k not in ("to begin mean s",)} == {
        "step": "event",
        "jobs": 4,
        "waiting": 0,
        "running": 1,
        "held": 0,
        "finished": 2,
        "failed": 1,
        "unknown": 0,
        "events": 75,
        "took least s": 240.0,
        "took mean s": 240.0,
        "took most s": 240.0,
    }


@pytest.mark.usefixtures("fetched")
def test_workflows() -> None:
    rows = view("clusters", "c/event")
    assert [
        (r["workflow"], r["system"], r["run id"], r["jobs"], r["running"], r["finished"]) for r in rows
    ] == [
        ("event/22000@w00", "batch.slurm", "4711", 1, 0, 1),
        ("event/22000@w01", "batch.slurm", "4712", 1, 1, 0),
        ("event/22001@w00", "batch.slurm", "4713", 2, 0, 1),
    ]
    assert rows[0]["first"] == rows[0]["last"] == "22000"


@pytest.mark.usefixtures("fetched")
def test_finished_against_expected() -> None:
    rows = view("runs")
    shown = [
        (r["step"], r["run"], r["expected"], r["finished"], r["failed"], r["unsent"], r["finished %"])
        for r in rows
    ]
    assert shown == [
        ("event", "22000", 2, 1, 0, 0, 50.0),
        ("event", "22001", 2, 1, 1, 0, 50.0),
        ("event", "22002", 2, 0, 0, 2, 0.0),
        ("calor", "22000", 2, 0, 0, 2, 0.0),
        ("calor", "22001", 2, 0, 0, 2, 0.0),
        ("calor", "22002", 2, 0, 0, 2, 0.0),
    ]


@pytest.mark.usefixtures("fetched")
def test_what_failed_and_what_is_missing() -> None:
    assert view("failed") == [
        {
            "workflow": "event/22001@w00",
            "for": "run=22001 segment=2",
            "state": "failed",
            "cause": "memory",
            "node": "node8",
            "run id": "4713",
            "says": "oom-kill",
        }
    ]
    rows = view("missing", "c/event")
    assert [(r["workflow"], r["for"], r["state"]) for r in rows] == [
        ("event/22000@w01", "run=22000 segment=2", "running"),
        ("event/22001@w00", "run=22001 segment=2", "failed"),
        ("event/22002", "run=22002 segment=1", "unsent"),
        ("event/22002", "run=22002 segment=2", "unsent"),
    ]


def test_lists_are_fed_back(fetched: BatchWorld, tmp_path: Path) -> None:
    ids = run("status", "c", "--view", "failed", "--offline", "--ids")
    assert (ids.exit_code, ids.stdout) == (0, "c/event/22001\n")
    listed = tmp_path / "failed.txt"
    listed.write_text("# what failed\n\n" + ids.stdout)
    shown = run("status", "--from", str(listed), "--offline", "--format", "json")
    assert '"22001"' in shown.stdout
    assert '"22000"' not in shown.stdout
    rows = run("status", "c/event", "--view", "missing", "--offline", "--rows").stdout
    assert rows == "# run segment\n22000 2\n22001 2\n22002 1\n22002 2\n"
    write(fetched.root, "campaigns/c/runs.txt", rows)
    assert run("validate", "c").exit_code in (0, 1)
    decided = run("retry", "--from", str(listed), "--because", "more memory", "--dry-run")
    assert decided.exit_code == 0, decided.output
    assert "- retry: event/22001@w00" in decided.stdout


@pytest.mark.usefixtures("fetched")
def test_other_forms() -> None:
    text = run("status", "c", "--view", "runs", "--offline").stdout
    assert text.splitlines()[0] == "c: runs"
    assert text.splitlines()[2].split() == [
        "event",
        "22000",
        "2",
        "0",
        "0",
        "1",
        "0",
        "1",
        "0",
        "0",
        "50.0",
        "5",
    ]
    rows = list(
        csv.DictReader(
            io.StringIO(run("status", "c", "--view", "failed", "--offline", "--format", "csv").stdout)
        )
    )
    assert [row["for"] for row in rows] == ["run=22001 segment=2"]
    page = run("status", "c", "--view", "held", "--offline", "--format", "markdown").stdout
    assert page == "### `c`: held\n\nnothing\n"
    assert run("status", "c", "--ids").exit_code == 64
    assert run("status", "c", "--view", "runs", "--watch").exit_code == 64


def test_the_ledger_tells_where_the_submit_directory_is_gone(fetched: BatchWorld) -> None:
    failure = Failure(
        Quantum("event", "run=22002, segment=2"), Fault.FAILED, "no space", Cause("transform", 3)
    )
    outcome = Outcome((TaskOutcome("event", 2, 1, 1),), (failure,))
    third = fetched.sent("event", "22002", "partial", outcome=outcome)
    fetched.published()
    assert run("status", "c").exit_code == 0
    shutil.rmtree(third.directory)
    (row,) = view("failed", "c/event/22002")
    assert (row["for"], row["exit"], row["says"]) == ("run=22002 segment=2", 3, "no space")
    (row,) = view("runs", "c/event/22002")
    assert (row["finished"], row["failed"]) == (1, 1)


def test_what_can_not_be_read_is_told(fetched: BatchWorld) -> None:
    shutil.rmtree(fetched.root / "submit")
    result = run("status", "c", "--view", "missing", "--offline")
    assert result.exit_code == 3
    assert "event/22000@w01: its submit directory" in result.stdout
    # Nobody says that they failed.
    assert view("failed", code=3) == []


def squeue(place: Path, text: str) -> str:
    """Put a Slurm into a directory that says only this, and return a PATH with it before all others."""
    place.mkdir()
    config = "ClusterName = tests\nPrivateData = none"
    said = {
        "squeue": f"echo asked >>{place}/asked\n{said_by(text)}",
        "scontrol": said_by(config),
        "sacct": "echo Slurm accounting storage is disabled >&2\nexit 1\n",
    }
    for name, lines in said.items():
        (place / name).write_text(f"#!/bin/sh\n{lines}")
        (place / name).chmod(0o755)
    return f"{place}{os.pathsep}{os.environ['PATH']}"


def said_by(text: str) -> str:
    return f"cat <<'END'\n{text}\nEND\n"


TITLES = "ARRAY_JOB_ID|ARRAY_TASK_ID|STATE|REASON|EXIT_CODE|RESTART_COUNT|NODELIST|NAME|"


def test_what_is_held(fetched: BatchWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    third = fetched.sent("event", "22002")
    name = third.planted.claim.run_name
    fetched.published()
    (again,) = (p for p in fetched.root.glob("submit/c/event/22000/w01*"))
    rows = [f"4712|2|RUNNING|None|0|0|node7|{again.name}|"]
    rows += [f"4714|1|PENDING|JobHeldUser|0|0||{name}|", f"4714|2|PENDING|Priority|0|0||{name}|"]
    monkeypatch.setenv("PATH", squeue(tmp_path / "bin", "\n".join([TITLES, *rows])))

    result = run("status", "c", "--view", "held", "--format", "json")

    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)["campaigns"][0]["rows"]
    assert (row["workflow"], row["for"], row["says"]) == (
        "event/22002@w00",
        "run=22002 segment=1",
        "JobHeldUser",
    )
    assert run("status", "c", "--view", "held", "--ids").stdout == "c/event/22002\n"
    # All workflows are found in one answer.
    assert (tmp_path / "bin/asked").read_text() == "asked\n" * 2


@pytest.mark.usefixtures("fetched")
def test_a_batch_system_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PATH", squeue(tmp_path / "bin", "slurm_load_jobs error: Unable to contact slurm controller")
    )
    result = run("status", "c", "--view", "started")
    assert result.exit_code == 3
    assert "event/22000@w01: squeue does not answer as it should" in result.stdout


def test_quanta_of_bps_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path)
    world.happened("1", *ENDED["partial"]).happened("2", *RUNNING).happened("4", *ENDED["succeeded"])
    world.published()
    monkeypatch.chdir(world.root)
    assert run("status", "c").exit_code == 0
    rows = view("runs", "c/step1")
    assert [(r["run"], r.get("expected"), r["finished"], r["failed"]) for r in rows] == [
        ("1", 400, 393, 7),
        ("2", None, 0, 0),
        ("3", None, 0, 0),
        ("4", 400, 400, 0),
    ]
    failed = view("failed", "c")
    assert len(failed) == 7
    assert failed[0] == {
        "workflow": "step1/1@w00",
        "for": "isr detector=0 visit=12",
        "state": "failed",
        "run id": "31415",
        "says": "MemoryError",
    }
    assert [r["workflow"] for r in view("clusters")] == ["step1/1@w00", "step1/2@w00", "step1/4@w00"]
    for name in VIEWS:
        assert run("status", "c", "--view", name, "--offline").exit_code == 0
