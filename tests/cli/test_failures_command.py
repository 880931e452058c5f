"""`cmcompile failures` in real repositories, and `cmcompile policy test`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ledger_world import ENDED, SENT, SPEC, World, failed, make_world, read_json, run, write

ROOT = Path(__file__).parents[2]
DEFAULT = "campaigns/library/policies/default.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a ledger in which groups 2 and 3 have failures, and a rescue of 2 has them again; read only."""
    world = make_world(tmp_path_factory.mktemp("failures"), d=SPEC.replace("campaign: c", "campaign: d"))
    write(world.root, DEFAULT, (ROOT / DEFAULT).read_text(encoding="utf-8"))
    world.happened("1", *ENDED["succeeded"]).happened("2", *ENDED["partial"])
    world.happened("3", *ENDED["failed"]).happened("4", *SENT)
    return world.happened("memory.2", *ENDED["partial"], covers="2").published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


@pytest.mark.usefixtures("world")
def test_failures_are_sorted_by_a_policy() -> None:
    result = run("failures", "c", "--policy", "default")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "c: 414 failures in 4 workflows"
    names = ["class", "task", "site", "rule", "failed", "open", "groups", "first", "last", "trend"]
    assert lines[2].lower().split() == names
    # The rescue and group 2 have the same quanta, and group 3 has these among its own.
    assert lines[3].split()[:7] == ["memory", "isr", "-", "python-memory", "414", "400", "3"]
    assert "memory isr" in lines
    assert "  MemoryError" in lines


@pytest.mark.usefixtures("world")
def test_without_a_policy_nothing_is_known() -> None:
    text = run("failures", "c/step1/2").stdout
    assert text.splitlines()[3].split()[:6] == ["unknown", "isr", "-", "-", "14", "7"]
    assert "never" not in text


@pytest.mark.usefixtures("world")
def test_json_is_as_its_schema_says() -> None:
    found = read_json(run("failures", "c/step1", "--policy", "default", "--format", "json"))
    Draft202012Validator(json.loads((ROOT / "schemas/failures-v1.schema.json").read_text())).validate(found)
    rows: Any = found["failures"]
    [row] = rows
    assert row["workflows"] == 3
    assert row["trend"] in ("rising", "falling", "steady")
    assert row["first"] < row["last"]
    assert len(row["examples"]) == 3
    assert row["examples"][0]["workflow"] == "step1/memory.2@w00"


@pytest.mark.usefixtures("world")
def test_what_is_asked_for_narrows() -> None:
    assert run("failures", "c/step1/1").stdout == "c/step1/1: nothing failed in 1 workflow\n"
    assert run("failures", "c/step1/4").stdout == "c/step1/4: nothing failed in 0 workflows\n"
    assert "nothing failed" in run("failures", "c", "--task", "cal*").stdout
    assert "414" in run("failures", "c", "--task", "i*", "--open").stdout


@pytest.mark.usefixtures("world")
def test_a_policy_that_is_not_there() -> None:
    said = failed("failures", "c", "--policy", "none")
    assert said == "there is no policy none: name a file, or one of campaigns/library/policies"


def test_a_policy_is_tried_on_messages_and_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "campaigns/library", tmp_path / "campaigns/library")
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "job.log"
    log.write_text('Traceback:\n  File "x.py", line 1\nTypeError: odd\n')
    result = run("policy", "test", "default", "job.log", "-m", "database is locked", "-m", "odd")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"message 1: transient: retry, by rule sqlite-locked ({DEFAULT}:")
    assert "message 2: unknown: no rule matches; review" in lines
    assert any(line.startswith("job.log: code: review, by rule python-bug") for line in lines)
    killed = run("policy", "test", DEFAULT, "--source", "transform", "--code", "137")
    assert killed.stdout.startswith("the cause: memory: more_memory, by rule killed")
    assert run("policy", "test", "default").exit_code == 64
    assert run("policy", "test", "default", "--code", "137").exit_code == 64


def test_samples_say_what_they_expect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "campaigns/library", tmp_path / "campaigns/library")
    monkeypatch.chdir(tmp_path)
    samples = tmp_path / "samples.yaml"
    samples.write_text("- {given: {message: database is locked}, expect: {class: transient}}\n")
    assert run("policy", "test", "default", "samples.yaml").exit_code == 0
    samples.write_text("- {given: {message: database is locked}, expect: {class: memory}}\n")
    result = run("policy", "test", "default", "samples.yaml")
    assert result.exit_code == 1
    assert "wrong: class memory is expected, and it is transient" in result.stdout
    found = read_json(run("policy", "test", "default", "samples.yaml", "--format", "json"))
    assert found["samples"][0]["rule"] == "sqlite-locked"  # type: ignore[index]
    samples.write_text("- {given: {massage: x}}\n")
    assert run("policy", "test", "default", "samples.yaml").exit_code == 1
