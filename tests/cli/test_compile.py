"""``cmcompile compile``: what is written, what is said, how it ends."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from cmcompile.cli.main import cli

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"

SPEC = """\
cmcompile: 1
campaign: small
where: instrument='A' and skymap='S'
bps:
  pipelineYaml: ${DRP_PIPE_DIR}/p.yaml#${{ step.name }}
  includeConfigs: [queues.yaml]
  payload: {butlerConfig: /repo/main, inCollection: raw, output: "u/small/${{ group.id }}"}
steps:
  step1: {split: [{by: tract, values: 1..3}]}
  step2: {split: [{by: tract, values: [7]}]}
"""
BROKEN = SPEC.replace("1..3", "[]")
#: What the compiler alone can see: two groups take tract 2.
LEAKING = SPEC.replace("values: 1..3", "values: 1..3, where: 'tract in (2, ${{ value }})'")
WARNING = SPEC.replace("output: ", "outputs: ")
FILES = {f"step1/{name}.yaml" for name in ("1", "2", "3", "queues")} | {"step2/7.yaml", "step2/queues.yaml"}
NAMES = ("small", "campaigns/small", "campaigns/small/campaign.yaml", "{}/campaigns/small")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "campaigns/small"
    folder.mkdir(parents=True)
    (folder / "campaign.yaml").write_text(SPEC)
    (folder / "queues.yaml").write_text("queue: big\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(repository: Path, text: str) -> None:
    (repository / "campaigns/small/campaign.yaml").write_text(text)


def run(*args: str) -> Result:
    result = CliRunner().invoke(cli, ["compile", *args])
    assert "Traceback" not in result.output
    return result


def lying(out: Path) -> set[str]:
    return {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}


def checked(schema: str, content: Any) -> Any:
    Draft202012Validator(json.loads((SCHEMAS / schema).read_text())).validate(content)
    return content


@pytest.mark.parametrize("name", NAMES)
def test_files_go_to_build(repository: Path, name: str) -> None:
    result = run(name.format(repository))
    assert result.exit_code == 0
    assert lying(repository / "build/small") == FILES | {"manifest.json"}
    assert result.stdout.splitlines() == [
        "small: 4 groups in 2 steps, 2 include files → build/small",
        "  6 new, 0 changed, 0 unchanged",
    ]


def test_the_folder_is_found_from_below(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "campaigns/small")
    assert run("small").exit_code == 0
    assert (repository / "build/small/manifest.json").is_file()


def test_compiling_again_touches_nothing(repository: Path) -> None:
    run("small")
    out = repository / "build/small"
    before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in out.rglob("*")}
    result = run("small")
    assert "0 new, 0 changed, 6 unchanged" in result.stdout
    assert {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in out.rglob("*")} == before


def test_the_manifest_is_what_its_schema_says(repository: Path) -> None:
    run("small")
    out = repository / "build/small"
    about = checked("manifest-v1.schema.json", json.loads((out / "manifest.json").read_bytes()))
    assert set(about["outputs"]) == FILES
    assert set(about["inputs"]) == {"campaigns/small/campaign.yaml", "campaigns/small/queues.yaml"}
    edit(repository, SPEC.replace("1..3", "1..2"))
    run("small")
    about = checked("manifest-v1.schema.json", json.loads((out / "manifest.json").read_bytes()))
    assert set(about["outputs"]) == FILES


def test_stale_files_are_told_and_pruned(repository: Path) -> None:
    run("small")
    (repository / "build/small/mine.txt").write_text("x")
    edit(repository, SPEC.replace("1..3", "1..2"))
    result = run("small")
    assert result.exit_code == 0
    assert "1 file that no group makes any more (--prune removes them): step1/3.yaml" in result.stdout
    assert "1 not made by cmcompile, left alone: mine.txt" in result.stdout
    assert "step1/3.yaml" in lying(repository / "build/small")
    result = run("small", "--prune")
    assert "0 new, 0 changed, 5 unchanged, 1 removed" in result.stdout
    assert lying(repository / "build/small") == FILES - {"step1/3.yaml"} | {"manifest.json", "mine.txt"}


def test_json_tells_the_same(repository: Path) -> None:
    run("small")
    edit(repository, SPEC.replace("1..3", "2..4").replace("raw", "raw2"))
    told = json.loads(run("small", "--format", "json", "--prune").stdout)
    assert told == {
        "format": 1,
        "campaign": "small",
        "output": str(repository / "build/small"),
        "groups": 4,
        "new": ["step1/4.yaml"],
        "changed": ["step1/2.yaml", "step1/3.yaml", "step2/7.yaml"],
        "unchanged": 2,
        "stale": ["step1/1.yaml"],
        "removed": ["step1/1.yaml"],
        "strange": [],
    }


def test_the_output_can_be_elsewhere(repository: Path) -> None:
    result = run("small", "-o", "out/x")
    assert result.exit_code == 0
    assert lying(repository / "out/x") == FILES | {"manifest.json"}
    assert not (repository / "build").exists()


def test_a_folder_that_is_not_ours_is_refused(repository: Path) -> None:
    (repository / "thesis").mkdir()
    (repository / "thesis/a.tex").write_text("x")
    result = run("small", "-o", "thesis", "--prune")
    assert result.exit_code == 1
    assert result.stderr.startswith("cmcompile: error: thesis holds files and no manifest.json")
    assert lying(repository / "thesis") == {"a.tex"}
    assert run("small", "-o", "thesis/a.tex").exit_code == 1


def test_a_folder_of_another_campaign_is_refused(repository: Path) -> None:
    run("small", "-o", "out")
    other = repository / "campaigns/other"
    other.mkdir()
    (other / "campaign.yaml").write_text(SPEC.replace("small", "other"))
    (other / "queues.yaml").write_text("queue: big\n")
    result = run("other", "-o", "out", "--prune")
    assert result.exit_code == 1
    assert "out holds the campaign small" in result.stderr
    assert lying(repository / "out") == FILES | {"manifest.json"}


@pytest.mark.parametrize("text", [BROKEN, LEAKING, "cmcompile: 1\n", "a: [", "stpes: {}\ncampaign: small\n"])
@pytest.mark.parametrize("format_", ["text", "json"])
def test_with_errors_nothing_is_written(repository: Path, text: str, format_: str) -> None:
    run("small")
    before = {p: p.read_bytes() for p in (repository / "build").rglob("*") if p.is_file()}
    edit(repository, text)
    result = run("small", "--prune", "--format", format_)
    assert result.exit_code == 1
    assert {p: p.read_bytes() for p in (repository / "build").rglob("*") if p.is_file()} == before
    assert run("small", "-o", "new", "--format", format_).exit_code == 1
    assert not (repository / "new").exists()
    if format_ == "json":
        told = checked("diagnostics-v1.schema.json", json.loads(result.stdout))
        assert told["summary"]["error"] >= 1
    else:
        assert result.stdout == ""
        assert "campaigns/small/campaign.yaml:" in result.stderr
        assert " error CM" in result.stderr


def test_an_allowed_error_does_not_stop(repository: Path) -> None:
    edit(repository, LEAKING.replace("steps:\n", "allow: {CM041: it was run so}\nsteps:\n"))
    assert run("small").exit_code == 0
    assert "CM041" in run("small", "--show-allowed").stderr


def test_warnings_are_said_and_notes_are_counted(repository: Path) -> None:
    edit(repository, WARNING.replace("values: 1..3", "values: 1..3, limit: 2"))
    result = run("small")
    assert result.exit_code == 0
    assert "warning CM109" in result.stderr
    assert "CM045" not in result.stderr
    assert "1 note: `cmcompile validate small` shows them" in result.stderr
    assert result.stdout.startswith("small: 3 groups")


def test_an_unknown_campaign(repository: Path) -> None:
    result = run("smal")
    assert result.exit_code == 1
    assert "'smal'" in result.stderr
    assert "small" in result.stderr
    assert run().exit_code == 64


def test_a_file_in_the_way_is_named_and_nothing_is_written(repository: Path) -> None:
    run("small")
    edit(repository, SPEC.replace("raw", "raw2") + "  step3: {split: [{by: tract, values: [1]}]}\n")
    (repository / "build/small/step3").write_text("mine")
    before = {p: p.read_bytes() for p in (repository / "build").rglob("*") if p.is_file()}
    result = run("small")
    assert result.exit_code == 1
    assert "build/small/step3 is a file, and a folder must be there" in result.stderr
    assert {p: p.read_bytes() for p in (repository / "build").rglob("*") if p.is_file()} == before


def test_a_full_disk_is_told_without_a_traceback(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        result = run("small")
    assert result.exit_code == 1
    assert "can't be written: No space left on device" in result.stderr
    assert run("small").exit_code == 0


def test_the_same_bytes_wherever_it_lies(repository: Path, tmp_path_factory: pytest.TempPathFactory,
                                         monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    run("small")
    other = tmp_path_factory.mktemp("elsewhere")
    (other / ".git").mkdir()
    (repository / "campaigns").rename(other / "campaigns")
    monkeypatch.chdir(other)
    run("small")
    one, two = (base / "build/small" for base in (repository, other))
    assert {p: (one / p).read_bytes() for p in lying(one)} == {p: (two / p).read_bytes() for p in lying(two)}
