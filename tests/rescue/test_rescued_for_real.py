"""A rescue from an outcome, for real: BPS runs what failed, over what is there, and nothing else."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cmcompile.engine.record import Records
from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky

pytestmark = [pytest.mark.service("lsst"), pytest.mark.xdist_group("rescued")]
#: A run that takes longer has gone wrong, also on a machine that has much else to do; seconds.
LATE = 300.0
#: What is written where tasks are chosen; see `test_smallest.py` for when that is.
TASKS = (
    "where=detector = 1 and visit = 1002",
    "bps.pipelineYaml=${{ here }}/clone/pipeline/quick.yaml#calibrateImage",
    "bps.payload.inCollection=${{ step.collect }}/${{ group.parent }},${{ inputs }}",
    "bps.extraQgraphOptions=-c calibrateImage:maxSaturated=3",
)


def run(home: Path, line: str, *, ends: tuple[int, ...] = (0,)) -> str:
    words = shlex.split(line)
    if words[0] == "cmcompile":
        words[:1] = [sys.executable, "-m", "cmcompile.cli.main"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words,
        cwd=home / "clone",
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=LATE,
        check=False,
    )
    assert done.returncode in ends, f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def until_over(home: Path, number: str) -> None:
    records, end = Records(home / "runs"), time.monotonic() + LATE
    while records.is_held(number):
        assert time.monotonic() < end, "a run does not end"
        time.sleep(0.2)


def test_one_quantum_is_run_again_over_the_outputs_of_the_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make(home, Sky(visits=2, detectors=2, failing=1), groups=1)
    run(home, "cmcompile ledger init quickstart")
    run(home, "cmcompile apply quickstart/step1 --auto-approve")
    until_over(home, "1")
    run(home, "cmcompile reconcile quickstart --no-submit", ends=(0, 3))
    settings = " ".join(f"--set {shlex.quote(setting)}" for setting in TASKS)
    said = run(home, f"cmcompile rescue quickstart/step1 --from-outcome --commit {settings}")
    assert "step1/rescue: 1 quantum to run; 1 quantum without outputs: 1 of calibrateImage\n" in said
    assert "skip_existing_in: prior" in (home / "clone/campaigns/quickstart/campaign.yaml").read_text()
    run(home, "git push -q")
    said = run(home, "cmcompile apply quickstart/step1 --auto-approve")
    assert "step1/rescue.1@w00 prepared: 1 quanta" in said
    until_over(home, "2")
    said = run(home, "cmcompile reconcile quickstart --no-submit")
    assert "+ accept step1/1 done" in said
    said = run(home, "cmcompile rescue quickstart/step1 --from-outcome")
    assert said == "nothing is written: step1 needs no rescue that is not there\n"
