"""``--from`` reads selectors that a view wrote; nothing is never taken for everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from ledger_world import ENDED, RUNNING, World, failed, make_world, run

from cmcompile.cli.main import cli


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path)
    world.happened("1", *ENDED["partial"]).happened("2", *RUNNING).happened("3", *RUNNING, "held")
    world.published()
    monkeypatch.chdir(world.root)
    return world


def groups(*args: str) -> list[str]:
    return _of(json.loads(run("status", *args, "--format", "json").stdout))


def _of(found: object) -> list[str]:
    """Return the ids of all groups that a document names, wherever they stand."""
    if isinstance(found, dict):
        own = [str(found["group"])] if isinstance(found.get("group"), str) else []
        return sorted({*own, *(g for value in found.values() for g in _of(value))})
    return sorted({g for value in found for g in _of(value)}) if isinstance(found, list) else []


@pytest.mark.usefixtures("world")
def test_selectors_of_a_file_add_up(tmp_path: Path) -> None:
    listed = tmp_path / "some.txt"
    listed.write_text("\ufeff# made by a view\nc/step1/1  # why\n\nc/step1/2\nc/step1/1\n", encoding="utf-8")
    assert groups("--from", str(listed)) == ["1", "2"]
    assert groups("c/step1/4", "--from", str(listed)) == ["1", "2", "4"]
    assert run("list", "--from", str(listed), "--ids").stdout == "c/step1/1\nc/step1/2\n"
    plan = json.loads(run("plan", "--from", str(listed), "--format", "json").stdout)
    assert plan["source"]["selectors"] == ["c/step1/1", "c/step1/2"]


@pytest.mark.usefixtures("world")
def test_standard_input_is_read() -> None:
    result = CliRunner().invoke(cli, ["list", "--from", "-", "--ids"], input="c/step1/3\n")
    assert (result.exit_code, result.stdout) == (0, "c/step1/3\n")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("command", [("status",), ("list",), ("plan",), ("retry", "--because", "x")])
def test_nothing_is_not_everything(command: tuple[str, ...], tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.txt", tmp_path / "binary"
    empty.write_text("# nothing\n\n")
    binary.write_bytes(b"\xff\xfe\x00")
    assert failed(*command, "--from", str(empty)).endswith("names nothing, so there is nothing to do")
    assert failed(*command, "--from", str(binary)).endswith("is not UTF-8")
    assert "can't be read" in failed(*command, "--from", str(tmp_path / "no.txt"))


@pytest.mark.usefixtures("world")
def test_groups_by_the_state_of_their_newest_workflow() -> None:
    assert groups("c", "workflow:partial") == ["1"]
    assert groups("c", "workflow:running,held") == ["2", "3"]
    assert groups("c/step3", "workflow:none") == ["9615", "9697"]
    assert "no group has workflow failed; there are held, none, partial, running" in failed(
        "status", "c", "workflow:failed"
    )
    assert run("retry").exit_code == 64
    decided = run("retry", "c", "workflow:partial", "--because", "once more", "--dry-run")
    assert "- retry: step1/1@w00" in decided.stdout
