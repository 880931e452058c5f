"""A real HTCondor, asked by its own commands, keeps the contract of workload systems (make test-htcondor)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contracts import wms as contract
from contracts.batch_runs import BatchBench

from cmcompile.engine.record import Records
from cmcompile.model.body import WmsRef

pytestmark = pytest.mark.service("htcondor")
SERVICE = "batch.htcondor"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[BatchBench]:
    records = tmp_path / "records"
    Records(records).make()
    elsewhere = WmsRef("cmcompile.engine.service.EngineService", str(records))
    world = f"{secrets.token_hex(4)}/"
    made = BatchBench(world, tmp_path / "area", WmsRef(SERVICE), elsewhere, {}, {"PATH": "/nowhere"})
    yield made
    made.close()


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Callable[[contract.WmsBench], None], bench: BatchBench) -> None:
    check(bench)
