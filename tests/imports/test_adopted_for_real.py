"""Runs that a person started with BPS: imported, adopted, and judged as if cmcompile had sent them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from quick_world import CAMPAIGN, World

from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky

pytestmark = pytest.mark.service("lsst")
OUTPUT = "QuickCam/runs/byhand"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a quickstart, in one visit of which a detector fails."""
    make(tmp_path / "quick", Sky(visits=4, detectors=2, failing=1), groups=2)
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    return World(tmp_path / "quick", {"PWD": str(by_hand)})


def template(world: World) -> str:
    """Return a template for make-prod-groups: all groups write to one output, as those of prodstatus do."""
    world.cmcompile("compile", CAMPAIGN, "-o", str(world.home / "out"))
    tree = yaml.safe_load((world.home / "out" / "step1" / "1.yaml").read_bytes())
    tree["payload"] |= {
        "output": OUTPUT,
        "payloadName": "byhand",
        "dataQuery": "instrument='QuickCam' and skymap='quick_tracts' and visit>=LOWEXP and visit<=HIGHEXP",
    }
    return yaml.safe_dump(tree, sort_keys=False)


def run_by_hand(world: World, folder: Path, text: str) -> None:
    """Do what make-prod-groups and a person did: two files, and `bps submit` of each."""
    for low, high in ((1001, 1002), (1003, 1004)):
        file = folder / f"t_all_{low}.yaml"
        file.write_text(text.replace("LOWEXP", str(low)).replace("HIGHEXP", str(high)))
        world.bps("submit", str(file))
        assert world.ended() in ("succeeded", "partial")


def git(world: World, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(world.clone), *arguments], check=True, capture_output=True)


def test_runs_started_by_hand_are_adopted(world: World, tmp_path: Path) -> None:
    from lsst.daf.butler import Butler

    by_hand = tmp_path / "by-hand"
    text = template(world)
    run_by_hand(world, by_hand, text)

    (by_hand / "t.yaml").write_text(text)
    (by_hand / "list.txt").write_text("".join(f"r {visit}\n" for visit in range(1001, 1005)))
    listed = ("--list", str(by_hand / "list.txt"), "--size", "2", "--step", "t", "-o", "campaigns/byhand")
    world.cmcompile("import", "prodstatus", str(by_hand / "t.yaml"), *listed)
    git(world, "add", "--all")
    git(world, "commit", "-q", "-m", "Import")
    git(world, "push", "-q")
    world.cmcompile("ledger", "init", "byhand")

    # Of an old run only its outputs are left.
    old = f"{OUTPUT}/20200101T000000Z"
    with Butler.from_config(str(world.home / "butler"), writeable=True) as butler:
        butler.collections.register(old)

    # Both groups write to one output: without their submit directories the runs can't be told apart.
    assert "adopt:" not in world.cmcompile("import", "--adopt", "byhand", codes=(3,))
    decisions = world.clone / "campaigns" / "byhand" / "decisions.yaml"
    assert not decisions.exists()

    told = world.cmcompile("import", "--adopt", "byhand", "--submit", str(by_hand), "--commit", codes=(3,))
    assert told.count("linked ") == 2
    entries = yaml.safe_load(decisions.read_text())
    assert [(entry["adopt"], entry["run"]) for entry in entries] == [("t/1", "1"), ("t/2", "2")]
    runs = [run for run in world.runs() if run.startswith(OUTPUT)]
    assert sorted(entry["output"] for entry in entries) == sorted({*runs} - {old})
    git(world, "push", "-q")

    world.cmcompile("reconcile", "byhand", "--no-submit")
    world.cmcompile("reconcile", "byhand", "--no-submit", codes=(0, 3))
    told = world.cmcompile("status", "byhand")
    assert "1 of 2 groups accepted" in told
    assert "! t/1:" in told
    assert "1 of 8 missing" in told
    assert "2 adopted" in world.cmcompile("verify", "byhand")
    assert world.cmcompile("import", "--adopt", "byhand", "--submit", str(by_hand), codes=(3,)) == ""
