"""Views and the catalog of two rules that ran on a real Slurm, with what went wrong there."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rules_world import EMPTY, FAILS, HUNGRY, JOBS, RUNS, SEGMENTS, World, make_world
from slurm_cluster import running_slurm

pytestmark = [pytest.mark.service("slurm"), pytest.mark.xdist_group("batch")]
#: Passes until all is accepted.
PASSES = 60


@pytest.fixture
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        place = Path(tempfile.mkdtemp(dir=name, prefix="s"))
        with running_slurm(place, cpus=8, enforced=True) as slurm:
            yield make_world(Path(name) / "world", "slurm", slurm.env, nap=0.2)


def view(world: World, name: str, *args: str, codes: tuple[int, ...] = (0,)) -> list[dict[str, Any]]:
    said = world.cmcompile("status", "au", "--view", name, *args, "--format", "json", codes=codes)
    (campaign,) = json.loads(said)["campaigns"]
    rows: list[dict[str, Any]] = campaign["rows"]
    return rows


def test_views_and_catalog(world: World) -> None:
    expected = {("EVENT", str(run)) for run in RUNS} | {("CALO", str(run)) for run in RUNS}
    rows = view(world, "runs")
    assert {(row["step"], row["run"]) for row in rows} == expected
    assert sum(row["unsent"] for row in rows) == 2 * JOBS

    world.cmcompile("reconcile", "au", codes=(0, 3))
    sent = view(world, "started")
    assert [(row["step"], row["jobs"]) for row in sent] == [("EVENT", JOBS)]
    world.cmcompile("catalog", "fill", "au")
    lacking: set[str] = set()
    for _ in range(PASSES):
        time.sleep(1.0)
        world.cmcompile("reconcile", "au", codes=(0, 3))
        lacking |= {row["for"] for row in view(world, "failed")}
        if not view(world, "missing"):
            break
    assert view(world, "missing") == []
    rows = view(world, "runs", "--offline")
    assert {(row["step"], row["run"]) for row in rows} == expected
    assert {row["finished %"] for row in rows} == {100.0}
    # What went wrong on the way was one of these, if it was seen at all.
    assert lacking <= {f"run={run} segment={segment}" for run, segment in (*FAILS, HUNGRY, EMPTY)}
    (event, calo) = view(world, "started", "--offline")
    assert (event["finished"], calo["finished"], calo["events"]) == (JOBS, JOBS, 100 * JOBS)

    # Each pass has taken in what jobs of workflows that ended told; views may know of an end before.
    world.cmcompile("reconcile", "au", codes=(0, 3))
    with sqlite3.connect(world.clone / ".git/cmcompile/au/catalog.db") as catalog:
        held = catalog.execute(
            "select step, count(distinct name), sum(events) from cmcompile_outputs group by step"
        )
        assert held.fetchall() == [("CALO", JOBS, 100 * JOBS), ("EVENT", JOBS, 100 * (JOBS - 1))]
    assert world.cmcompile("catalog", "scan", "au").startswith(f"au: {2 * JOBS:,} outputs")
    shown = json.loads(world.cmcompile("catalog", "show", "au", "--format", "json"))["outputs"]
    assert {Path(o["path"]).is_file() for o in shown} == {True}
    assert len({o["name"] for o in shown}) == 2 * JOBS == len(RUNS) * len(SEGMENTS) * 2
