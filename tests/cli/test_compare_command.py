"""`cmcompile compare`: two campaigns, and two revisions of one, side by side."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete
from jsonschema import Draft202012Validator
from ledger_builder import git
from ledger_world import ENDED, SENT, SPEC, World, commit, edit, failed, make_world, read_json, run
from syrupy.assertion import SnapshotAssertion

from cmcompile.cli.main import cli

ROOT = Path(__file__).parents[2]
TWIN = (
    SPEC.replace("campaign: c", "campaign: d")
    .replace("runs/c", "runs/d")
    .replace("size: 10", "size: 15")
    .replace("/p/x.yaml", "/p/y.yaml")
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return two campaigns, and the ledger of one: a group ended well, one in part, one was sent again."""
    world = make_world(tmp_path_factory.mktemp("compare"), d=TWIN)
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *ENDED["partial"], "measured")
    world.happened("3", *ENDED["failed"]).happened("3", *SENT, workflow="w01")
    return world.published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def complete(words: list[str], incomplete: str) -> list[str]:
    shell = ShellComplete(cli, {}, "cmcompile", "_CMCOMPILE_COMPLETE")
    return [item.value for item in shell.get_completions(words, incomplete)]


def document(*args: str) -> Any:
    found = read_json(run("compare", *args, "--format", "json"))
    Draft202012Validator(json.loads((ROOT / "schemas/compare-v1.schema.json").read_text())).validate(found)
    return found


@pytest.mark.usefixtures("world")
def test_two_campaigns(snapshot: SnapshotAssertion) -> None:
    result = run("compare", "c", "d")
    assert result.exit_code == 0
    lines = [line.split(", ledger ")[0] for line in result.stdout.splitlines()]
    assert "\n".join(lines) == snapshot


@pytest.mark.usefixtures("world")
def test_markdown_names_the_same_and_escapes(snapshot: SnapshotAssertion) -> None:
    lines = [
        line.split(", ledger ")[0]
        for line in run("compare", "c", "d", "--format", "markdown").stdout.splitlines()
    ]
    assert "\n".join(lines) == snapshot


@pytest.mark.usefixtures("world")
def test_two_campaigns_as_json() -> None:
    found = document("c", "d")
    assert found["differs"]
    assert found["spec"]["groups"] == {"old": 8, "new": 7, "changed": 7, "added": 0, "removed": 1}
    keys = {edit["key"]: edit for edit in found["spec"]["edits"]["listed"]}
    assert (keys["split.visit.size"]["old"], keys["split.visit.size"]["new"]) == (10, 15)
    assert found["software"] == [
        {"what": "pipeline", "steps": ["step1", "step3"], "old": ["/p/x.yaml"], "new": ["/p/y.yaml"]}
    ]
    first = found["steps"][0]
    assert (first["old"]["workflows"], first["old"]["most"], first["new"]["workflows"]) == (4, 2, 0)
    assert (first["old"]["quanta"], first["new"]["quanta"]) == (800, None)
    assert found["tasks"][0]["old"]["wall_median_seconds"] == 400
    assert found["failures"]["listed"][0]["old"] == {
        "failures": 407,
        "open": 400,
        "groups": 2,
        "workflows": 2,
    }
    stands = {group["group"]: group for group in found["groups"]["listed"]}
    assert stands["3"]["old"] == {"state": "active", "workflows": 2}
    assert stands["3"]["new"] == {"state": "ready", "workflows": 0}


@pytest.mark.usefixtures("world")
def test_the_other_way_round_is_the_mirror_image() -> None:
    one, other = document("c", "d"), document("d", "c")

    def sides(found: Any, key: str) -> list[Any]:
        rows = found[key]["listed"] if isinstance(found[key], dict) else found[key]
        return sorted(([row["old"], row["new"]] for row in rows), key=str)

    for key in ("software", "steps", "tasks", "failures", "groups"):
        assert sides(one, key) == sorted(([new, old] for old, new in sides(other, key)), key=str)
    assert (one["old"], one["new"]) == (other["new"], other["old"])
    assert one["spec"]["groups"]["removed"] == other["spec"]["groups"]["added"] == 1


@pytest.mark.usefixtures("world")
def test_a_campaign_and_itself_do_not_differ() -> None:
    result = run("compare", "c", "c", "--detailed-exitcode")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "c → c: no difference")
    found = document("c", "c")
    assert not found["differs"]
    assert found["steps"][0]["old"] == found["steps"][0]["new"]
    assert run("compare", "c", "d", "--detailed-exitcode").exit_code == 2


def made_on(root: Path, when: str) -> None:
    """Give the last commit another time."""
    variables = {**os.environ, "GIT_COMMITTER_DATE": when}
    command = ["git", "commit", "--quiet", "--amend", "--no-edit"]
    subprocess.run(command, cwd=root, env=variables, check=True)


def test_two_revisions_have_the_ledgers_of_their_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The events of a planted ledger are of November 1st; the specs are older and newer than that.
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    made_on(world.root, "2026-10-01T00:00:00Z")
    git(world.root, "tag", "begun")
    world.happened("1", *ENDED["succeeded"]).published()
    edit(world.root, "requestMemory: 16384", "requestMemory: 32768")
    commit(world.root)
    made_on(world.root, "2026-12-01T00:00:00Z")
    found = document("c@begun", "c@HEAD")
    assert found["old"]["ledger"]["commit"] is None
    assert found["new"]["ledger"]["commit"]
    assert found["old"]["spec_commit"] == git(world.root, "rev-parse", "begun")
    (only,) = found["spec"]["edits"]["listed"]
    assert (only["key"], only["old"], only["new"]) == ("requestMemory", 16384, 32768)
    assert only["groups"]["total"] == 2
    (step1, _) = found["steps"]
    assert (step1["old"]["workflows"], step1["new"]["workflows"]) == (0, 1)
    assert [g["group"] for g in found["groups"]["listed"]][:1] == ["1"]


def test_a_campaign_that_is_gone_is_compared_by_its_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(tmp_path, d=TWIN)
    monkeypatch.chdir(world.root)
    (world.root / "campaigns/d/campaign.yaml").unlink()
    commit(world.root)
    assert "no campaign is at 'd'" in failed("compare", "d", "c")
    assert document("d@HEAD~1", "c")["spec"]["groups"]["old"] == 7
    assert failed("compare", "d@HEAD", "c") == "HEAD has no campaign d; it has c"
    assert failed("compare", "@HEAD", "c") == "HEAD has no campaign without a name; it has c"
    assert "unknown revision 'nope'" in failed("compare", "c@nope", "c")
    assert "is not a revision" in failed("compare", "c@--all", "c")


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (".", "c"),
        (".", "./campaigns/c"),
        (".", "campaigns/c/"),
        (".", "campaigns/c/campaign.yaml"),
        ("campaigns", "c"),
        ("campaigns/d", "../c"),
        ("campaigns/c", "."),
        ("campaigns/c", "c"),
    ],
)
def test_a_campaign_of_a_revision_is_named_as_any_other(
    made: World, monkeypatch: pytest.MonkeyPatch, where: str, name: str
) -> None:
    monkeypatch.chdir(made.root / where)
    assert document(f"{name}@HEAD", "c")["old"]["campaign"] == "c"


def test_revisions_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path, d=TWIN).happened("1", *ENDED["succeeded"]).published()
    monkeypatch.chdir(world.root)
    git(world.root, "tag", "dp0")
    (world.root / "campaigns/library").mkdir()
    (world.root / "campaigns/library/nightly.yaml").write_text("cmcompile: 1\n")
    assert complete(["compare"], "") == ["c", "d"]
    # The branch of the ledger is none that a campaign stands on.
    assert complete(["compare", "c"], "c@") == ["c@main", "c@origin/main", "c@dp0"]
    assert complete(["compare"], "c@d") == ["c@dp0"]
    assert complete(["diff", "c"], "d") == ["dp0"]
    assert complete(["new", "x", "--from"], "d@dp") == ["d@dp0"]
    assert complete(["new", "x", "--from"], "l") == ["library/nightly"]


def test_errors_of_a_side_are_shown_with_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path, d=TWIN.replace("groups: [2, 3]", "groups: [2, 7]"))
    monkeypatch.chdir(world.root)
    result = run("compare", "c", "d")
    assert result.exit_code == 1
    assert "campaigns/d/campaign.yaml:15:17: error CM046" in result.output


def test_large_differences_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = SPEC.replace("1..40, size: 10", "1..3000, size: 1").replace("groups: [2, 3]", "groups: [2, 3]")
    world = make_world(
        tmp_path,
        d=many.replace("campaign: c", "campaign: d").replace("/p/x", "/p/y"),
        e=many.replace("campaign: c", "campaign: e").replace("1..3000", "5000..8000"),
    )
    monkeypatch.chdir(world.root)
    found = document("d", "e")
    (first, *_) = found["spec"]["regroupings"]
    assert {len(ids["ids"]) for ids in (*first["come"], *first["gone"])} == {1000}
    assert [ids["total"] for ids in first["come"]] == [3001]
    text = run("compare", "d", "e").stdout
    assert len(text.splitlines()) < 60
    assert len(run("compare", "d", "e", "--format", "markdown").stdout) < 60_000
    whole = document("d", "e", "--all")["spec"]["regroupings"][0]
    assert len(whole["come"][0]["ids"]) == 3001


ENVIRONMENTS = """\
environments:
  stack:
    setup: ["source loadLSST.bash", "setup lsst_distrib -t ${{ release }}"]
    env: {OMP_NUM_THREADS: "1"}
environment: stack
vars: {release: w_2026_01}
"""


def test_what_software_differs_is_told_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = SPEC + ENVIRONMENTS
    spec = spec.replace(
        "butlerConfig: /repo/main", 'butlerConfig: /repo/main, sw_image: "lsst:${{ release }}"'
    )
    world = make_world(tmp_path, c=spec)
    monkeypatch.chdir(world.root)
    edit(world.root, "w_2026_01", "w_2026_05")
    edit(world.root, "source loadLSST.bash", "source /cvmfs/sw/loadLSST.bash")
    edit(world.root, 'OMP_NUM_THREADS: "1"', 'OMP_NUM_THREADS: "2"')
    edit(world.root, "  step3:\n", "  step3:\n    bps: {pipelineYaml: /p/other.yaml}\n")
    found = {one["what"]: one for one in document("c@HEAD", "c")["software"]}
    assert {what: (one["old"], one["new"]) for what, one in found.items()} == {
        "release": (["w_2026_01"], ["w_2026_05"]),
        "image": (["lsst:w_2026_01"], ["lsst:w_2026_05"]),
        "set-up": (
            ["source loadLSST.bash", "setup lsst_distrib -t ${{ release }}"],
            ["source /cvmfs/sw/loadLSST.bash", "setup lsst_distrib -t ${{ release }}"],
        ),
        "$OMP_NUM_THREADS": (["1"], ["2"]),
        "pipeline": (["/p/x.yaml"], ["/p/other.yaml"]),
    }
    assert found["pipeline"]["steps"] == ["step3"]
    assert found["release"]["steps"] == ["step1", "step3"]
