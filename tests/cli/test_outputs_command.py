"""`cmcompile outputs`: the ledger names the runs, a real Butler is counted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from ledger_world import ENDED, RUNNING, World, failed, make_world, run

SKY = Path(__file__).parents[1] / "observe/butler"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path)
    world.happened("1", *ENDED["partial"]).happened("2", *RUNNING).published()
    monkeypatch.chdir(world.root)
    return world


@pytest.mark.service("lsst")
def test_a_campaign_is_counted(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(SKY), *sys.path])
    import sky
    from contracts.butler import ONE, TWO

    repo = tmp_path / "repo"
    sky.make(repo)
    name = json.loads(run("outputs", "c/step1/1", "--butler", str(repo), "--format", "json").stdout)
    (empty,) = name["runs"]
    assert (empty["workflow"], empty["state"], empty["types"]) == ("step1/1@w00", "partial", None)
    sky.execute(repo, world.root, empty["run"], {ONE: True, TWO: False})
    shown = run("outputs", "c", "--butler", str(repo))
    assert shown.exit_code == 0
    assert f"step1/1@w00  partial  {empty['run']}\n" in shown.stdout
    assert "  isr   isr_log              2  " in shown.stdout
    assert "there is no such collection" in shown.stdout
    document = json.loads(run("outputs", "c/step1", "--butler", str(repo), "--format", "json").stdout)
    assert [one["workflow"] for one in document["runs"]] == ["step1/1@w00", "step1/2@w00"]
    assert {t["dataset_type"]: t["datasets"] for t in document["total"]}["isr_log"] == 2


@pytest.mark.service("lsst")
@pytest.mark.usefixtures("world")
def test_a_butler_that_is_not_there(tmp_path: Path) -> None:
    result = run("outputs", "c", "--butler", str(tmp_path / "nowhere"))
    assert result.exit_code == 6
    assert "nothing is known of the outputs" in result.stderr


@pytest.mark.usefixtures("world")
def test_nothing_was_submitted_and_no_such_workflow() -> None:
    result = run("outputs", "c/step3")
    assert (result.exit_code, result.stdout) == (
        0,
        "c/step3: no run of it was submitted, or all are retired\n",
    )
    assert failed("outputs", "c/step1/1@w07") == (
        "c/step1/1 has no workflow w07 that was submitted and not retired"
    )
