"""The campaign of the quickstart compiles without a finding, and its groups hold what was observed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from cmcompile.cli.main import cli
from cmcompile.quickstart.files import clone_files
from cmcompile.quickstart.sky import Sky


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, [*args])


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for the files of a clone; commands are run there."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(clone: Path, sky: Sky, groups: int) -> None:
    for path, data in clone_files(sky, groups, Path("/home/ann/quick")).items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_bytes(data)


def groups_of(step: str) -> dict[str, dict[str, tuple[int, int, int]]]:
    """Return what each group holds: the lowest id of a dimension, the highest, and how many."""
    listed = run("list", f"quickstart/{step}", "--format", "json")
    assert listed.exit_code == 0, listed.output
    return {
        row["id"]: {name: (held["lo"], held["hi"], held["count"]) for name, held in row["ids"].items()}
        for row in json.loads(listed.output)["rows"]
    }


@pytest.mark.parametrize(("visits", "detectors", "groups"), [(8, 4, 2), (1, 1, 1), (104, 4, 8), (7, 9, 3)])
def test_it_has_no_finding(visits: int, detectors: int, groups: int, clone: Path) -> None:
    written(clone, Sky(visits, detectors, 0), groups)
    validated = run("validate", "quickstart", "--strict")
    assert (validated.exit_code, validated.output) == (0, "no findings\n")


def test_its_groups_hold_what_was_observed(clone: Path) -> None:
    written(clone, Sky(8, 4, 1), 2)
    visits = {"1": {"visit": (1001, 1004, 4)}, "2": {"visit": (1005, 1008, 4)}}
    assert groups_of("step1") == groups_of("step2") == visits
    assert groups_of("step3") == {"1": {"tract": (1, 1, 1)}, "2": {"tract": (2, 2, 1)}}
    assert groups_of("step4") == {"all": {}}


def test_it_can_be_made_large(clone: Path) -> None:
    written(clone, Sky(104, 4, 0), 8)
    found = groups_of("step1")
    assert len(found) == 8
    assert found["8"] == {"visit": (1092, 1104, 13)}


def test_it_goes_to_the_engine_of_this_machine(clone: Path) -> None:
    written(clone, Sky(8, 4, 1), 2)
    assert run("compile", "quickstart").exit_code == 0
    file: dict[str, Any] = yaml.safe_load((clone / "build/quickstart/step1/1.yaml").read_bytes())
    assert file["wmsServiceClass"] == "cmcompile.engine.service.EngineService"
    assert file["runsHome"] == "/home/ann/quick/runs"
    assert file["payload"]["butlerConfig"] == "/home/ann/quick/butler"
    assert file["pipelineYaml"] == "/home/ann/quick/clone/pipeline/quick.yaml#step1"


def test_help() -> None:
    told = run("quickstart", "--help")
    assert told.exit_code == 0
    for word in ("DIR", "--visits", "--detectors", "--groups", "--failing", "Nothing is overwritten"):
        assert word in told.output


def test_more_groups_than_visits_are_refused(clone: Path) -> None:
    refused = run("quickstart", str(clone / "x"), "--visits", "2", "--groups", "3")
    assert refused.exit_code == 64
    assert "there are only 2 visits" in refused.output
    assert not (clone / "x").exists()
