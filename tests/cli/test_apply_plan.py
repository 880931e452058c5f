"""`cmcompile apply PLAN.json`: a plan that was kept is carried out as it was, item by item."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from apply_world import PATH, Applied, applied_world, pushed
from ledger_builder import git
from ledger_world import failed, run, write

from cmcompile.model.states import WorkflowState


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    """Return a clone of a campaign of which nothing was sent yet, and a plan of it in ``plan.json``."""
    with applied_world(tmp_path) as found:
        monkeypatch.chdir(found.root)
        monkeypatch.delenv("CMCOMPILE_SIMULATED", raising=False)
        result = run("plan", "c", "-o", str(tmp_path / "plan.json"))
        assert f"next: cmcompile apply {tmp_path / 'plan.json'}\n" in result.stdout
        yield found


@pytest.fixture
def plan(tmp_path: Path) -> str:
    """Return where the plan is kept."""
    return str(tmp_path / "plan.json")


def test_a_plan_that_was_kept_needs_no_answer(world: Applied, plan: str) -> None:
    result = run("apply", plan)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("c: 3 done\n")
    assert len(world.runs()) == 3
    kept = json.loads(Path(plan).read_text(encoding="utf-8"))
    digests = [item["digest"] for stage in kept["stages"] for item in stage["items"]]
    flows = world.workflows().values()
    assert {w.claim.plan for w in flows if w.claim} == {kept["digest"]}
    assert {w.claim.item for w in flows if w.claim} <= set(digests)


def test_it_is_used_up_once_all_of_it_was_carried_out(world: Applied, plan: str) -> None:
    assert run("apply", plan).exit_code == 0
    assert failed("apply", plan, code=4).startswith("nothing is left of this plan")
    assert world.asked("submit") == 3


def test_applying_again_goes_on_with_the_rest(world: Applied, plan: str) -> None:
    first = run("apply", plan, "--limit", "1")
    assert first.stdout.endswith("c: 1 done\n")
    second = run("apply", plan, "--limit", "1")
    assert second.exit_code == 0
    assert "= submit step1/1 was done before: step1/1@w00 is submitted\n" in second.stdout
    assert second.stdout.endswith("c: 1 done, 1 done before\n")
    assert run("apply", plan).exit_code == 0
    assert len(world.runs()) == 3


def test_an_item_that_was_given_back_is_left(
    world: Applied, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMCOMPILE_SIMULATED_FAILING", "2=transient trouble")
    assert run("apply", plan).exit_code == 5
    monkeypatch.delenv("CMCOMPILE_SIMULATED_FAILING")
    result = run("apply", plan)
    assert "nothing is left" not in result.output
    assert len(world.runs()) + result.stdout.count("refused") == 3


def test_a_stale_item_is_refused_by_itself(world: Applied, plan: str) -> None:
    held = "- {hold: step1/2, by: Ann, at: 2026-11-20T08:00:00Z, because: a full disk}\n"
    write(world.root, "campaigns/c/decisions.yaml", held)
    pushed(world.root)
    result = run("apply", plan)
    assert result.exit_code == 5, result.output
    assert "- submit step1/2 refused: " in result.stdout
    assert "    no run was started\n    cmcompile plan c/step1/2\n" in result.stdout
    assert result.stdout.endswith("c: 2 done, 1 refused, since it does not hold any more\n")
    assert {w.group for w in world.workflows().values()} == {"1", "3"}


@pytest.mark.usefixtures("world")
def test_a_plan_that_was_altered_is_refused(plan: str) -> None:
    document = json.loads(Path(plan).read_text(encoding="utf-8"))
    document["stages"][0]["items"][0]["definition"] = "0" * 64
    Path(plan).write_text(json.dumps(document), encoding="utf-8")
    assert "the plan was altered" in failed("apply", plan, code=4)
    Path(plan).write_text("{}", encoding="utf-8")
    assert "make it anew" in failed("apply", plan, code=4)
    Path(plan).write_text("steps: no", encoding="utf-8")
    assert "is no plan" in failed("apply", plan)
    Path(plan).unlink()
    assert "No such file or directory" in failed("apply", plan)


def test_a_plan_of_another_campaign_is_refused(
    world: Applied, plan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("apply", plan, "--limit", "1").exit_code == 0
    assert run("plan", "c", "-o", plan).exit_code == 0
    with applied_world(tmp_path / "elsewhere") as other:
        monkeypatch.chdir(other.root)
        assert "was made from another ledger" in failed("apply", plan, code=4)
        assert other.runs() == []
    monkeypatch.chdir(world.root)
    git(world.root, "mv", PATH, "campaigns/c/else.yaml")
    pushed(world.root)
    assert "is not in the repository" in failed("apply", plan, code=4)
    assert run("apply", plan, "c").exit_code == 64
    assert len(world.runs()) == 1


def test_a_plan_that_has_nothing_to_do(world: Applied, plan: str) -> None:
    assert run("apply", plan).exit_code == 0
    run("plan", "c", "-o", plan)
    result = run("apply", plan)
    assert result.exit_code == 0
    assert result.stdout.startswith("c: nothing to do; 2 wait\n")
    assert {w.state for w in world.workflows().values()} == {WorkflowState.SUBMITTED}
