"""`cmcompile review` in real repositories: what it compares, what it writes, and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from apply_world import applied_world
from jsonschema import Draft202012Validator
from ledger_builder import git
from ledger_world import PATH, SPEC, TWIN, World, commit, edit, run, write
from review_worlds import begun, fresh

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/review-v1.schema.json").read_text())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    found = begun(tmp_path / "world", d=TWIN)
    monkeypatch.chdir(found.root)
    return found


def review(*args: str, base: str = "HEAD", code: int = 0) -> dict[str, Any]:
    result = run("review", "--base", base, "--format", "json", *args)
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(document)
    return document


def names(document: dict[str, Any]) -> list[str]:
    return [one["campaign"] for one in document["campaigns"]]


def states(document: dict[str, Any]) -> list[str]:
    return [one["state"] for one in document["statuses"]]


def test_the_working_tree_counts_before_it_is_committed(world: World) -> None:
    head = git(world.root, "rev-parse", "HEAD")
    clean = review()
    assert (clean["verdict"], clean["head"], clean["campaigns"]) == ("nothing", head, [])
    edit(world.root, "    needs: step1\n", "    needs: step1\n    bps: {requestMemory: 4096}\n")
    dirty = review()
    assert (dirty["verdict"], dirty["head"], dirty["base"], names(dirty)) == ("fine", "", head, ["c"])
    made = commit(world.root)
    assert review()["verdict"] == "nothing"
    committed = review(base="HEAD~1")
    assert (committed["head"], committed["base"]) == (made, head)
    assert committed["campaigns"][0]["groups"] == dirty["campaigns"][0]["groups"]
    assert review("--head", "HEAD~1", base="HEAD~1")["verdict"] == "nothing"


def test_a_new_file_counts_before_git_knows_it(world: World) -> None:
    write(world.root, "campaigns/e/campaign.yaml", SPEC.replace("campaign: c", "campaign: e"))
    found = review()
    assert names(found) == ["e"]
    assert found["campaigns"][0]["change"] == "added"


def test_what_the_base_got_since_is_no_part_of_the_edit(world: World) -> None:
    git(world.root, "checkout", "--quiet", "-b", "other")
    edit(world.root, "    needs: step1\n", "    needs: step1\n    bps: {requestMemory: 4096}\n")
    commit(world.root)
    git(world.root, "checkout", "--quiet", "main")
    edit(world.root, "steps:\n", "# on main\nsteps:\n")
    write(world.root, "campaigns/d/campaign.yaml", TWIN + "# on main\n")
    commit(world.root)
    found = review("--head", "other", base="main")
    assert names(found) == ["c"]
    assert [risk["kind"] for risk in found["campaigns"][0]["risks"]] == ["base moved"]


def test_a_plan_from_files_that_are_not_committed_names_no_commit(world: World, tmp_path: Path) -> None:
    head = git(world.root, "rev-parse", "HEAD")
    for name in "cd":
        path = f"campaigns/{name}/campaign.yaml"
        edit(world.root, "    needs: step1\n", "    needs: step1\n    bps: {requestMemory: 4096}\n", path)
    git(world.root, "commit", "--quiet", "-m", "one of them", "campaigns/d")
    review("-o", str(tmp_path / "out"), base=head)
    plans = {name: json.loads((tmp_path / f"out/plans/{name}.json").read_text()) for name in "cd"}
    made = {name: plan["source"]["commit"] for name, plan in plans.items()}
    assert made == {"c": "", "d": git(world.root, "rev-parse", "HEAD")}
    assert json.loads(run("plan", "c", "--format", "json").stdout) == plans["c"]


def test_the_plan_is_that_of_plan(world: World, tmp_path: Path) -> None:
    edit(world.root, "values: [9615, 9697]", "values: [9615, 9697, 9813]")
    commit(world.root)
    out = tmp_path / "out"
    found = review("-o", str(out), base="HEAD~1")
    assert (out / found["plans"]["c"]).read_text() == run("plan", "c", "--format", "json").stdout


def test_apply_takes_the_plan_after_the_edit_was_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with applied_world(tmp_path / "world") as far:
        monkeypatch.chdir(far.root)
        git(far.root, "checkout", "--quiet", "-b", "other")
        edit(far.root, "values: 1..30", "values: 1..40")
        commit(far.root)
        out = tmp_path / "out"
        found = review("-o", str(out), base="main")
        git(far.root, "checkout", "--quiet", "main")
        git(far.root, "merge", "--quiet", "--no-ff", "other")
        git(far.root, "push", "--quiet", "-u", "origin", "main")
        result = run("apply", str(out / found["plans"]["c"]))
        assert result.exit_code == 0, result.output
        assert len(far.runs()) == found["campaigns"][0]["actions"]["submit"]["all"] == 4


def test_the_plan_of_a_revision_is_that_of_its_checkout(world: World) -> None:
    git(world.root, "checkout", "--quiet", "-b", "other")
    edit(world.root, "values: [9615, 9697]", "values: [9615, 9697, 9813]")
    commit(world.root)
    digest = review(base="main")["campaigns"][0]["plan"]
    git(world.root, "checkout", "--quiet", "main")
    assert review("--head", "other", base="main")["campaigns"][0]["plan"] == digest


def test_only_the_campaigns_that_are_named(world: World) -> None:
    for name in "cd":
        path = f"campaigns/{name}/campaign.yaml"
        edit(world.root, "    needs: step1\n", "    needs: step1\n    bps: {requestMemory: 4096}\n", path)
    assert names(review()) == ["c", "d"]
    assert names(review("d")) == ["d"]
    assert names(review("campaigns/c", "d")) == ["c", "d"]
    result = run("review", "--base", "HEAD", "nowhere")
    assert result.exit_code == 1
    assert "no campaign is at 'nowhere'" in result.stderr


def test_a_campaign_is_found_by_its_former_name(world: World) -> None:
    (world.root / "campaigns/c").rename(world.root / "campaigns/e")
    found = review("c", code=1)
    assert [(one["campaign"], one["was"]) for one in found["campaigns"]] == [("e", "c")]


def test_a_ledger_that_can_t_be_read_is_told(world: World) -> None:
    shutil.rmtree(world.root / "campaigns/c")
    git(world.root, "remote", "add", "one", "nowhere")
    git(world.root, "remote", "rename", "origin", "two")
    found = review(code=6)
    assert found["verdict"] == "attention"
    assert "which of the remotes" in found["campaigns"][0]["risks"][0]["text"]


def test_files_that_only_compiling_reads_touch_a_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SPEC.replace("bps:\n", "bps:\n  includeConfigs: [shared/memory.yaml]\n", 1)
    world = fresh(tmp_path, c=spec)
    write(world.root, "campaigns/c/shared/memory.yaml", "requestMemory: 2048\n")
    commit(world.root)
    monkeypatch.chdir(world.root)
    write(world.root, "campaigns/c/shared/memory.yaml", "requestMemory: 4096\n")
    write(world.root, "campaigns/c/shared/unused.yaml", "requestMemory: 4096\n")
    found = review()
    assert names(found) == ["c"]
    assert found["campaigns"][0]["files"] == ["campaigns/c/shared/memory.yaml"]
    assert found["campaigns"][0]["groups"]["changed"] == 8
    assert found["others"] == 1


def test_what_a_link_leads_to_touches_a_campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = SPEC.replace("steps:", "lists: {visits: {file: visits.txt}}\nsteps:")
    world = fresh(tmp_path, c=spec.replace("values: 1..40, size: 10", "list: visits, size: 10"))
    write(world.root, "shared/visits.txt", "".join(f"{n}\n" for n in range(1, 41)))
    (world.root / "campaigns/c/visits.txt").symlink_to("../../shared/visits.txt")
    commit(world.root)
    monkeypatch.chdir(world.root)
    write(world.root, "shared/visits.txt", "".join(f"{n}\n" for n in range(1, 51)))
    found = review()
    assert names(found) == ["c"]
    assert found["campaigns"][0]["groups"]["added"] == 1


def test_a_base_that_can_t_be_had_is_reported_too(world: World, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = review("-o", str(out), base="nowhere", code=1)
    assert (found["verdict"], found["exit"]) == ("error", 1)
    assert "unknown revision 'nowhere'" in found["fault"]
    assert states(found) == ["error"] * 3
    assert "nowhere" in (out / "comment.md").read_text()
    git(world.root, "checkout", "--quiet", "--orphan", "apart")
    git(world.root, "commit", "--quiet", "-m", "apart")
    assert "no commit in common" in review(base="main", code=1)["fault"]


def test_a_shallow_clone_says_so(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(world.root, "steps:\n", "# more\nsteps:\n")
    commit(world.root)
    git(world.root, "push", "--quiet", "origin", "HEAD")
    git(tmp_path, "clone", "--quiet", "--depth", "1", (tmp_path / "world/remote.git").as_uri(), "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert "shallow: fetch more history" in review(base="HEAD~1", code=1)["fault"]


def test_a_ledger_that_does_not_answer_is_never_taken_for_an_empty_one(world: World, tmp_path: Path) -> None:
    edit(world.root, "pipelineYaml: /p/x.yaml", "pipelineYaml: /p/y.yaml")
    (tmp_path / "world/remote.git").rename(tmp_path / "away")
    found = review(code=6)
    campaign = found["campaigns"][0]
    assert (found["verdict"], campaign["plan"], campaign["ledger"]["asked"]) == (
        "attention",
        None,
        "not_known",
    )
    assert states(found) == ["success", "error", "error"]
    assert found["plans"] == {}
    # What was fetched once says at least what was sent then.
    (tmp_path / "away").rename(tmp_path / "world/remote.git")
    assert run("status", "c").exit_code == 0
    (tmp_path / "world/remote.git").rename(tmp_path / "away")
    found = review(code=6)
    assert (found["verdict"], found["campaigns"][0]["ledger"]["asked"]) == ("refused", "silent")
    assert states(found) == ["success", "error", "failure"]
    assert (review("--offline", code=4))["campaigns"][0]["ledger"]["asked"] == "seen"


def test_offline_without_any_ledger_says_what_is_taken(world: World) -> None:
    edit(world.root, "    needs: step1\n", "    needs: step1\n    bps: {requestMemory: 4096}\n")
    found = review("--offline")
    assert "never fetched here" in found["campaigns"][0]["risks"][0]["text"]


def test_an_old_refusal_does_not_stand_against_an_edit_elsewhere(world: World) -> None:
    edit(world.root, "pipelineYaml: /p/x.yaml", "pipelineYaml: /p/y.yaml")
    commit(world.root)
    edit(world.root, "    needs: step1\n", "    needs: step1\n    bps: {requestMemory: 4096}\n")
    found = review(code=3)
    assert found["campaigns"][0]["refused"] == []
    edit(world.root, "pipelineYaml: /p/y.yaml", "pipelineYaml: /p/z.yaml")
    assert len(review(code=4)["campaigns"][0]["refused"]) == 1


def test_a_report_replaces_the_former_one_and_leaves_other_files(world: World, tmp_path: Path) -> None:
    out = world.root / "report"
    edit(world.root, "    needs: step1\n", "    needs: step1\n    bps: {requestMemory: 4096}\n")
    assert review("-o", str(out))["others"] == 0
    write(world.root, "report/plans/mine.json", "{}")
    assert (out / "plans/c.json").is_file()
    git(world.root, "checkout", "--quiet", PATH)
    found = review("-o", str(out))
    assert (found["verdict"], found["others"]) == ("nothing", 0)
    assert [path.name for path in (out / "plans").iterdir()] == ["mine.json"]


def test_a_policy_touches_the_campaigns_that_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = "campaigns/library/policies/usual.yaml"
    world = fresh(tmp_path, c=SPEC.replace("steps:", "policy: usual\nsteps:", 1), d=TWIN)
    root = Path(__file__).parents[2]
    shutil.copytree(root / "campaigns/library/policies", world.root / "campaigns/library/policies")
    text = next((world.root / "campaigns/library/policies").glob("*.yaml")).read_text()
    write(world.root, policy, text)
    commit(world.root)
    monkeypatch.chdir(world.root)
    write(world.root, policy, text + "# a remark\n")
    assert names(review()) == ["c"]
