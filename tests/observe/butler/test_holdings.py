"""What a RUN collection of a real Butler holds."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from contracts.butler import ONE, TWO
from sky_bench import SkyBench
from sky_fixtures import made_sky as made_sky
from sky_fixtures import repo as repo

from cmcompile.model.holding import Held
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.butler import holdings

pytestmark = pytest.mark.service("lsst")


@pytest.fixture
def bench(repo: Path, tmp_path: Path) -> SkyBench:
    return SkyBench(repo, tmp_path)


def test_datasets_and_bytes_by_task_and_type(bench: SkyBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "BATCH", 1)
    bench.ended("u/g/w00", {ONE: True, TWO: False})
    counted: list[int] = []
    held = bench.butler.holdings("u/g/w00", counted.append)
    assert isinstance(held, tuple), held
    numbers = [(one.task, one.dataset_type, one.datasets) for one in held]
    assert numbers == [
        ("isr", "isrOut", 1),
        ("isr", "isr_config", 1),
        ("isr", "isr_log", 2),
        ("isr", "isr_metadata", 1),
        ("", "packages", 1),
    ]
    assert counted == sorted(counted)
    assert counted[-1] == sum(one.datasets for one in held)
    on_disk = sum(path.stat().st_size for path in (bench.repo / "u/g/w00").rglob("*") if path.is_file())
    assert sum(one.bytes or 0 for one in held) == on_disk > 0


def test_sizes_that_were_not_recorded_are_those_of_the_files(bench: SkyBench) -> None:
    bench.ended("u/g/w00", {ONE: True, TWO: False})
    recorded = bench.butler.holdings("u/g/w00")
    # As jobs leave them that write with a quantum graph alone.
    with sqlite3.connect(bench.repo / "gen3.sqlite3") as registry:
        registry.execute("update file_datastore_records set file_size = -1")
    assert bench.butler.holdings("u/g/w00") == recorded
    next((bench.repo / "u/g/w00").rglob("isrOut*")).rename(bench.repo / "elsewhere")
    held = bench.butler.holdings("u/g/w00")
    assert isinstance(held, tuple)
    assert [one.dataset_type for one in held if one.bytes is None] == ["isrOut"]


def test_without_a_graph_names_tell_of_tasks(bench: SkyBench) -> None:
    bench.ended("u/g/w00", {ONE: True})
    shutil.rmtree(bench.area / "submit")
    held = bench.butler.holdings("u/g/w00")
    assert isinstance(held, tuple)
    assert {(one.task, one.dataset_type) for one in held if "isr" in one.dataset_type} == {
        ("isr", "isr_config"),
        ("isr", "isr_log"),
        ("isr", "isr_metadata"),
        ("", "isrOut"),
    }


def test_what_is_not_there(bench: SkyBench) -> None:
    assert bench.butler.holdings("u/g/w00") is None
    bench.break_down()
    assert isinstance(bench.butler.holdings("u/g/w00"), NoAnswer)


def test_sums_know_what_they_do_not_know() -> None:
    from cmcompile.model.holding import total

    parts = [Held("a", "x", 1, 10), Held("", "y", 1, 1), Held("a", "x", 2, 20), Held("", "y", 1, None)]
    assert total(parts) == (Held("a", "x", 3, 30), Held("", "y", 2, None))
