"""What the stack notes of a quantum, and what is made of it; a sample stands for many."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from contracts.butler import ONE, THREE, TWO
from sky_bench import SkyBench
from sky_fixtures import made_sky as made_sky
from sky_fixtures import repo as repo

from cmcompile.model.usage import QuantumUsage, Usage
from cmcompile.observe.butler.usage import READING, quantum_usage, strewn, usage

NOTED: dict[str, Any] = {
    "prepUtc": "2026-11-20T08:00:00.250000+00:00",
    "endUtc": "2026-11-20T08:00:02.750000+00:00",
    "prepCpuTime": 10.5,
    "endCpuTime": 12.0,
    "endMaxResidentSetSize": 1024 * 1024 + 1,
    "__version__": 1,
}
TOOK = QuantumUsage("2026-11-20T08:00:00Z", "2026-11-20T08:00:02Z", 1500, 2500, 2)


def test_what_is_noted_of_a_quantum() -> None:
    assert quantum_usage(NOTED) == TOOK


def test_a_time_without_a_zone_is_utc() -> None:
    times = {key: NOTED[key].removesuffix("+00:00") for key in ("prepUtc", "endUtc")}
    assert quantum_usage(NOTED | times) == TOOK


def test_memory_in_a_unit_of_the_machine_is_left_out() -> None:
    found = quantum_usage(NOTED | {"__version__": 0})
    assert found is not None
    assert found.memory is None


@pytest.mark.parametrize("key", [*NOTED])
@pytest.mark.parametrize("value", [None, "", "soon", [], {}, float("nan"), "2020-01-01T00:00:00+00:00", -1e9])
def test_what_is_not_noted_well_is_no_figure(key: str, value: object) -> None:
    found = quantum_usage(NOTED | {key: value})
    assert found is None or (found.cpu >= 0 and found.wall >= 0 and found.memory in (None, 2))
    assert quantum_usage({k: v for k, v in NOTED.items() if k != key}) is None


def test_a_sample_is_strewn_over_all() -> None:
    assert strewn(range(5), 5) == range(5)
    assert strewn(range(101), 5) == [0, 25, 50, 75, 100]
    assert len(set(strewn(range(1000), 200))) == 200


@pytest.fixture
def bench(repo: Path, tmp_path: Path) -> SkyBench:
    return SkyBench(repo, tmp_path)


def asked(bench: SkyBench, sample: int, clock: Iterator[float]) -> Usage:
    from lsst.daf.butler import Butler

    with Butler.from_config(str(bench.repo)) as butler:
        return usage(butler, ["c/a/w00"], lambda: next(clock), sample)


@pytest.mark.service("lsst")
def test_few_are_read_and_all_are_counted(bench: SkyBench) -> None:
    bench.ended("c/a/w00", {ONE: True, TWO: True, THREE: True})
    found = {task.task: (task.quanta, task.sampled) for task in asked(bench, 2, iter([0.0] * 99)).tasks}
    assert found == {"isr": (2, 2), "calibrate": (1, 1)}
    # Each is looked at in turn; after the first two the time is over.
    clock = (0.0 if number < 3 else READING + 1 for number in count())
    found = {task.task: (task.quanta, task.sampled) for task in asked(bench, 2, clock).tasks}
    assert found == {"isr": (2, 1), "calibrate": (1, 1)}
