"""`cmcompile changes`, on real repositories."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from jsonschema import Draft202012Validator
from ledger_builder import git
from ledger_world import ENDED, SENT, World, commit, failed, make_world, run, write
from syrupy.assertion import SnapshotAssertion

from cmcompile.model.event import Accepted, Subject
from cmcompile.spec.decisions import load_decisions
from cmcompile.spec.files import WorkingTree

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas/changes-v1.schema.json").read_text(encoding="utf-8"))
#: What a decision that an event of these ledgers does not name looks like in a file.
DECISIONS = """\
- {accept: step1/1@w00, by: ann, at: "2026-11-20T08:00:00Z", because: good}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a ledger of 18 commits, an hour apart from 2026-11-01T00:00 on."""
    world = make_world(tmp_path_factory.mktemp("changes"))
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *ENDED["partial"])
    world.happened("3", *SENT, "unknown")
    world.builder.commits.append(
        {"status.json": json.dumps({"campaigns": [{
            "groups": {"total": 6, "accepted": 1}, "needs_person": 2, "steps": [{"step": "step1"}],
        }]}).encode()}
    )  # fmt: skip
    return world.published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def git_with(root: Path, variables: dict[str, str], *args: str) -> str:
    env = {**os.environ, **variables}
    return subprocess.run(
        ["git", "-C", str(root), *args], env=env, check=True, capture_output=True, text=True
    ).stdout.strip()


def document(result: Result) -> Any:
    return json.loads(result.stdout)


def closed(node: object) -> object:
    """Return a schema that lets no other key through, so that a key without a description is seen."""
    if isinstance(node, list):
        return [closed(x) for x in node]
    if not isinstance(node, dict):
        return node
    done = {key: closed(value) for key, value in node.items()}
    return {**done, "additionalProperties": False} if "properties" in done else done


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("since", ["2026-01-01", "~7", "2026-11-01T10:00"])
def test_the_document_is_as_its_schema_says(since: str) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    result = run("changes", "c", "--since", since, "--format", "json")
    assert result.exit_code == 0
    found = document(result)
    assert list(Draft202012Validator(closed(SCHEMA)).iter_errors(found)) == []  # type: ignore[arg-type]
    assert found["nothing"] is False
    assert found["words"]


def test_every_key_of_the_schema_is_described() -> None:
    for each in (SCHEMA, *SCHEMA["$defs"].values()):
        for key, told in each["properties"].items():
            assert told["description"].endswith("."), key


@pytest.mark.usefixtures("world")
def test_since_before_the_ledger_all_is_new() -> None:
    result = run("changes", "c", "--since", "2026-01-01", "--until", "~1")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["c: what changed", "from before there was a ledger"]
    assert lines[4:] == [
        "- step1 began: 1 group ended in part, 1 group succeeded, 3 groups sent, 7 more quanta missing, "
        "44.4 core hours measured",
        "- 7 new failures of isr in step1: a kind not seen before",
    ]


@pytest.mark.usefixtures("world")
def test_a_span_tells_what_happened_in_it_only() -> None:
    found = document(run("changes", "c", "--since", "~8", "--until", "~6", "--format", "json"))
    (step,) = found["steps"]
    assert step["moved"]["partial"]["entered"] == ["2"]
    assert step["began"] is False
    assert [f["task"] for f in found["failures"]] == ["isr"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("moment", ["~0", "1s", "HEAD"])
def test_up_to_now_from_now_nothing_changed(moment: str) -> None:
    result = run("changes", "c", "--since", moment)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "c: nothing changed"
    assert len(result.stdout.splitlines()) == 3


@pytest.mark.usefixtures("world")
def test_all_formats_say_the_same() -> None:
    words = document(run("changes", "c", "--since", "~9", "--format", "json"))["words"]
    text = run("changes", "c", "--since", "~9", "--all").stdout
    page = run("changes", "c", "--since", "~9", "--format", "markdown").stdout
    assert page.startswith("# `c`: what changed\n")
    for line in words:
        assert f"- {line}\n" in text
        assert f"- {line}\n" in page.replace("`", "")


@pytest.mark.usefixtures("world")
def test_a_revision_means_the_time_of_its_commit(world: World) -> None:
    git(world.root, "tag", "old", "HEAD")
    env = {"GIT_COMMITTER_DATE": "2026-11-01T06:30:00Z"}
    made = git_with(world.root, env, "commit-tree", "HEAD^{tree}", "-m", "then")
    git(world.root, "tag", "then", made)
    by_tag = document(run("changes", "c", "--since", "then", "--format", "json"))
    by_time = document(run("changes", "c", "--since", "2026-11-01T06:30", "--format", "json"))
    assert by_tag == by_time
    assert by_tag["from"]["at"] == "2026-11-01T06:00:00Z"


@pytest.mark.usefixtures("world")
def test_what_is_no_moment_is_refused() -> None:
    assert "how long ago (2d)" in failed("changes", "c", "--since", "yesterday")
    assert "no such date" in failed("changes", "c", "--since", "2026-13-01")
    assert "too long ago" in failed("changes", "c", "--since", "999999999d")
    result = run("changes", "c", "--since", "~1", "--until", "~5")
    assert result.exit_code == 64
    assert "--since is after --until" in result.stderr
    assert run("changes", "c").exit_code == 64


def test_a_clone_without_the_history_says_so(
    made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = git(made.root, "remote", "get-url", "origin")
    git(tmp_path, "clone", "--quiet", "--depth=1", remote, "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    result = run("changes", "c", "--since", "2026-11-01T06:00")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the history that is there begins with" in result.stderr
    assert "git fetch --unshallow" in result.stderr
    assert run("changes", "c", "--since", "~0").exit_code == 0


def test_without_a_ledger_there_is_nothing_to_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    assert "has no ledger yet" in failed("changes", "c", "--since", "1d")


def test_who_decided_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path)
    write(world.root, "campaigns/c/decisions.yaml", DECISIONS)
    commit(world.root)
    (decision,), _ = load_decisions(WorkingTree(world.root), "campaigns/c/campaign.yaml")
    world.happened("1", *ENDED["succeeded"])
    head = git(world.root, "rev-parse", "HEAD")
    judged = replace(world.builder.make("1", head), subject=Subject("step1", "1"), claim_id="")
    files = world.builder.event(judged, Accepted(("1@w00",), "good"))
    files = {
        path: json.dumps({**json.loads(data or b""), "decision": decision.id}).encode()
        for path, data in files.items()
    }
    world.builder.commits.append(files)
    world.published()
    monkeypatch.chdir(world.root)
    result = run("changes", "c", "--since", "~1")
    assert "- step1: 1 group accepted\n" in result.stdout
    assert "- accept of step1/1, decided by ann: good\n" in result.stdout


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("format_", ["text", "markdown", "json"])
def test_it_looks_as_reviewed(format_: str, snapshot: SnapshotAssertion) -> None:
    result = run("changes", "c", "--since", "~14", "--format", format_)
    text = re.sub(r"[0-9a-f]{40}|\b[0-9a-f]{12}\b", "COMMIT", result.stdout)
    assert re.sub(r" \(\d+ d ago\)", " (… ago)", text) == snapshot
