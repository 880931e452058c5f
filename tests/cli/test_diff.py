"""`cmcompile diff` in real git repositories."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cmcompile.cli.main import cli

SPEC = """\
cmcompile: 1
campaign: c
vars: {release: w_1}
where: instrument='HSC'
inputs: [HSC/raw]
collect: HSC/runs/c
bps:
  pipelineYaml: /p/x.yaml
  payload: {butlerConfig: /repo/main, sw_image: "stack:${{ release }}"}
step_defaults: {collect: "${{ campaign.collect }}/${{ step.name }}"}
steps:
  step1:
    split: [{by: visit, values: 1..40, size: 10}]
"""


def git(root: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(root), *args], check=True, capture_output=True)


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *args])


def spec_of(root: Path, name: str = "c") -> Path:
    return root / "campaigns" / name / "campaign.yaml"


def edit(root: Path, was: str, now: str) -> None:
    text = spec_of(root).read_text()
    assert was in text
    spec_of(root).write_text(text.replace(was, now))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    spec_of(tmp_path).parent.mkdir(parents=True)
    spec_of(tmp_path).write_text(SPEC)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_changed(root: Path) -> None:
    result = run("c", "--detailed-exitcode")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("c: HEAD (")
    assert result.stdout.endswith("working tree: no difference in 4 groups\n")


def test_a_comment_only(root: Path) -> None:
    edit(root, "steps:\n", "# well\nsteps:\n")
    assert "no difference in 4 groups" in run("c").stdout


def test_one_edit_is_one_line(root: Path) -> None:
    edit(root, "release: w_1", "release: w_2")
    result = run("c")
    assert result.exit_code == 0
    head, line = result.stdout.splitlines()
    assert head.endswith("1 edit, 4 of 4 groups changed")
    assert line == (
        "~ campaigns/c/campaign.yaml:3  vars.release: w_1 → w_2"
        "  step1/1 … 4 (all 4 groups)  in payload.sw_image"
    )
    assert run("c", "--detailed-exitcode").exit_code == 2


def test_an_earlier_revision(root: Path) -> None:
    edit(root, "release: w_1", "release: w_2")
    git(root, "commit", "-am", "second")
    assert "no difference" in run("c").stdout
    assert "w_1 → w_2" in run("c", "HEAD~1").stdout
    # A lone word that names no campaign is a revision.
    assert "w_1 → w_2" in run("HEAD~1").stdout


def test_groups_come_first(root: Path) -> None:
    edit(root, "size: 10", "size: 20")
    lines = run("c").stdout.splitlines()
    assert lines[1] == "  step1: 4 → 2 groups, removed 3, 4 (2 groups)"
    assert lines[2] == "    30 visits moved: 11..20 from 2 to 1, 21..30 from 3 to 2, 31..40 from 4 to 2"
    assert "split.visit.size: 10 → 20" in lines[3]


def test_an_unknown_revision(root: Path) -> None:
    result = run("c", "nowhere")
    assert result.exit_code == 1
    assert "unknown revision 'nowhere'" in result.stderr
    result = run("nowhere")
    assert result.exit_code == 1
    assert "no campaign is at 'nowhere'" in result.stderr


def test_an_old_state_that_does_not_compile(root: Path) -> None:
    edit(root, "size: 10", "sise: 10")
    git(root, "commit", "-am", "broken")
    edit(root, "sise: 10", "size: 10")
    result = run("c")
    assert result.exit_code == 1
    assert "does not compile at HEAD (" in result.stderr
    assert "campaigns/c/campaign.yaml:13:" in result.stderr
    assert "sise: 10" in result.stderr


def test_a_working_tree_that_does_not_compile(root: Path) -> None:
    edit(root, "size: 10", "sise: 10")
    result = run("c")
    assert result.exit_code == 1
    assert "does not compile at" not in result.stderr
    assert "campaigns/c/campaign.yaml:13:" in result.stderr


def test_campaigns_that_come_and_go(root: Path) -> None:
    new = spec_of(root, "d")
    new.parent.mkdir()
    new.write_text(SPEC.replace("campaign: c", "campaign: d"))
    spec_of(root).unlink()
    result = run("--detailed-exitcode")
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert lines[0].startswith("d: ")
    assert lines[0].endswith("4 added")
    assert lines[1] == "  step1: 0 → 4 groups, added 1 … 4 (all 4 groups)"
    assert lines[2].startswith("c: ")
    assert lines[2].endswith("4 removed")


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec_of(tmp_path).parent.mkdir(parents=True)
    spec_of(tmp_path).write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    result = run("c")
    assert result.exit_code == 1
    assert "is not in a git repository" in result.stderr


def test_json(root: Path) -> None:
    edit(root, "release: w_1", "release: w_2")
    document = json.loads(run("c", "--format", "json").stdout)
    assert document["format"] == 1
    (found,) = document["differences"]
    assert found["campaign"] == "c"
    assert found["groups"] == {"changed": 4, "added": 0, "removed": 0}
    assert found["edits"] == [
        {
            "key": "vars.release",
            "kind": "changed",
            "place": {"file": "campaigns/c/campaign.yaml", "line": 3, "column": 17},
            "old": "w_1",
            "new": "w_2",
            "varies": False,
            "sending_only": False,
            "reaches": ["payload.sw_image"],
            "groups": ["step1/1", "step1/2", "step1/3", "step1/4"],
        }
    ]


def test_many_edits_are_counted_and_all_shows_them(root: Path) -> None:
    more = "".join(f"  key{n}: 1\n" for n in range(100))
    edit(root, "bps:\n", "bps:\n" + more)
    lines = run("c").stdout.splitlines()
    assert len(lines) == 62
    assert lines[-1] == "  and 40 more edits (--all shows them)"
    assert len(run("c", "--all").stdout.splitlines()) == 101


def compile_to(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["compile", "c", "-o", str(folder)])
    assert result.exit_code == 0, result.output


def test_against_a_tree(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    compile_to(out)
    assert "no difference in 4 groups" in run("c", "--against", str(out), "--detailed-exitcode").stdout
    edit(root, "release: w_1", "release: w_2")
    result = run("c", "--against", str(out), "--detailed-exitcode")
    assert result.exit_code == 2
    assert "payload.sw_image: stack:w_1 → stack:w_2  step1/1 … 4 (all 4 groups)" in result.stdout


def test_against_a_tree_with_traps(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    compile_to(out)
    with (out / "step1/2.yaml").open("a") as stream:
        stream.write("pipelineYaml: /p/other.yaml\n")
    result = run("c", "--against", str(out), "--detailed-exitcode")
    assert result.exit_code == 2
    assert f"{out}/step1/2.yaml:" in result.stderr
    assert "CM006" in result.stderr
    assert "1 file could not be read and is not compared" in result.stdout


def test_against_takes_no_revision(root: Path, tmp_path: Path) -> None:
    assert run("c", "HEAD", "--against", str(tmp_path)).exit_code == 64
    assert run("--against", str(tmp_path)).exit_code == 64
