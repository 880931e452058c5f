"""A real pool of HTCondor keeps the contract; needs one on this machine (make test-htcondor)."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from contracts import wms as contract
from contracts.condor_runs import NO_POOL, SERVICE, CondorBench

from cmcompile.engine.record import Records
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.wms.systems import Systems

pytestmark = [pytest.mark.service("htcondor"), pytest.mark.service("lsst")]

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def wms() -> Iterator[Systems]:
    with Systems(environ={**os.environ, "PYTHONPATH": str(ROOT)}) as found:
        yield found


@pytest.fixture(scope="module")
def deaf() -> Iterator[Systems]:
    with Systems(environ={**os.environ, "PYTHONPATH": str(ROOT), **NO_POOL}) as found:
        yield found


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Give a directory where DAGMan may write: not below /tmp."""
    made = Path(pwd.getpwuid(os.getuid()).pw_dir) / f"wms-{secrets.token_hex(4)}"
    made.mkdir()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def bench(wms: Systems, deaf: Systems, place: Path, tmp_path: Path) -> Iterator[CondorBench]:
    def run(command: Sequence[str]) -> str:
        done = subprocess.run(
            list(command), cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    Records(tmp_path).make()
    elsewhere = WmsRef("cmcompile.engine.service.EngineService", str(tmp_path))
    made = CondorBench(f"{secrets.token_hex(4)}/", run, wms, deaf, elsewhere)
    yield made
    made.close()


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Callable[[contract.WmsBench], None], bench: CondorBench) -> None:
    check(bench)


def test_a_run_that_is_being_removed_lives(bench: CondorBench) -> None:
    run = bench.submit("p/x/w00")
    assert bench.wms.cancel(bench.where, run) is None
    seen = contract.looked(bench, run)[run]
    assert seen.state == "cancelled" or "still in the queue" in seen.wms_state
    bench.settle()
    assert contract.looked(bench, run)[run].wms_state == "REMOVED"


def test_a_schedd_that_is_not_there_is_no_answer(bench: CondorBench) -> None:
    answer = bench.wms.find(WmsRef(SERVICE, "no-such-schedd"), ["p/"])
    assert isinstance(answer, NoAnswer)
    assert "no-such-schedd" in answer.why
