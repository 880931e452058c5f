"""`approve`: what must be approved is held, approved by hand, and then sent; on a real remote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from apply_world import PATH, SPEC, Applied, applied_world, apply, pushed
from ledger_builder import git
from ledger_world import run, write


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    with applied_world(tmp_path) as made:
        monkeypatch.chdir(made.root)
        yield made


def reviewed(world: Applied, rule: str, of_step: str = "") -> None:
    """Ask for approvals, and push that."""
    spec = SPEC.replace("steps:\n", f"review: {rule}\nsteps:\n")
    if of_step:
        spec = spec.replace("  step1:\n", f"  step1:\n    review: {of_step}\n")
    write(world.root, PATH, spec)
    pushed(world.root)


def planned(world: Applied, code: int = 4) -> Path:
    """Keep a plan."""
    kept = world.root.parent / "plan.json"
    result = run("plan", "c", "-o", str(kept))
    assert result.exit_code == code, result.stdout + result.stderr
    return kept


def approve(kept: Path, by: str = "Ann <ann@x>", *more: str) -> str:
    result = run("approve", str(kept), "--by", by, *more)
    assert result.exit_code == 0, result.stdout + result.stderr
    return result.stdout


def test_what_is_not_approved_is_held_and_sent_once_it_is(world: Applied) -> None:
    reviewed(world, "{approvals: 2}")
    kept = planned(world)
    first = run("plan", "c").stdout
    assert "0 of 2 approvals" in first
    refused = apply("c")
    assert refused.exit_code == 4
    assert world.runs() == []
    approve(kept)
    approve(kept, "ANN <Ann@X>")
    assert "1 of 2 approvals (ann <ann@x>)" in run("plan", "c").stdout.lower()
    assert apply("c").exit_code == 4
    assert world.runs() == []
    assert "Bo approves 5 groups of c" in approve(kept, "Bo")
    sent = apply("c")
    assert sent.exit_code == 0, sent.stdout + sent.stderr
    assert len(world.runs()) == 3


def test_who_approved_is_in_the_log_and_the_ledger_is_healthy(world: Applied) -> None:
    reviewed(world, "{approvals: 1}")
    kept = planned(world)
    approve(kept, "Ann <ann@x>", "--url", "https://forge/pull/3")
    assert apply("c/step1/1").exit_code == 0
    approve(kept, "Bo")
    approve(kept, "Bo", "--withdraw", "--because", "too early")
    said = run("log", "c/step1/1").stdout
    assert "approved  by Ann <ann@x> at 20" in said
    assert ", https://forge/pull/3" in said
    assert "approved  by Bo at" in said
    assert "taken back" in said
    (claim,) = [
        e
        for e in json.loads(run("log", "c/step1/1", "--format", "json").stdout)["events"]
        if "approvals" in e
    ]
    assert [(a["by"], a["withdrawn"]) for a in claim["approvals"]] == [("Ann <ann@x>", False), ("Bo", True)]
    proof = run("verify", "c")
    assert proof.exit_code == 0, proof.stdout


def test_an_edit_asks_anew_for_what_it_alters_alone(world: Applied) -> None:
    reviewed(world, "{approvals: 1}")
    approve(planned(world))
    text = (world.root / PATH).read_text(encoding="utf-8")
    write(
        world.root,
        PATH,
        text.replace("step1:\n", "step1:\n    overrides: [{groups: [2], bps: {requestMemory: 4096}}]\n"),
    )
    pushed(world.root)
    sent = apply("c")
    assert sent.exit_code == 4
    assert sorted(world.workflows()) == ["step1/1@w00", "step1/3@w00"]
    assert run("status", "c/step1/2").stdout.count("0 of 1 approvals") >= 1


def test_a_plan_of_what_is_not_committed_is_not_approved(world: Applied) -> None:
    write(world.root, PATH, SPEC.replace("steps:\n", "review: {approvals: 1}\nsteps:\n"))
    kept = planned(world)
    result = run("approve", str(kept), "--by", "Ann")
    assert result.exit_code == 4
    assert "not committed" in result.stderr


def test_a_plan_that_sends_nothing_is_not_approved(world: Applied) -> None:
    kept = world.root.parent / "plan.json"
    assert apply("c/step1").exit_code == 0
    assert run("plan", "c/step1", "-o", str(kept)).exit_code == 0
    result = run("approve", str(kept))
    assert result.exit_code == 4
    assert "it sends nothing" in result.stderr


def test_only_own_approvals_are_taken_back(world: Applied) -> None:
    reviewed(world, "{approvals: 1}")
    kept = planned(world)
    approve(kept, "Ann")
    result = run("approve", str(kept), "--withdraw", "--by", "Bo")
    assert result.exit_code == 4
    assert "no approval by Bo" in result.stderr
    assert apply("c/step1/1").exit_code == 0


def test_the_author_is_who_committed_the_edit(world: Applied) -> None:
    reviewed(world, "{approvals: 1, not_author: true}")
    me = git(world.root, "log", "-1", "--format=%an <%ae>")
    kept = planned(world)
    approve(kept, me)
    assert "0 of 1 approvals" in run("plan", "c").stdout
    approve(kept, "Bo")
    assert run("plan", "c").exit_code == 0


def test_a_budget_refuses_and_unknown_costs_ask_for_more(world: Applied) -> None:
    reviewed(world, "{above: {core_hours: 10, approvals: 1}}")
    said = run("plan", "c")
    assert said.exit_code == 4
    assert "its cost is not known, which counts as above 10 core hours" in " ".join(said.stdout.split())
    reviewed(world, "{above: {core_hours: 10, approvals: 1}, unknown: below}")
    assert run("plan", "c").exit_code == 0


def test_words_that_do_not_go_together(world: Applied) -> None:
    kept = planned(world, 0)
    for more in (["--pull", "1", "--by", "Ann"], ["--repository", "o/r"], ["--because", "x"]):
        assert run("approve", str(kept), *more).exit_code == 64


def test_nothing_is_sent_that_was_not_reviewed(world: Applied) -> None:
    reviewed(world, "{approvals: 1}")
    kept = world.root.parent / "plan.json"
    assert run("plan", "c/step1/1", "-o", str(kept)).exit_code == 4
    digest = json.loads(kept.read_text(encoding="utf-8"))["digest"]
    none = apply("c", "--reviewed", digest)
    assert none.exit_code == 4
    assert "no approval in the ledger is of a plan" in none.stderr
    approve(kept)
    whole = planned(world)
    approve(whole)
    sent = apply("c", "--reviewed", digest[:12])
    assert sent.exit_code == 4
    assert "2 submissions refused: not in the plan that was reviewed" in sent.stderr
    assert sorted(world.workflows()) == ["step1/1@w00"]


def test_a_kept_plan_is_the_one_that_was_reviewed(world: Applied) -> None:
    from cmcompile.model.review import review_digest

    kept = world.root.parent / "plans" / "c.json"
    kept.parent.mkdir()
    assert run("plan", "c/step1/1", "-o", str(kept)).exit_code == 0
    digest = json.loads(kept.read_text(encoding="utf-8"))["digest"]
    for wrong in ("0" * 64, digest[:6]):
        refused = run("apply", str(kept), "--reviewed", wrong)
        assert refused.exit_code == 4
        assert "is not what was reviewed" in refused.stderr
    assert world.runs() == []
    assert run("apply", str(kept), "--reviewed", review_digest({"c": digest})).exit_code == 0
    assert sorted(world.workflows()) == ["step1/1@w00"]


def test_an_approval_that_is_taken_back_after_the_plan_was_kept(world: Applied) -> None:
    reviewed(world, "{approvals: 1}")
    seen = planned(world)
    approve(seen, "Ann")
    kept = seen.with_name("approved.json")
    assert run("plan", "c", "-o", str(kept)).exit_code == 0
    approve(seen, "Ann", "--withdraw")
    refused = run("apply", str(kept), "--format", "json")
    assert refused.exit_code == 4, refused.stdout
    assert refused.stdout.count("is not approved by enough people: 0 of 1 approvals") == 3
    assert world.runs() == []
    assert world.workflows() == {}


@pytest.mark.parametrize("by", ["", "  ", "Ann\x1b[31m", "Ann\x00"])
def test_a_name_that_is_none(world: Applied, by: str) -> None:
    kept = planned(world, 0)
    assert run("approve", str(kept), "--by", by).exit_code == 64
    assert world.state().approvals.given == ()


@pytest.mark.parametrize("how", ["--allow-dirty", "--allow-unpushed"])
def test_an_override_does_not_go_round_what_the_branch_asks_for(world: Applied, how: str) -> None:
    reviewed(world, "{approvals: 1}", "{approvals: 2}")
    write(world.root, PATH, SPEC)
    if how == "--allow-unpushed":
        git(world.root, "commit", "--quiet", "-a", "-m", "No review")
    sent = apply("c", how)
    assert sent.exit_code == 4, sent.stdout
    assert "0 of 1 approvals" in sent.stdout
    assert world.runs() == []


def test_a_pass_sends_nothing_that_is_not_approved(world: Applied) -> None:
    reviewed(world, "{approvals: 1}")
    passed = run("reconcile", "c")
    assert passed.exit_code == 4, passed.stdout + passed.stderr
    assert world.runs() == []
    approve(planned(world))
    assert run("reconcile", "c").exit_code == 0
    assert len(world.runs()) == 3


def test_the_plan_of_a_report_is_approved_and_only_that_is_sent(world: Applied) -> None:
    base = git(world.root, "rev-parse", "HEAD")
    reviewed(world, "{approvals: 1}")
    folder = world.root.parent / "report"
    run("review", "--base", base, "--head", "HEAD", "-o", str(folder))
    digest = json.loads((folder / "review.json").read_text(encoding="utf-8"))["digest"]
    kept = folder / "plans" / "c.json"
    approve(kept)
    other = folder.parent / "now" / "plans" / "c.json"
    other.parent.mkdir(parents=True)
    assert run("plan", "c", "-o", str(other)).exit_code == 0
    assert run("apply", str(other), "--reviewed", digest).exit_code == 4
    assert world.runs() == []
    plan = json.loads(kept.read_text(encoding="utf-8"))["digest"]
    assert apply("c", "--reviewed", plan).exit_code == 0
    assert len(world.runs()) == 3
