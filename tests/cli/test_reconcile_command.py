"""`cmcompile reconcile` in real repositories, against a workload system that another process simulates."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from apply_world import PATH, SPEC, Applied, applied_world, apply, lines_of, pushed
from ledger_builder import git
from ledger_world import edit, failed, run, write

from cmcompile.model.states import GroupState, WorkflowState

ROOT = Path(__file__).parents[2]


def schema(name: str) -> jsonschema.Draft202012Validator:
    text = (ROOT / f"schemas/{name}-v1.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    """Return a clone of a campaign of which the three groups of step1 were sent."""
    with applied_world(tmp_path) as found:
        monkeypatch.chdir(found.root)
        monkeypatch.delenv("CMCOMPILE_SIMULATED", raising=False)
        assert apply("c").exit_code == 0
        yield found


def on_branch(world: Applied, path: str) -> str:
    """Return a file of the ledger as the remote has it."""
    git(world.root, "fetch", "--quiet", "origin")
    return git(world.root, "show", f"origin/cm/c:{path}")


def tip(world: Applied) -> str:
    return git(world.root, "ls-remote", "origin", "refs/heads/cm/c").split()[0]


def test_a_pass_goes_as_far_as_it_can(world: Applied) -> None:
    world.end()
    result = run("reconcile", "c")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "c: 3 events recorded\n" in result.stdout
    assert "+ accept step1/1 done\n" in result.stdout
    assert "+ chain step1 done: HSC/runs/c/step1: 3\n" in result.stdout
    assert "+ submit step3/9615@w00 done: run " in result.stdout
    assert len(world.runs()) == 5
    world.end()
    assert run("reconcile", "c").exit_code == 0
    records = world.state().groups
    assert {record.verdict for record in records.values()} == {GroupState.ACCEPTED}
    assert world.asked("submit") == 5
    assert run("verify", "c").exit_code == 0


def test_the_page_is_written_only_when_it_says_something_else(world: Applied) -> None:
    assert run("reconcile", "c").exit_code == 0
    before, page = tip(world), on_branch(world, "README.md")
    assert page.startswith("# `c`\n\n")
    assert "| `step1` | `[====================]` | 0% | 0 of 3 | 3 |" in page
    figures = json.loads(on_branch(world, "status.json"))
    schema("status").validate(figures)
    assert figures["campaigns"][0]["groups"]["active"] == 3
    time.sleep(1.1)
    assert run("reconcile", "c").stdout.startswith("c: nothing new was seen\n")
    assert tip(world) == before
    assert before not in page + str(figures)
    assert git(world.root, "log", "-1", "--format=%s", "origin/cm/c") == "what the ledger says"
    world.end()
    assert run("reconcile", "c").exit_code == 0
    assert "| `step1` | `[####################]` | 100% | 3 of 3 |" in on_branch(world, "README.md")
    step = json.loads(on_branch(world, "status.json"))["campaigns"][0]["steps"][0]
    assert step["quanta"]["total"] > 0, "those of accepted groups are counted"


def test_the_page_tells_what_changed_and_when_it_will_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with applied_world(tmp_path) as found:
        monkeypatch.chdir(found.root)
        monkeypatch.delenv("CMCOMPILE_SIMULATED", raising=False)
        text = SPEC.replace("1..30", "1..60").partition("  step3:")[0]
        write(found.root, PATH, text.replace("steps:", "limits: {running: 3}\nsteps:"))
        pushed(found.root)
        assert run("reconcile", "c").exit_code == 0
        page = on_branch(found, "README.md")
        assert "This is the first report.\n" in page
        assert "forecast" not in page
        found.end()
        assert run("reconcile", "c").exit_code == 0
        page = on_branch(found, "README.md")
        rows = list(csv.DictReader(on_branch(found, "history.csv").splitlines()))
        assert [row["accepted"] for row in rows] == ["0", "3"]
        assert "- `step1`: 3 groups accepted, 3 groups succeeded, 3 groups sent\n" in page
        assert rows[0]["ends"] == ""
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", rows[1]["ends"])
        assert f"- the end is forecast for {rows[1]['ends']}\n" in page
        said = run("changes", "c", "--since", "2026-01-01").stdout
        assert f"- the end is forecast for {rows[1]['ends']}\n" in said
        assert run("verify", "c").exit_code == 0


def test_what_needs_a_person_stands_on_the_page_with_the_command(world: Applied) -> None:
    world.end("failed", 4)
    result = run("reconcile", "c")
    assert result.exit_code == 3
    page = on_branch(world, "README.md")
    assert "## Needs a person" in page
    assert "cmcompile retry c/step1/1@w00 --because '…'`" in page


def test_refresh_only_starts_nothing(world: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    from cmcompile.cli import passing

    def no_launcher(*args: object) -> None:
        raise AssertionError(f"a launcher was asked for: {args}")

    monkeypatch.setattr(passing, "Outside", no_launcher)
    monkeypatch.setattr(passing, "reconcile", no_launcher)
    world.end()
    result = run("reconcile", "c", "--refresh-only")
    assert (result.exit_code, result.stdout) == (0, "c: 3 events recorded\n")
    assert {w.state for w in world.workflows().values()} == {WorkflowState.SUCCEEDED}
    assert {record.verdict for record in world.state().groups.values()} == {None}
    assert len(world.runs()) == 3


def test_no_submit_does_all_else(world: Applied) -> None:
    world.end()
    result = run("reconcile", "c", "--no-submit")
    assert result.exit_code == 0
    assert "c: 5 done\n" in result.stdout
    assert "left: 2 to submit\n  cmcompile plan c\n" in result.stdout
    assert len(world.runs()) == 3
    assert run("reconcile", "c", "--no-submit", "--refresh-only").exit_code == 64


def test_the_exit_code_tells_changes_where_it_is_asked_to(world: Applied) -> None:
    world.end()
    assert run("reconcile", "c", "--detailed-exitcode").exit_code == 2
    world.end()
    assert run("reconcile", "c", "--detailed-exitcode").exit_code == 2
    assert run("reconcile", "c", "--detailed-exitcode").exit_code == 0


def test_drift_is_told_apart_with_the_command(world: Applied) -> None:
    runs = {found["run_id"]: found["name"] for found in world.hand.runs()}
    world.hand.ask("cancel", run="1001", where=["lsst.ctrl.bps.panda.PanDAService", ""])
    time.sleep(0.5)
    world.hand.end("1001", "cancelled") if world.hand.runs()[0]["state"] != "cancelled" else None
    result = run("reconcile", "c", "--format", "json")
    assert result.exit_code == 3
    lines = lines_of(result)
    for line in lines:
        schema("apply").validate(line)
    (drift,) = [line for line in lines if line["kind"] == "drift"]
    assert drift["drift"] == "cancelled_outside"
    assert drift["next"] == f"cmcompile log c/step1/{drift['group']}"
    assert lines[-1]["exit"] == 3
    assert runs


def test_a_silent_workload_system_changes_nothing(world: Applied) -> None:
    before = tip(world)
    world.hand.ask("trouble", trouble="refuse", of=["find", "look"], times=0)
    result = run("reconcile", "c", "--refresh-only")
    assert result.exit_code == 6
    assert "! PanDAService gave no answer: too many requests (429)" in result.stdout
    assert {w.state for w in world.workflows().values()} == {WorkflowState.SUBMITTED}
    world.hand.ask("calm")
    assert run("reconcile", "c", "--refresh-only").exit_code == 0
    assert tip(world) != before


def test_the_spec_is_that_of_the_branch_whatever_is_checked_out(world: Applied) -> None:
    world.end()
    edit(world.root, "steps:", "steps: [")
    assert run("reconcile", "c").exit_code == 0
    assert len(world.runs()) == 5


def test_runs_are_looked_at_though_the_spec_has_errors(world: Applied) -> None:
    world.end()
    edit(world.root, "split: [{by: tract", "split: [{bye: tract")
    pushed(world.root)
    result = run("reconcile", "c")
    assert result.exit_code == 1
    assert "campaigns/c/campaign.yaml:" in result.stderr
    assert {w.state for w in world.workflows().values()} == {WorkflowState.SUCCEEDED}
    assert len(world.runs()) == 3


def test_a_step_that_is_paused_is_looked_at_all_the_same(world: Applied) -> None:
    edit(world.root, "  step3:\n", "  step3:\n    pause: [{from: 2026-01-01, because: wrong tracts}]\n")
    edit(world.root, "  step1:\n", "  step1:\n    pause: [{from: 2026-01-01, because: enough of it}]\n")
    pushed(world.root)
    world.end()
    assert run("reconcile", "c").exit_code == 0
    assert {record.verdict for record in world.state().groups.values()} == {GroupState.ACCEPTED}
    assert len(world.runs()) == 3
    edit(world.root, "    pause: [{from: 2026-01-01, because: wrong tracts}]\n", "")
    pushed(world.root)
    assert run("reconcile", "c").exit_code == 0
    assert len(world.runs()) == 5


def test_several_campaigns_do_not_hinder_each_other(world: Applied) -> None:
    write(world.root, "campaigns/d/campaign.yaml", SPEC.replace("campaign: c", "campaign: d"))
    pushed(world.root)
    result = run("reconcile", "d", "c")
    assert result.exit_code == 1
    assert "d: this campaign has no ledger yet" in result.stderr
    assert "c: 3 events recorded\n" in result.stdout
    assert failed("reconcile", "d").startswith("this campaign has no ledger yet")
    assert run("reconcile").exit_code == 64


def test_where_nothing_says_which_branch_is_meant(world: Applied) -> None:
    git(world.root, "checkout", "--quiet", "--detach")
    assert "cmcompile.branch" in failed("reconcile", "c", code=4)
    assert PATH


def waiting(world: Applied, *more: str) -> subprocess.Popen[str]:
    """Start a pass that waits, as a process of its own."""
    command = [
        str(Path(sys.executable).parent / "cmcompile"),
        "reconcile",
        "c",
        "--wait",
        "--every",
        "1",
        *more,
    ]
    return subprocess.Popen(
        command, cwd=world.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_waiting_goes_on_until_nothing_runs(world: Applied) -> None:
    with waiting(world) as process:
        for number in (3, 5):
            while len(world.runs()) < number:
                time.sleep(0.2)
            assert process.poll() is None
            world.end()
        said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert {record.verdict for record in world.state().groups.values()} == {GroupState.ACCEPTED}
    assert said.count("left: ") <= 1, "what is left is told once, at the end"


def test_waiting_ends_when_a_person_is_needed(world: Applied) -> None:
    world.end("failed", 4)
    done = run("reconcile", "c", "--wait", "--every", "1")
    assert done.exit_code == 3


def test_waiting_can_be_interrupted(world: Applied) -> None:
    with waiting(world, "--every", "600") as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert {w.state for w in world.workflows().values()} <= {WorkflowState.SUBMITTED, WorkflowState.RUNNING}
