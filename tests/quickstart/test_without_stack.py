"""What does not ask the Butler imports nothing of LSST: in a quickstart, with runs of the engine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cmcompile.engine.machine import Machine, Share, cores_here, memory_here
from cmcompile.engine.record import LIVE, Records

pytestmark = pytest.mark.service("lsst")

#: Runs a command, and leaves in a file what it has imported of LSST.
_COMMAND = """\
import pathlib, sys
from cmcompile.cli.main import cli
out = pathlib.Path(sys.argv.pop(1))
try:
    cli.main(sys.argv[1:])
finally:
    out.write_text(" ".join(sorted(name for name in sys.modules if name.split(".")[0] == "lsst")))
"""
_FIRST = ("plan quickstart", "status quickstart", "explain quickstart/step1/1 payload.dataQuery")
_ASKING = (
    *_FIRST,
    "validate quickstart",
    "list quickstart",
    "status quickstart/step1/1",
    "log quickstart/step1/1",
    "log quickstart",
    "verify quickstart",
    "diff quickstart",
)


class World:
    """A quickstart with two groups of one visit, and the commands that are run in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._seen = home.parent / "imported"

    def run(self, line: str, codes: tuple[int, ...] = (0, 3)) -> str:
        """Run a command; return what it imported of LSST."""
        place = self.home / "clone" if self.home.exists() else self.home.parent
        command = [sys.executable, "-c", _COMMAND, str(self._seen), *line.split()]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, env=_clean())
        assert done.returncode in codes, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        return self._seen.read_text()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the whole machine, so that no job is started."""
        machine = Machine(self.home / "runs" / "machine", cores_here(), memory_here())
        share = machine.take(Share(cores_here(), memory_here()))
        assert share is not None
        try:
            yield
        finally:
            os.close(share)

    def job_log(self) -> None:
        """Write what a job that goes on has printed."""
        run = Records(self.home / "runs").run("1")
        assert run is not None
        log = Path(run.submit_path) / "logs" / "isr" / "isr_1001.1.log"
        log.parent.mkdir(parents=True)
        log.write_text("INFO lsst.isr ()(isr.py:1) - begins\n")

    def wait(self) -> None:
        """Wait until the run is over."""
        records, until = Records(self.home / "runs"), time.monotonic() + 300
        while records.standing("1").state in LIVE:
            assert time.monotonic() < until
            time.sleep(0.5)


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CMCOMPILE_")}


def test_only_what_asks_the_butler_imports_the_stack(tmp_path: Path) -> None:
    world = World(tmp_path / "quick")
    assert "lsst.daf.butler" in world.run(f"quickstart {world.home} --visits 2 --detectors 1 --failing 0")
    assert world.run("ledger init quickstart") == ""
    assert [line for line in _FIRST if world.run(line)] == [], "before anything was sent"
    with world.held():
        assert world.run("apply quickstart/step1/1 --auto-approve") == "", "the parent of what prepares"
        assert Records(world.home / "runs").standing("1").state in LIVE
        assert [line for line in _ASKING if world.run(line)] == [], "with a run that goes on"
        world.job_log()
        assert world.run("logs quickstart/step1/1") == ""
        assert world.run("reconcile quickstart --no-submit") == "", "nothing has ended"
    world.wait()
    assert "lsst.pipe.base" in world.run("reconcile quickstart --refresh-only"), "a run has ended"
    world.run("reconcile quickstart --no-submit")
    assert world.run("reconcile quickstart --no-submit") == "", "all that ended was seen, and accepted"
    assert world.run("reconcile quickstart --refresh-only") == ""
    assert [line for line in _FIRST if world.run(line)] == [], "after all"
    assert world.run("rescue quickstart/step1 again --groups 1 --because why") == ""
    assert "lsst.daf.butler" in world.run("outputs quickstart")
