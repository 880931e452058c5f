"""`cmcompile import bps`: what it writes, refuses and says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from cmcompile.cli.main import cli
from cmcompile.spec.schema import schema_text

_FILE = """\
includeConfigs: [memory.yaml, "${{CTRL_BPS_DIR}}/site.yaml"]
pipelineYaml: "${{DRP_PIPE_DIR}}/DRP.yaml#step1"
project: night
payload:
  payloadName: runs
  output: runs/w_2024_10/DM-5001
  butlerConfig: /repo/main
  inCollection: raw/all
  dataQuery: "instrument='HSC' and visit >= {low} and visit <= {high}"
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["import", "bps", *args])


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "campaigns").mkdir()
    folder = tmp_path / "production/step1"
    folder.mkdir(parents=True)
    for n in range(1, 5):
        text = _FILE.format(low=n * 10, high=n * 10 + 9)
        (folder / f"group_{n}.yaml").write_text(text)
    (folder / "memory.yaml").write_text("pipetask: {isr: {requestMemory: 4096}}\n")
    (tmp_path / "visits.txt").write_text("".join(f"{i}\n" for i in range(10, 50)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spec(root: Path, name: str) -> dict[str, object]:
    found = yaml.safe_load((root / "campaigns" / name / "campaign.yaml").read_text())
    assert isinstance(found, dict)
    return found


def test_a_folder_becomes_a_campaign_that_compiles(root: Path) -> None:
    result = run("production", "-o", "campaigns/night", "--list", "visits=visits.txt")
    assert result.exit_code == 0, result.output
    assert "4 submit files are the same" in result.stderr
    assert (root / "campaigns/night/memory.yaml").read_text() == (
        root / "production/step1/memory.yaml"
    ).read_text()
    step = spec(root, "night")["steps"]
    assert isinstance(step, dict)
    assert step["step1"]["split"] == [
        {"by": "visit", "list": "visits", "size": 10, "where": "visit >= ${{ lo }} and visit <= ${{ hi }}"}
    ]
    done = CliRunner().invoke(cli, ["compile", "night", "-o", "out"])
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in (root / "out/step1").iterdir()) == [
        "group_1.yaml", "group_2.yaml", "group_3.yaml", "group_4.yaml", "memory.yaml",
    ]  # fmt: skip
    assert (
        "no difference in 4 groups"
        in CliRunner().invoke(cli, ["diff", "night", "--against", "production"]).output
    )


def test_what_a_dry_run_says_is_not_written(root: Path) -> None:
    result = run("production", "-o", "campaigns/night", "--dry-run")
    assert result.exit_code == 0
    assert "campaign: night" in result.stdout
    assert not list((root / "campaigns").iterdir())


def test_a_file_is_imported_with_what_it_includes(root: Path) -> None:
    result = run("production/step1/group_2.yaml", "-o", "campaigns/one")
    assert result.exit_code == 0, result.output
    assert "1 submit file is the same" in result.stderr
    assert (root / "campaigns/one/memory.yaml").is_file()


def test_a_campaign_is_replaced_on_demand_only_and_never_one_in_use(root: Path) -> None:
    assert run("production", "-o", "campaigns/night").exit_code == 0
    (root / "campaigns/night/own.txt").write_text("mine\n")
    before = (root / "campaigns/night/campaign.yaml").read_bytes()
    again = run("production", "-o", "campaigns/night", "--list", "visits=visits.txt")
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert (root / "campaigns/night/campaign.yaml").read_bytes() == before
    forced = run("production", "-o", "campaigns/night", "--list", "visits=visits.txt", "--force")
    assert forced.exit_code == 0
    assert (root / "campaigns/night/campaign.yaml").read_bytes() != before
    assert [p.name for p in (root / "campaigns").iterdir()] == ["night"]
    (root / "campaigns/night/decisions.yaml").write_text("[]\n")
    used = run("production", "-o", "campaigns/night", "--force")
    assert used.exit_code == 1
    assert "has decisions" in used.stderr


@pytest.mark.parametrize("place", ["write_bytes", "rename"])
def test_a_disk_that_is_full_leaves_what_was_there(
    root: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    assert run("production", "-o", "campaigns/night").exit_code == 0
    before = (root / "campaigns/night/campaign.yaml").read_bytes()
    real: Callable[..., object] = getattr(Path, place)

    def full(self: Path, *args: object) -> object:
        if self.name in ("memory.yaml", "new"):
            raise OSError(28, "No space left on device")
        return real(self, *args)

    monkeypatch.setattr(Path, place, full)
    result = run("production", "-o", "campaigns/night", "--force", "--list", "visits=visits.txt")
    assert result.exit_code == 1
    assert "No space left" in result.stderr
    assert (root / "campaigns/night/campaign.yaml").read_bytes() == before
    assert [p.name for p in (root / "campaigns").iterdir()] == ["night"]


def test_an_interrupt_leaves_what_was_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("production", "-o", "campaigns/night").exit_code == 0
    before = (root / "campaigns/night/campaign.yaml").read_bytes()
    real = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    assert run("production", "-o", "campaigns/night", "--force").exit_code != 0
    assert (root / "campaigns/night/campaign.yaml").read_bytes() == before
    assert [p.name for p in (root / "campaigns").iterdir()] == ["night"]


def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "production/step2").mkdir()
    real = os.scandir

    def refused(path: str) -> object:
        if str(path).endswith("step2"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refused)
    result = run("production", "-o", "campaigns/night")
    assert result.exit_code == 1
    assert "step2: Permission denied" in result.stderr
    assert not list((root / "campaigns").iterdir())


def test_a_folder_of_many_files_is_looked_at_once_and_a_hidden_one_never(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "production/step1/.git/objects").mkdir(parents=True)
    seen: list[str] = []
    real = os.scandir

    def counted(path: str) -> object:
        seen.append(Path(str(path)).name)
        return real(path)

    monkeypatch.setattr(os, "scandir", counted)
    files = [f"production/step1/group_{n}.yaml" for n in range(1, 5)]
    assert run(*files, "-o", "campaigns/night").exit_code == 0
    assert seen.count("step1") == 1
    assert ".git" not in seen


def test_a_campaign_is_named_after_its_folder_dots_included(root: Path) -> None:
    (root / "production").rename(root / "w_2024.10")
    assert run("w_2024.10").exit_code == 0
    assert [p.name for p in (root / "campaigns").iterdir()] == ["w_2024.10"]


def test_the_document_follows_its_schema(root: Path) -> None:
    (root / "production/step1/group_2.yaml").unlink()
    (root / "production/notes.yaml").write_text("a: note\n")
    result = run("production", "-o", "campaigns/night", "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    jsonschema.Draft202012Validator(json.loads(schema_text("import"))).validate(found)
    assert (found["compared"], found["written"]) == (3, True)
    assert found["steps"][0]["groups"] == 3
    sorts = {note["sort"] for note in found["notes"]}
    assert {"to do", "left out"} <= sorts


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["nowhere"], 64, "does not exist"),
        (["production", "-o", "a/b/c"], 64, "write campaigns/NAME"),
        (["production", "--list", "visits"], 64, "write NAME=FILE"),
        (["production", "--list", "visits=absent.txt"], 1, "absent.txt"),
        (["production", "--list", "visits=visits.txt:no name"], 64, "no names of columns"),
        (["production", "--list", "visits=visits.txt:a,b"], 1, "visits.txt"),
        (["production", *["--list", "visits=visits.txt"] * 2], 64, "two have one name"),
        (["production", "--leave-out", "*.txt"], 64, "no file is meant"),
        (["production", "--leave-out", "*.yaml"], 1, "there is no BPS submit file"),
    ],
)
def test_what_is_asked_wrongly_is_answered(root: Path, args: list[str], code: int, says: str) -> None:
    result = run(*args)
    assert result.exit_code == code, result.output
    assert says in result.stderr
    assert not list((root / "campaigns").iterdir())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("payload: [1\n", "group_1.yaml"),
        ("payload: {}\nincludeConfigs: absent.yaml\n", "absent.yaml, which is not there"),
        ("payload: {}\nincludeConfigs: memory.yaml\nextra+: [1]\n", "'extra+' ends with"),
        ("payload: {}\nincludeConfigs: loop.yaml\n", "includes itself"),
        ("payload: !include x.yaml\n", "group_1.yaml"),
        ("payload: {a: " + "[" * 2000 + "]" * 2000 + "}\n", "group_1.yaml"),
    ],
)
def test_what_bps_could_not_read_is_refused_with_its_place(root: Path, text: str, says: str) -> None:
    (root / "production/step1/group_1.yaml").write_text(text)
    (root / "production/step1/loop.yaml").write_text("includeConfigs: loop.yaml\n")
    result = run("production", "-o", "campaigns/night")
    assert result.exit_code == 1, result.output
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert not list((root / "campaigns").iterdir())


def test_odd_values_are_imported_as_bps_reads_them_and_named(root: Path) -> None:
    path = root / "production/step1/group_3.yaml"
    path.write_text(path.read_text() + "requestMemory: 010\nproject: twice\non: yes\n")
    result = run("production", "-o", "campaigns/night", "--list", "visits=visits.txt")
    assert result.exit_code == 0, result.output
    assert "group_3.yaml" in result.stderr
    CliRunner().invoke(cli, ["compile", "night", "-o", "out"])
    made = yaml.safe_load((root / "out/step1/group_3.yaml").read_text())
    assert (made["requestMemory"], made["project"]) == (8, "twice")


def test_a_message_has_no_signs_of_a_terminal(root: Path) -> None:
    path = root / "production/step1/group_1.yaml"
    path.write_text(path.read_text().replace("project: night", 'project: "a\\e[31mb"'))
    result = run("production", "-o", "campaigns/night")
    assert "\x1b" not in result.output
