"""The place of the records: who starts runs and who looks for them must mean the same one."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from test_environments import ORDER, order, prepared, python

from cmcompile.driver.bps import BpsDriver, other_than_claimed
from cmcompile.driver.command import command
from cmcompile.driver.submitting import Workflow
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.body import WmsRef
from cmcompile.model.child import NotReady, Ready

ENGINE = "cmcompile.engine.service.EngineService"
__all__ = ["python"]  # a fixture


@pytest.mark.parametrize("where", ["${HOME}/runs", "runs", "./runs", "{campaign}/runs"])
def test_a_place_that_only_some_understand_is_refused(tmp_path: Path, where: str) -> None:
    environ: dict[str, str] = {}
    driver = BpsDriver(tmp_path, SystemClock(), environ)
    for restart in ("", "7"):
        found = driver.prepare(replace(ORDER, wms=WmsRef(ENGINE, where), restart=restart))
        assert isinstance(found, NotReady)
        assert "`runsHome`" in found.message
        assert where in found.message
        assert "CMCOMPILE_RUNS" not in environ


def configured(**keys: str) -> Workflow:
    usual = {"wmsServiceClass": ENGINE, "uniqProcName": ORDER.run_name, "outputRun": ORDER.output_run}
    return Workflow({**usual, **keys}, None)


def test_bps_must_mean_the_place_of_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("CMCOMPILE_RUNS", "/var/runs")
    claimed = replace(ORDER, wms=WmsRef(ENGINE, "~/runs"))
    assert other_than_claimed(claimed, configured(runsHome="~/runs")) is None
    assert other_than_claimed(claimed, configured(runsHome="/home/ann/runs")) is None
    for other in (configured(runsHome="/home/bob/runs"), configured()):
        why = other_than_claimed(claimed, other)
        assert why is not None
        assert "the claim says /home/ann/runs" in why
    assert other_than_claimed(replace(ORDER, wms=WmsRef(ENGINE)), configured()) is None


def test_a_set_up_does_not_move_the_records(
    tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks for the run later knows nothing of the set-up."""
    monkeypatch.setenv("CMCOMPILE_RUNS", str(tmp_path / "here"))
    wanted = order(tmp_path, python, f"export CMCOMPILE_RUNS={tmp_path}/there HOME={tmp_path}")
    assert prepared(tmp_path, wanted) == Ready({}, 7)
    arguments = (tmp_path / "seen.arguments").read_text().splitlines()
    assert arguments[-6:-4] == ["--runs", str(tmp_path / "here")]
    environ = {"CMCOMPILE_RUNS": "/there"}
    monkeypatch.chdir(tmp_path)  # and back: the driver goes to its area
    driver = BpsDriver(tmp_path, SystemClock(), environ, runs="/here")
    driver.prepare(replace(ORDER, wms=WmsRef("nope.EngineService"), restart="7"))
    assert environ["CMCOMPILE_RUNS"] == "/here"


def test_the_place_is_absolute_for_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CMCOMPILE_RUNS", "runs")
    line = command(replace(ORDER, environment=""), tmp_path, tmp_path / "spool")
    assert line[0] == sys.executable
    assert line[-6:-4] == ["--runs", os.fspath(tmp_path / "runs")]
