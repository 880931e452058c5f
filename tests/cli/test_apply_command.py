"""`cmcompile apply` in real repositories, against a workload system that another process simulates."""

from __future__ import annotations

import json
import os
import pty
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
from ledger_world import commit, edit, failed, program, run, write

from cmcompile.model.states import WorkflowState
from cmcompile.spec.schema import schema

SCHEMA = jsonschema.Draft202012Validator(schema("apply"))
DECISIONS = "campaigns/c/decisions.yaml"
HOLD = "- {hold: step1, by: Ann, at: 2026-11-20T08:00:00Z, because: a full disk}\n"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    """Return a clone of a campaign of which nothing was sent yet; its step1 has groups 1 to 3."""
    with applied_world(tmp_path) as found:
        monkeypatch.chdir(found.root)
        monkeypatch.delenv("CMCOMPILE_SIMULATED", raising=False)
        yield found


def test_what_is_ready_is_submitted_once(world: Applied) -> None:
    result = apply("c")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("c: 3 to submit; 2 wait\nplan ")
    assert result.stdout.endswith("c: 3 done\n")
    flows = world.workflows()
    assert list(flows) == ["step1/1@w00", "step1/2@w00", "step1/3@w00"]
    assert {w.state for w in flows.values()} == {WorkflowState.SUBMITTED}
    assert sorted(w.claim.run_name for w in flows.values() if w.claim) == world.runs()
    again = apply("c")
    assert (again.exit_code, again.stderr) == (0, "")
    assert again.stdout.startswith("c: nothing to do; 2 wait\n")
    assert world.asked("submit") == 3


def test_a_claim_says_what_was_sent_and_by_which_spec(world: Applied) -> None:
    head = git(world.root, "rev-parse", "HEAD")
    assert apply("c/step1/2").exit_code == 0
    (flow,) = world.workflows().values()
    claim = flow.claim
    assert claim is not None
    assert (claim.spec.path, claim.spec.commit, claim.spec.override) == (PATH, head, "")
    assert claim.wms.service == "lsst.ctrl.bps.panda.PanDAService"
    assert run("verify", "c").exit_code == 0


def test_the_bytes_are_those_of_the_commit_whatever_the_working_tree_makes_of_its_lines(
    world: Applied,
) -> None:
    include = world.root / "campaigns/c/memory.yaml"
    write(world.root, "campaigns/c/memory.yaml", "requestMemory: 4096\nrequestCpus: 2\n")
    edit(world.root, "bps:\n", "bps:\n  includeConfigs: [memory.yaml]\n")
    pushed(world.root)
    git(world.root, "config", "core.autocrlf", "true")
    include.unlink()
    git(world.root, "checkout", "--quiet", "--", "campaigns/c/memory.yaml")
    assert b"\r\n" in include.read_bytes()
    assert apply("c/step1/2").exit_code == 0
    assert run("verify", "c").exit_code == 0


def test_json_lines(world: Applied) -> None:
    result = apply("c", "--limit", "1", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = lines_of(result)
    for line in lines:
        SCHEMA.validate(line)
    assert [line["kind"] for line in lines] == ["plan", *["told"] * 6, "result", "summary"]
    assert lines[-2]["end"] == "done"
    assert lines[-2]["workflow"] == "w00"
    assert lines[-1]["exit"] == 0
    assert world.asked("submit") == 1


@pytest.mark.usefixtures("world")
def test_without_a_terminal_somebody_must_have_agreed() -> None:
    result = run("apply", "c")
    assert result.exit_code == 64
    assert "--auto-approve" in result.stderr
    assert run("apply", "c", "--format", "json").exit_code == 64


@pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("y", 1), ("YES", 1), ("", 1)])
def test_only_a_literal_yes_is_one(world: Applied, answer: str, code: int) -> None:
    said, ended = typed(world, ["apply", "c/step1/1"], answer)
    assert 'type "yes"' in said
    assert ended == code
    assert len(world.runs()) == (1 if code == 0 else 0)
    assert ("nothing was done" in said) == (code != 0)


def test_many_submissions_ask_for_the_name_of_the_campaign(world: Applied) -> None:
    edit(world.root, "size: 10", "size: 1")
    pushed(world.root)
    said, ended = typed(world, ["apply", "c/step1"], "yes")
    assert 'this plan makes 30 submissions; to carry out this plan, type "c"' in said
    assert ended == 1
    assert world.runs() == []


def typed(world: Applied, args: list[str], answer: str) -> tuple[str, int]:
    """Run the program on a terminal, and type an answer."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cmcompile.cli.main", *args]
    child = subprocess.Popen(command, cwd=world.root, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    answered = False
    while True:
        try:
            said += os.read(ours, 4096)
        except OSError:
            break
        if b"type " in said and said.rstrip().endswith(b":") and not answered:
            os.write(ours, answer.encode() + b"\n")
            answered = True
    os.close(ours)
    return said.decode(), child.wait(60)


def test_a_dirty_tree_is_refused_unless_allowed(world: Applied) -> None:
    edit(world.root, "size: 10", "size: 15")
    said = failed("apply", "c", "--auto-approve", code=4)
    assert said.startswith("campaigns/c/campaign.yaml differs from the last commit")
    assert "--allow-dirty" in said
    assert apply("c", "--allow-dirty").exit_code == 0
    flows = world.workflows().values()
    assert len(flows) == 2
    assert {w.claim.spec.override for w in flows if w.claim} == {"dirty"}


def test_a_file_that_is_no_input_of_the_spec_may_differ(world: Applied) -> None:
    write(world.root, "campaigns/c/notes.txt", "mine\n")
    assert apply("c/step1/1").exit_code == 0


def test_decisions_that_are_not_committed_are_dirt_too(world: Applied) -> None:
    write(world.root, DECISIONS, HOLD)
    assert failed("apply", "c", "--auto-approve", code=4).startswith(f"{DECISIONS} differs")


def test_an_unpushed_commit_is_refused_unless_allowed(world: Applied) -> None:
    edit(world.root, "size: 10", "size: 15")
    made = commit(world.root)
    said = failed("apply", "c", "--auto-approve", code=4)
    assert said.startswith(f"commit {made[:12]} is not on origin/")
    assert "--allow-unpushed" in said
    assert apply("c", "--allow-unpushed").exit_code == 0
    assert {(w.claim.spec.commit, w.claim.spec.override) for w in world.workflows().values() if w.claim} == {
        (made, "unpushed")
    }
    assert run("verify", "c").exit_code == 0


def test_a_hold_on_the_branch_counts_though_it_is_not_here(world: Applied, tmp_path: Path) -> None:
    by_other(world, tmp_path, {DECISIONS: HOLD})
    result = apply("c")
    assert result.exit_code == 0
    assert "ahead of what is checked out" in result.stderr
    assert "nothing to do" in result.stdout
    edit(world.root, "size: 10", "size: 15")
    commit(world.root)
    assert "nothing to do" in apply("c", "--allow-unpushed").stdout
    assert world.runs() == []


def by_other(world: Applied, tmp_path: Path, files: dict[str, str]) -> None:
    """Push a commit from another clone."""
    if not (tmp_path / "other").exists():
        git(tmp_path, "clone", "--quiet", str(tmp_path / "remote.git"), "other")
    for path, text in files.items():
        write(tmp_path / "other", path, text)
    pushed(tmp_path / "other")
    del world


def test_a_hold_that_comes_while_children_prepare_stops_the_gate(
    world: Applied, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMCOMPILE_SIMULATED_PREPARING", "4")
    child = program(world.root, "apply", "c", "--auto-approve", "--format", "json")
    wait_for(lambda: len(world.workflows()) == 3)
    by_other(world, tmp_path, {DECISIONS: HOLD})
    out, errors = child.communicate(timeout=120)
    assert (child.returncode, errors) == (4, "")
    ends = [line for line in map(json.loads, out.splitlines()) if line["kind"] == "result"]
    assert [line["end"] for line in ends] == ["stale"] * 3
    assert {line["certain"] for line in ends} == {"no run was started"}
    assert ends[0]["next"].startswith("cmcompile plan c/step1/")
    assert "held by a decision" in ends[0]["detail"]
    assert world.runs() == []
    assert {w.state for w in world.workflows().values()} == {WorkflowState.ABANDONED}


def test_an_unknown_outcome_says_so_and_is_found(world: Applied) -> None:
    world.hand.ask("trouble", trouble="lose", of=["submit"], times=1)
    result = apply("c/step1/1")
    assert result.exit_code == 6
    assert "? submit step1/1@w00 unknown: " in result.stdout
    assert "a run may exist; submit nothing by hand" in result.stdout
    assert "    cmcompile reconcile c\n" in result.stdout
    assert apply("c/step1/1").exit_code == 0
    time.sleep(0.3)
    assert run("reconcile", "c", "--no-submit").exit_code == 0
    (flow,) = world.workflows().values()
    assert flow.run_id == "1001"
    assert world.asked("submit") == 1


def test_preparing_that_fails_needs_a_person(world: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMCOMPILE_SIMULATED_FAILING", "2=no such collection")
    result = apply("c/step1/2")
    assert result.exit_code == 3
    assert "- submit step1/2@w00 failed: no such collection" in result.stdout
    assert "preparing failed, and no run was started" in result.stdout
    assert "    cmcompile log c/step1/2\n" in result.stdout
    some = apply("c/step1")
    assert some.exit_code in (3, 0)
    assert len(world.runs()) == 2


def test_done_in_part(world: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMCOMPILE_SIMULATED_FAILING", "2=no such collection")
    assert apply("c").exit_code == 5
    assert len(world.runs()) == 2


def test_a_workload_system_that_is_silent_before_the_gate(world: Applied) -> None:
    world.hand.ask("trouble", trouble="refuse", of=["find"], times=0)
    result = apply("c/step1/1")
    assert result.exit_code == 6
    assert "no run was started" in result.stdout
    assert "    cmcompile apply c/step1/1\n" in result.stdout
    world.hand.ask("calm")
    assert apply("c/step1/1").exit_code == 0
    assert world.asked("submit") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_gives_claims_back(
    world: Applied, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMCOMPILE_SIMULATED_PREPARING", "60")
    child = program(world.root, "apply", "c", "--auto-approve")
    wait_for(lambda: len(world.workflows()) == 3)
    child.send_signal(number)
    out, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (130, "")
    assert "! submit step1/1@w00 interrupted" in out
    assert {w.state for w in world.workflows().values()} == {WorkflowState.ABANDONED}
    monkeypatch.setenv("CMCOMPILE_SIMULATED_PREPARING", "0")
    assert apply("c").exit_code == 0
    assert len(world.runs()) == 3


def test_a_kill_leaves_nothing_that_is_submitted_twice(
    world: Applied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMCOMPILE_SIMULATED_PREPARING", "60")
    child = program(world.root, "apply", "c/step1/1", "--auto-approve")
    wait_for(lambda: len(world.workflows()) == 1)
    child.kill()
    child.wait(10)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    child.stderr.close()
    monkeypatch.setenv("CMCOMPILE_SIMULATED_PREPARING", "0")
    assert run("reconcile", "c").exit_code == 0
    assert len(world.runs()) == 3
    assert world.workflows()["step1/1@w00"].state is WorkflowState.ABANDONED


def test_two_at_once_submit_each_group_once(world: Applied, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(tmp_path / "remote.git"), "twin")
    git(tmp_path / "twin", "config", "cmcompile.simulated", str(world.socket))
    both = [program(root, "apply", "c", "--auto-approve") for root in (world.root, tmp_path / "twin")]
    for child in both:
        child.communicate(timeout=120)
        assert child.returncode in (0, 4, 5, 7)
    assert len(world.runs()) == 3
    assert world.asked("submit") == 3


@pytest.mark.service("lsst")
def test_a_plugin_that_is_not_installed(world: Applied) -> None:
    edit(world.root, "lsst.ctrl.bps.panda.PanDAService", "lsst.ctrl.bps.nowhere.NowhereService")
    pushed(world.root)
    git(world.root, "config", "--unset", "cmcompile.simulated")
    result = run("apply", "c", "--auto-approve", "--limit", "1")
    assert "there is no Python module lsst.ctrl.bps.nowhere in this environment" in result.output
    assert result.exit_code == 3
    [workflow] = world.workflows().values()
    assert workflow.state is WorkflowState.PREPARE_FAILED
    assert world.asked("submit") == 0


@pytest.mark.service("lsst")
def test_what_panda_needs_is_missed_before_anything_is_claimed(
    world: Applied, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PANDA_URL", "PANDA_URL_SSL"):
        monkeypatch.delenv(name, raising=False)
    git(world.root, "config", "--unset", "cmcompile.simulated")
    result = run("apply", "c", "--auto-approve", "--limit", "1")
    assert result.exit_code == 4
    assert "PanDA needs $PANDA_URL, which is not set" in result.stderr
    assert "`cmcompile doctor c --only credentials" in result.stderr
    assert world.workflows() == {}


def test_a_workload_system_that_nobody_can_tell_is_refused(world: Applied) -> None:
    include = "includeConfigs: [/sdf/config/bps_usdf.yaml]"
    edit(world.root, "  wmsServiceClass: lsst.ctrl.bps.panda.PanDAService\n", f"  {include}\n")
    pushed(world.root)
    result = run("apply", "c", "--auto-approve")
    assert result.exit_code == 4
    assert "`wmsServiceClass` is not set, and /sdf/config/bps_usdf.yaml" in result.stderr
    assert world.workflows() == {}


@pytest.mark.usefixtures("world")
def test_where_nothing_says_which_branch_is_meant(world: Applied) -> None:
    git(world.root, "checkout", "--quiet", "--detach")
    assert "`git config cmcompile.branch origin/main`" in failed("apply", "c", "--auto-approve", code=4)
    branch = git(world.root, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()[0]
    git(world.root, "config", "cmcompile.branch", f"origin/{branch}")
    assert apply("c/step1/1").exit_code == 0


@pytest.mark.usefixtures("world")
def test_a_campaign_without_a_ledger(world: Applied) -> None:
    write(world.root, "campaigns/d/campaign.yaml", SPEC.replace("campaign: c", "campaign: d"))
    pushed(world.root)
    assert "cmcompile ledger init" in failed("apply", "d", "--auto-approve")
    assert "one campaign" in run("apply", "c", "d", "--auto-approve").stderr


def wait_for(true: object, seconds: float = 60) -> None:
    """Wait until something holds."""
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)
