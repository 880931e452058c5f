"""Real PanDA servers keep the contract of workload systems (make test-panda)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contracts import wms as contract
from panda_bench import PandaBench, Submitter
from panda_fixtures import submitter as submitter
from panda_fixtures import wms as wms
from panda_servers import Panda

from cmcompile.engine.record import Records
from cmcompile.model.body import WmsRef
from cmcompile.observe.wms.systems import Systems

pytestmark = [pytest.mark.service("panda"), pytest.mark.xdist_group("panda")]


@pytest.fixture
def bench(panda: Panda, submitter: Submitter, wms: Systems, tmp_path: Path) -> Iterator[PandaBench]:
    Records(tmp_path).make()
    elsewhere = WmsRef("cmcompile.engine.service.EngineService", str(tmp_path))
    made = PandaBench(f"{secrets.token_hex(4)}/", panda, submitter, wms, elsewhere)
    yield made
    made.close()


#: iDDS answers a look-up by name with one id for each name.
CHECKS = [check for check in contract.CHECKS if check is not contract.two_runs_of_one_name_are_two]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Callable[[contract.WmsBench], None], bench: PandaBench) -> None:
    check(bench)
