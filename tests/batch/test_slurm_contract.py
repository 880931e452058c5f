"""A real Slurm, asked by its own commands, keeps the contract of workload systems."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contracts import wms as contract
from contracts.batch_runs import BatchBench
from slurm_cluster import Slurm

from cmcompile.engine.record import Records
from cmcompile.model.body import WmsRef

pytestmark = [pytest.mark.service("slurm"), pytest.mark.xdist_group("sites")]
SERVICE = "batch.slurm"


@pytest.fixture
def bench(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchBench]:
    monkeypatch.chdir(tmp_path)
    records = tmp_path / "records"
    Records(records).make()
    elsewhere = WmsRef("cmcompile.engine.service.EngineService", str(records))
    world = f"{secrets.token_hex(4)}/"
    deaf = {"PATH": "/nowhere"}  # a controller that is not there is waited for longer than a test may take
    made = BatchBench(world, tmp_path / "area", WmsRef(SERVICE), elsewhere, slurm.env, deaf)
    yield made
    made.close()


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Callable[[contract.WmsBench], None], bench: BatchBench) -> None:
    check(bench)
