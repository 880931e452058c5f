"""A repository of campaigns is made whole, checked by its own hooks, and never overwritten."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from cmcompile.cli.main import cli

CMCOMPILE = Path(sys.executable).parent / "cmcompile"


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


def git(root: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def contents(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in found if ".git" not in p.parts}


@pytest.fixture
def team(tmp_path: Path) -> Path:
    root = tmp_path / "team"
    assert run("init", str(root)).exit_code == 0
    return root


def test_it_says_what_it_made_and_what_comes_next(tmp_path: Path) -> None:
    root = tmp_path / "team"
    said = run("init", str(root)).output
    listed = set(re.findall(r"^made (.+)$", said, re.MULTILINE))
    assert listed == set(contents(root))
    next_ = said[said.index("next:") :].splitlines()
    assert next_[:3] == ["next:", f"  cd {root}", "  cmcompile new my-campaign"]
    assert git(root, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert contents(root)["README.md"].startswith(b"# team\n")


def test_a_new_campaign_in_it_is_valid(team: Path) -> None:
    subprocess.run([CMCOMPILE, "new", "mine"], cwd=team, check=True, capture_output=True)
    done = subprocess.run([CMCOMPILE, "validate", "--strict"], cwd=team, check=False, capture_output=True)
    assert (done.returncode, done.stdout.decode()) == (0, "no findings\n")
    assert not subprocess.run(
        [CMCOMPILE, "compile", "mine"], cwd=team, check=True, capture_output=True
    ).stderr
    assert "build" not in git(team, "status", "--porcelain", "--untracked-files=all")


def test_what_is_there_is_kept(team: Path) -> None:
    (team / "README.md").write_text("ours\n")
    (team / "schemas/policy-v1.schema.json").unlink()
    before = contents(team)
    said = run("init", str(team))
    assert said.exit_code == 0
    assert "made schemas/policy-v1.schema.json\nkept README.md, which was there\n" in said.output
    after = contents(team)
    assert after.pop("schemas/policy-v1.schema.json")
    assert after == before
    assert run("init", str(team)).output.endswith("all of it was there already\n")


def test_without_a_forge_there_is_no_file_of_one(tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "team"), "--forge", "none").exit_code == 0
    assert not [path for path in contents(tmp_path / "team") if path.startswith(".github")]


def test_what_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team/schemas").write_text("a file in the way")
    done = run("init", str(tmp_path / "team"))
    assert done.exit_code == 1
    assert "can't be made" in done.output


def test_the_check_before_a_commit_stops_a_campaign_with_an_error(team: Path) -> None:
    config = yaml.safe_load((team / ".pre-commit-config.yaml").read_text())
    (hook,) = config["repos"][0]["hooks"]
    subprocess.run([CMCOMPILE, "new", "mine"], cwd=team, check=True, capture_output=True)
    spec = team / "campaigns/mine/campaign.yaml"
    assert re.search(hook["files"], "campaigns/mine/campaign.yaml")
    assert hook["pass_filenames"] is False
    command = hook["entry"].split()
    assert command[0] == "cmcompile"
    assert subprocess.run([CMCOMPILE, *command[1:]], cwd=team, check=False).returncode == 0
    spec.write_text(spec.read_text() + "stpes: {}\n")
    assert subprocess.run([CMCOMPILE, *command[1:]], cwd=team, check=False).returncode == 1


def test_the_hook_that_others_may_name_is_the_same() -> None:
    (shared,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text())
    template = Path(__file__).parents[2] / "cmcompile/init/template/pre-commit-config.yaml"
    (own,) = yaml.safe_load(template.read_text())["repos"][0]["hooks"]
    same = ("id", "name", "entry", "files", "pass_filenames")
    assert [shared[key] for key in same] == [own[key] for key in same]


def test_editors_find_a_schema_for_each_file(team: Path) -> None:
    settings = json.loads((team / ".vscode/settings.json").read_text())
    for path in settings["yaml.schemas"]:
        assert json.loads((team / path).read_text())["$schema"]


def test_a_quickstart_goes_into_it(tmp_path: Path, team: Path) -> None:
    pytest.importorskip("lsst.daf.butler")
    (team / "README.md").write_text("ours\n")
    args = ("quickstart", str(tmp_path / "sky"), "--visits", "2", "--detectors", "1", "--in", str(team))
    done = run(*args)
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "sky").iterdir()} == {"butler"}
    assert (team / "README.md").read_text() == "ours\n"
    assert str(team / "pipeline/quick.yaml") in (team / "campaigns/quickstart/campaign.yaml").read_text()
    again = run("quickstart", str(tmp_path / "other"), *args[2:])
    assert again.exit_code == 1
    assert "is there already, and nothing is overwritten" in again.output
    assert not (tmp_path / "other").exists()
    plain = tmp_path / "plain"
    plain.mkdir()
    refused = run(*args[:-1], str(plain))
    assert refused.exit_code == 1
