"""Runs that real BPS plugins took, with what really supervises them, keep the contract.

`test_plugins.py` and `test_recorded_runs.py` have what can go wrong; here nothing stands for something else.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bps_runs_bench import BpsBench, Submitter
from contracts import wms as contract
from recorded_runs_bench import ENGINE, PARSL

from cmcompile.engine.record import VARIABLE, Records
from cmcompile.model.body import WmsRef
from cmcompile.observe.wms.systems import HERE, Systems

pytestmark = [pytest.mark.service("lsst"), pytest.mark.service("parsl")]
by_name = pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
_TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def submitter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Submitter]:
    with Submitter(tmp_path_factory.mktemp("submitter") / "log") as found:
        yield found


@pytest.fixture
def elsewhere(tmp_path: Path) -> WmsRef:
    empty = tmp_path / "empty"
    Records(empty).make()
    return WmsRef(ENGINE, str(empty))


@pytest.mark.parametrize("service", [ENGINE, PARSL], ids=["engine", "parsl"])
@by_name
def test_what_the_records_tell(
    check: Callable[[contract.WmsBench], None],
    service: str,
    submitter: Submitter,
    elsewhere: WmsRef,
    tmp_path: Path,
) -> None:
    where = WmsRef(service, str(tmp_path / "home"))
    with Systems() as wms:
        bench = BpsBench(submitter, wms, where, where, elsewhere, tmp_path)
        try:
            check(bench)
        finally:
            bench.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("verbs") / "home"


@pytest.fixture(scope="module")
def verbs(home: Path) -> Iterator[Systems]:
    """One observer for all: the stack is imported once."""
    path = os.pathsep.join(map(str, (_TESTS.parents[2], _TESTS)))
    environ = {**os.environ, "PYTHONPATH": path, VARIABLE: str(home)}
    with Systems((sys.executable, *HERE[1:]), environ) as found:
        yield found


@by_name
def test_what_the_verbs_of_the_engine_tell(
    check: Callable[[contract.WmsBench], None],
    submitter: Submitter,
    verbs: Systems,
    home: Path,
    elsewhere: WmsRef,
    tmp_path: Path,
) -> None:
    to, where = WmsRef(ENGINE, str(home)), WmsRef("engine_verbs.EngineVerbs")
    bench = BpsBench(submitter, verbs, to, where, elsewhere, tmp_path)
    try:
        check(bench)
    finally:
        bench.close()
        for left in home.parent.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
