"""`cmcompile archive export` in a real repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ledger_builder import Builder, make_specs

from cmcompile.cli.main import cli
from cmcompile.ledger.archive import remove


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["archive", *args])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("specs") / "repository"
    specs = make_specs(root)
    (root / "campaigns/d").mkdir()
    (root / "campaigns/d/campaign.yaml").write_text("campaign: d\n")
    builder = Builder(root, "c").begin()
    for group in ("1", "2", "10"):
        builder.submit(group, specs["small"])
    builder.plant()
    return root


@pytest.fixture
def out(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(root)
    yield tmp_path / "out"
    remove(tmp_path / "out")


def groups(out: Path) -> list[str]:
    return sorted((p.name for p in (out / "step1").iterdir()), key=int)


def test_all(out: Path) -> None:
    result = run("export", "c", "-o", str(out))
    assert result.exit_code == 0, result.output
    assert result.output == f"c: 3 submissions, 6 files → {out} (read-only)\n"
    assert groups(out) == ["1", "2", "10"]
    assert json.loads((out / "archive.json").read_text())["selectors"] == ["c"]


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ("c/step1", ["1", "2", "10"]),
        ("c/step1/1", ["1"]),
        ("c/step1/1*", ["1", "10"]),
        ("c/step1/1,10", ["1", "10"]),
        ("c/step1/2..10", ["2", "10"]),
        ("c/step*/2", ["2"]),
    ],
)
def test_selectors(out: Path, selector: str, chosen: list[str]) -> None:
    result = run("export", selector, "-o", str(out))
    assert result.exit_code == 0, result.output
    assert groups(out) == chosen


def test_json_and_an_earlier_ledger(out: Path) -> None:
    result = run("export", "c", "-o", str(out), "--at", "~5", "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == {
        "format": 1,
        "campaign": "c",
        "output": str(out),
        "workflows": 2,
        "files": 4,
        "bytes": sum(p.stat().st_size for p in out.rglob("*.yaml")),
        "without_files": [],
    }


@pytest.mark.parametrize(
    ("selectors", "words"),
    [
        (["c/step9"], "means nothing that was ever sent"),
        (["c/step1/77"], "means nothing that was ever sent"),
        (["c/step1", "c/step1/7"], "means nothing that was ever sent"),
        (["c/visit:3"], "chosen by step and group"),
        (["d"], "no ledger"),
    ],
)
def test_what_cannot_be_exported(out: Path, selectors: list[str], words: str) -> None:
    result = run("export", *selectors, "-o", str(out))
    assert result.exit_code == 1
    assert words in result.output
    assert not out.exists()


def test_it_is_never_written_over(out: Path) -> None:
    assert run("export", "c", "-o", str(out)).exit_code == 0
    result = run("export", "c", "-o", str(out))
    assert result.exit_code == 1
    assert "never written over" in result.output


def test_usage(out: Path) -> None:
    assert run("export", "c").exit_code == 64
    assert run("export", "-o", str(out)).exit_code == 64
    assert run("export", "c", "d", "-o", str(out)).exit_code == 64
    assert "export" in run("--help").output
