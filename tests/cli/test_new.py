"""`cmcompile new`: what it writes validates, and nothing is overwritten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cmcompile.cli import new as module
from cmcompile.cli.main import cli

ROOT = Path(__file__).parents[2]
NIGHT = ("--set", "night=20250424", "--set", "release=w_2025_18", "--set", "ticket=DM-7")


def run(*args: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(args), input=answers)


def text_of(root: Path, name: str) -> str:
    return (root / "campaigns" / name / "campaign.yaml").read_text()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "campaigns").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_skeleton_validates_without_findings(root: Path) -> None:
    result = run("new", "first")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "made campaigns/first/campaign.yaml"
    assert "cmcompile validate first" in result.stdout
    text = text_of(root, "first")
    assert text.startswith("# yaml-language-server: $schema=../../schemas/campaign-v1.schema.json\n")
    assert "campaign: first\n" in text
    assert "NAME" not in text
    checked = run("validate", "--strict", "first")
    assert checked.exit_code == 0, checked.output
    assert set(checked.stdout.splitlines()) == {"no findings"}
    assert run("compile", "first").exit_code == 0


def test_the_schema_is_offered_only_where_it_is_absent(root: Path) -> None:
    assert "cmcompile schema campaign >" in run("new", "first").stdout
    (root / "schemas").mkdir()
    (root / "schemas/campaign-v1.schema.json").write_text("{}")
    assert "schema" not in run("new", "second").stdout


def test_nothing_is_overwritten(root: Path) -> None:
    run("new", "first")
    (root / "campaigns/first/campaign.yaml").write_text("mine\n")
    result = run("new", "first")
    assert result.exit_code == 1
    assert "is there already" in result.stderr
    assert text_of(root, "first") == "mine\n"


@pytest.mark.parametrize("name", ["a b", "../x", "", "a/b", ".git", "a\nb"])
def test_names_that_are_not_possible(root: Path, name: str) -> None:
    result = run("new", "--", name)
    assert result.exit_code == 64
    assert list((root / "campaigns").iterdir()) == []


def test_a_library_of_cmcompile_is_copied_with_what_it_extends(root: Path) -> None:
    result = run("new", "nv-20250424", "--from", "library/nightly", *NIGHT)
    assert result.exit_code == 0, result.output
    names = ["environments.yaml", "nightly.yaml", "sites.yaml"]
    assert sorted(p.name for p in (root / "campaigns/library").iterdir()) == names
    text = text_of(root, "nv-20250424")
    assert "extends: [../library/nightly.yaml]\n" in text
    assert "ticket: DM-7\n" in text
    assert "  night: 20250424 " in text
    assert "# the night to process" in text
    assert "  # repo: /repo/embargo+sasquatch_dev " in text
    checked = run("validate", "--strict")
    assert checked.exit_code == 0, checked.output


def test_a_library_of_the_repository_is_left_as_it_is(root: Path) -> None:
    shutil.copytree(ROOT / "campaigns/library", root / "campaigns/library")
    mine = root / "campaigns/library/nightly.yaml"
    mine.write_text(mine.read_text().replace("\nvars:\n", "\nvars:\n  mine: 1\n"))
    before = mine.read_text()
    result = run("new", "n", "--from", "library/nightly", *NIGHT, "--set", "mine=2")
    assert result.exit_code == 0, result.output
    assert [line for line in result.stdout.splitlines() if line.startswith("made")] == [
        "made campaigns/n/campaign.yaml"
    ]
    assert mine.read_text() == before
    assert "  mine: 2\n" in text_of(root, "n")


def test_missing_params_are_named(root: Path) -> None:
    result = run("new", "n", "--from", "library/nightly", "--set", "night=20250424")
    assert result.exit_code == 64
    assert "--set release=… (the stack" in result.stderr
    assert "--set ticket=…" in result.stderr
    assert "--set night" not in result.stderr
    assert not (root / "campaigns/n").exists()


def test_missing_params_are_asked_for_on_a_terminal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "on_terminal", lambda: True)
    result = run(
        "new", "n", "--from", "library/nightly", "--set", "night=20250424", answers="DM-8\nw_2025_19\n"
    )
    assert result.exit_code == 0, result.output
    assert "release (the stack" in result.stdout
    assert "ticket: DM-8\n" in text_of(root, "n")
    assert "  release: w_2025_19 " in text_of(root, "n")


def test_a_value_that_does_not_fit_writes_nothing(root: Path) -> None:
    result = run("new", "n", "--from", "library/nightly", *NIGHT[2:], "--set", "night=2025")
    assert result.exit_code == 1
    assert "CM025" in result.stderr
    assert "night: 2025" in result.stderr
    assert list((root / "campaigns").iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["nigt=20250424"], "did you mean night?"),
        (["night"], "write VAR=VALUE"),
        (["night=1", "night=2"], "given twice"),
    ],
)
def test_settings_that_can_not_be(root: Path, settings: list[str], said: str) -> None:
    options = [word for text in settings for word in ("--set", text)]
    result = run("new", "n", "--from", "library/nightly", *options)
    assert result.exit_code == 64
    assert said in result.stderr


def test_settings_need_something_to_start_from(root: Path) -> None:
    assert run("new", "n", "--set", "a=1").exit_code == 64


def test_an_unknown_library(root: Path) -> None:
    result = run("new", "n", "--from", "library/nothing")
    assert result.exit_code == 1
    assert "library/nightly" in result.stderr


SOURCE = """\
# A campaign of last year.
cmcompile: 1
campaign: old      # the name
ticket: DM-1
lists: {visits: {file: lists/visits.txt}}
vars:
  release: "w_1"   # the stack
where: instrument='HSC'
inputs: [HSC/raw]
collect: HSC/runs/${{ ticket }}
bps:
  pipelineYaml: /p/x.yaml
  payload: {butlerConfig: /repo/main}
  includeConfigs: [include/a.yaml]
  campaign: "${{ release }}"
steps:
  step1:
    # by visit
    split:
    - {by: visit, list: visits, size: 2}
    collect: ${{ campaign.collect }}/${{ step.name }}
"""


@pytest.fixture
def old(root: Path) -> Path:
    folder = root / "campaigns/old"
    for path, text in {
        "campaign.yaml": SOURCE,
        "lists/visits.txt": "1\n2\n3\n",
        "include/a.yaml": "requestMemory: 1\n",
        "decisions.yaml": "[]\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_a_copy_keeps_comments_and_brings_its_files(root: Path, old: Path) -> None:
    result = run("new", "next", "--from", "old", "--set", "release=w_2", "--set", "ticket=DM-2")
    assert result.exit_code == 0, result.output
    text = text_of(root, "next")
    head, rest = text.split("\n", 1)
    assert head.startswith("# yaml-language-server: ")
    changed = SOURCE.replace("campaign: old      #", "campaign: next     #").replace("DM-1", "DM-2")
    assert rest.split() == changed.replace("w_1", "w_2").split()
    files = sorted(
        p.relative_to(root / "campaigns/next").as_posix() for p in (root / "campaigns/next").rglob("*.*")
    )
    assert files == ["campaign.yaml", "include/a.yaml", "lists/visits.txt"]
    assert "attention" not in result.stderr
    assert text_of(root, "old") == SOURCE
    assert run("validate", "next").exit_code == 0


def test_a_copy_that_writes_the_same_collections_is_told_so(root: Path, old: Path) -> None:
    result = run("new", "next", "--from", "campaigns/old")
    assert result.exit_code == 0
    assert "it writes the same collections as old: HSC/runs/DM-1/step1/1" in result.stderr


def test_a_copy_refuses_vars_that_nothing_uses(root: Path, old: Path) -> None:
    result = run("new", "next", "--from", "old", "--set", "relase=w_2")
    assert result.exit_code == 64
    assert "did you mean release?" in result.stderr


def test_a_copy_of_nothing(root: Path) -> None:
    result = run("new", "next", "--from", "nothing")
    assert result.exit_code == 1
    assert "no campaign is at 'nothing'" in result.stderr
