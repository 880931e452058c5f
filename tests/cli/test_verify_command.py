"""`cmcompile verify` in real repositories: what it says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ledger_builder import Builder, git, make_specs

from cmcompile.cli.main import cli


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["verify", *args])


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """Begin the ledger of a campaign, in a repository that is its own remote."""
    root = tmp_path / "repository"
    make_specs(root)
    monkeypatch.chdir(root)
    return Builder(root, "c").begin()


@pytest.fixture
def first(builder: Builder) -> str:
    return git(builder.root, "log", "--format=%H", "--grep=^first$")


def test_a_healthy_ledger(builder: Builder, first: str) -> None:
    builder.submit("1", first)
    commits = builder.plant()
    result = run("c")
    assert result.exit_code == 0, result.output
    assert result.output == (
        f"c: ledger {commits[-1][:12]}, 6 commits, 8 files, 5 events\n"
        "  1 submission: 1 compared (2 files, 1 spec commit)\n"
        "  healthy: nothing was changed or removed, and each file is what its spec compiles to\n"
    )
    assert run("c", "--offline").output == result.output


def test_tampering_ends_with_1_and_names_commit_and_path(builder: Builder, first: str) -> None:
    made = builder.submit("1", first)
    builder.commits.append({made.file(): b"a: 1\n"})
    commits = builder.plant()
    result = run("c")
    assert result.exit_code == 1
    assert f"{made.file()}:1:1: error CM206: commit {commits[-1][:12]} (Ann" in result.output
    assert result.output.endswith("  TAMPERED: 2 signs of something that cmcompile never does\n")


def test_before_the_tampering_it_was_healthy(builder: Builder, first: str) -> None:
    made = builder.submit("1", first)
    builder.commits.append({made.file(): b"a: 1\n"})
    commits = builder.plant()
    assert run("c", "--at", "~1").exit_code == 0
    assert run("c", "--at", commits[-2][:10]).exit_code == 0
    assert run("c", "--at", "2026-11-02").exit_code == 1
    result = run("c", "--at", "2020-01-01")
    assert result.exit_code == 1
    assert "there is nothing so early" in result.output


def test_json(builder: Builder, first: str) -> None:
    made = builder.submit("1", first)
    builder.commits.append({made.path(1, "claimed"): None})
    commits = builder.plant()
    result = run("c", "--format", "json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["verify"]["result"] == "tampered"
    assert found["verify"]["ledger"] == commits[-1]
    assert found["verify"]["commits"] == 7
    assert "CM207" in {f["code"] for f in found["findings"]}


@pytest.mark.parametrize("format_", ["github", "sarif"])
def test_other_formats(builder: Builder, first: str, format_: str) -> None:
    made = builder.submit("1", first)
    builder.commits.append({made.file(): b"a: 1\n"})
    builder.plant()
    result = run("c", "--format", format_)
    assert result.exit_code == 1
    if format_ == "sarif":
        assert {r["ruleId"] for r in json.loads(result.stdout)["runs"][0]["results"]} == {"CM206", "CM216"}
    else:
        assert "::error" in result.stdout
        assert made.file() in result.stdout
    assert "TAMPERED" in result.stderr
    assert "TAMPERED" not in result.stdout


def test_another_emit_version_ends_with_3(builder: Builder, first: str) -> None:
    builder.submit("1", first)
    builder.submit("2", first, emit=0)
    builder.plant()
    result = run("c")
    assert result.exit_code == 3
    assert "note CM221" in result.output
    assert "  not checked: 1 submission, made by cmcompile 0.0.1 (emit 0)\n" in result.output
    assert "nothing wrong was found, but not all could be checked" in result.output
    assert json.loads(run("c", "--format", "json").stdout)["verify"]["result"] == "incomplete"


def test_a_shallow_clone_ends_with_3(
    builder: Builder, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.submit("1", first)
    builder.plant()
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=2", "--no-single-branch", builder.root.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    result = run("c")
    assert result.exit_code == 3, result.output
    assert "warning CM222" in result.output
    assert "warning CM223" in result.output
    git(clone, "fetch", "-q", "--unshallow")
    result = run("c")
    assert result.exit_code == 0, result.output


def test_a_clone_asks_its_remote(
    builder: Builder, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.submit("1", first)
    builder.plant()
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", builder.root.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    assert " 6 commits" in run("c").output
    builder.submit("2", first)
    builder.plant()
    assert " 6 commits" in run("c", "--offline").output
    result = run("c")
    assert result.exit_code == 0, result.output
    assert " 11 commits" in result.output


def test_groups_sent_before_are_pinned(builder: Builder, first: str) -> None:
    larger = git(builder.root, "log", "--format=%H", "--grep=^larger$")
    builder.pins = True
    builder.submit("1", first)
    builder.submit("2", larger)
    builder.submit("3", first)
    builder.plant()
    result = run("c")
    assert result.exit_code == 0, result.output
    assert "3 compared (6 files, 2 spec commits)" in result.output


def test_no_ledger(builder: Builder) -> None:
    assert builder.root.is_dir()
    result = run("c")
    assert result.exit_code == 1
    assert "ledger init" in result.output
    result = run("c", "--offline")
    assert result.exit_code == 1
    assert "no ledger of c was ever fetched" in result.output


def test_no_campaign(builder: Builder) -> None:
    assert builder.root.is_dir()
    assert run("nothing").exit_code == 1
    assert run().exit_code == 64
