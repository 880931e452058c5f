"""A group of the quickstart runs for real, and what its quanta took is read and told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from quick_world import CAMPAIGN, World, make_world

pytestmark = pytest.mark.service("lsst")

STEP = f"{CAMPAIGN}/step1"


def stats(world: World, by: str) -> dict[str, dict[str, Any]]:
    found = json.loads(world.cmcompile("stats", STEP, "--by", by, "--format", "json"))
    return {row["task"] or "all": row for row in found["rows"]}


def test_what_quanta_took_is_told(tmp_path: Path) -> None:
    world = make_world(tmp_path / "quick", "here")
    world.cmcompile("ledger", "init", CAMPAIGN)
    world.cmcompile("apply", CAMPAIGN, "--auto-approve")
    assert world.ended() == "succeeded"
    world.cmcompile("reconcile", CAMPAIGN, "--no-submit", codes=(0, 3))
    assert "measured: 8 quanta took" in world.cmcompile("log", f"{STEP}/1")
    rows = stats(world, "task")
    assert set(rows) == {"isr", "calibrateImage"}
    for row in rows.values():
        assert (row["quanta"], row["taken"], row["sampled"], row["failed"]) == (4, 4, 4, 0)
        # A process that imported the stack has some 100 MiB, and these images are lists of stars.
        assert 50 < row["memory"] < 2048
        assert 0 < row["cpu_hours"] < 0.1
        assert 0 < row["wall_max_seconds"] < 60
    [row] = stats(world, "workflow").values()
    assert (row["state"], row["whole"], row["workflow"]) == ("succeeded", 2, "step1/1@w00")
    assert isinstance(row["queued"], int)
    told = world.cmcompile("advise", STEP, "--least", "4")
    assert "calibrateImage had up to" in told
    assert "groups are short enough: step1/1@w00" in told
    world.cmcompile("verify", CAMPAIGN)
