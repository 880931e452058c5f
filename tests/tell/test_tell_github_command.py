"""`cmcompile tell github`: what `cmcompile review` wrote is posted on a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from github_world import HEAD, OLD, REPOSITORY, TOKEN, GitHubWorld
from loopback import Clock, serving

from cmcompile.cli.main import cli

MARKER = "<!-- cmcompile:report:v1 -->"
REVIEW: dict[str, Any] = {
    "cmcompile": 1,
    "head": HEAD,
    "base": OLD,
    "statuses": [
        {"context": "cm/validate", "state": "success", "description": "no findings"},
        {"context": "cm/plan", "state": "failure", "description": "errors"},
    ],
    "comment": "comment.md",
    "sarif": "report.sarif",
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubWorld]:
    made = GitHubWorld(Clock())
    for name in ("CMCOMPILE_GITHUB_TOKEN", "GITHUB_REF", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    with serving(made) as address:
        monkeypatch.setenv("GITHUB_API_URL", address)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, REVIEW)
    (tmp_path / "comment.md").write_text(f"{MARKER}\n# A report\n")
    (tmp_path / "report.sarif").write_text('{"runs": []}')
    return tmp_path


def write(folder: Path, review: object) -> None:
    (folder / "review.json").write_text(json.dumps(review))


def tell(folder: Path, *args: str) -> Result:
    result = CliRunner().invoke(cli, ["tell", "github", "--from", str(folder), *args])
    assert "Traceback" not in result.output
    assert "internal error" not in result.output
    assert TOKEN not in result.output
    return result


def test_all_is_posted_once(world: GitHubWorld, folder: Path) -> None:
    result = tell(folder, "--pull", "7", "--sarif", "--url", "https://ci.test/1")
    assert result.output == (
        "comment: made https://forge.test/pull/7#c101\n"
        "cm/validate: success, made\n"
        "cm/plan: failure, made\n"
        "findings: handed in\n"
    )
    assert result.exit_code == 0
    assert {s["target_url"] for s in world.statuses} == {"https://ci.test/1"}
    again = tell(folder, "--pull", "7", "--url", "https://ci.test/1")
    assert again.output.count("same") == 3
    assert len(world.comments) == 1


def test_the_environment_of_a_job_is_enough(
    world: GitHubWorld, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REF", "refs/pull/7/merge")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://forge.test")
    monkeypatch.setenv("GITHUB_RUN_ID", "42")
    assert tell(folder).exit_code == 0
    assert world.statuses[0]["target_url"] == f"https://forge.test/{REPOSITORY}/actions/runs/42"


def test_a_pull_request_that_moved_on_is_left_alone(world: GitHubWorld, folder: Path) -> None:
    write(folder, {**REVIEW, "head": OLD})
    result = tell(folder, "--pull", "7")
    assert (result.exit_code, world.effects()) == (0, [])
    assert "nothing is posted: the report is about bbbbbbbbbbbb" in result.stderr


def test_one_part_that_fails_leaves_the_others_alone(world: GitHubWorld, folder: Path) -> None:
    world.comment(f"{MARKER} old")
    world.faults, world.only = ["403"], "PATCH"
    result = tell(folder, "--pull", "7")
    assert result.exit_code == 8
    assert result.stderr.startswith("cmcompile: warning: the comment: GitHub answers 403 to PATCH")
    assert len(world.statuses) == 2


@pytest.mark.parametrize(
    ("name", "value", "code", "said"),
    [
        ("GITHUB_TOKEN", "", 8, "set CMCOMPILE_GITHUB_TOKEN or GITHUB_TOKEN"),
        ("GITHUB_TOKEN", "other", 8, "answers 401"),
        ("GITHUB_REPOSITORY", "", 64, "--repository OWNER/NAME"),
        ("GITHUB_REPOSITORY", "a b", 1, "owner/name"),
        ("GITHUB_REPOSITORY", "no/such", 1, "404"),
        ("GITHUB_API_URL", "http://forge.test", 8, "without TLS"),
        ("GITHUB_API_URL", "https://127.0.0.1:9", 1, "gives no answer"),
    ],
)
def test_what_is_lacking_is_said(
    world: GitHubWorld,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    code: int,
    said: str,
) -> None:
    from cmcompile.ledger import clock

    monkeypatch.setattr(clock.SystemClock, "sleep", lambda self, seconds: None)
    monkeypatch.setenv(name, value)
    result = tell(folder, "--pull", "7")
    assert (result.exit_code, said in result.stderr) == (code, True), result.output
    assert world.effects() == []


def test_which_pull_request(world: GitHubWorld, folder: Path) -> None:
    assert tell(folder).exit_code == 64
    assert world.asked == []


@pytest.mark.parametrize(
    "review",
    [
        [],
        {**REVIEW, "cmcompile": 2},
        {**REVIEW, "head": ""},
        {**REVIEW, "head": "../" * 9},
        {**REVIEW, "comment": "../../etc/passwd"},
        {**REVIEW, "comment": "absent.md"},
        {**REVIEW, "comment": "link.md"},
        {**REVIEW, "sarif": "/etc/passwd"},
        {**REVIEW, "statuses": None},
        {**REVIEW, "statuses": REVIEW["statuses"] * 2},
        {**REVIEW, "statuses": [{"context": "security/review", "state": "success"}]},
        {**REVIEW, "statuses": [{"context": "cm/x", "state": "great"}]},
    ],
)
def test_a_folder_of_a_stranger_is_not_believed(world: GitHubWorld, folder: Path, review: object) -> None:
    (folder.parent / "secret").write_text("the secret of this machine")
    (folder / "link.md").symlink_to(folder.parent / "secret")
    write(folder, review)
    result = tell(folder, "--pull", "7")
    assert result.exit_code == 1, result.output
    assert len(result.stderr.splitlines()) == 1
    assert world.effects() == []


def test_a_folder_without_a_report(world: GitHubWorld, tmp_path: Path) -> None:
    result = tell(tmp_path, "--pull", "7")
    assert result.exit_code == 1
    assert "write it with `cmcompile review -o" in result.stderr
    assert world.effects() == []
