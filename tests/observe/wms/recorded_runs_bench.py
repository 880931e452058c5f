"""Recorded runs with real supervisors."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from cmcompile.engine import start
from cmcompile.engine.record import LIVE, Records, written
from cmcompile.engine.workflow import Job, Workflow
from cmcompile.model.body import WmsRef
from cmcompile.observe.wms.systems import Systems

ENGINE = "cmcompile.engine.service.EngineService"
PARSL = "lsst.ctrl.bps.parsl.ParslService"
_SUPERVISOR = Path(__file__).with_name("supervisor.py")


class RecordedRunsBench:
    """A home with runs that processes of this test supervise."""

    def __init__(self, directory: Path, service: str = ENGINE) -> None:
        self.home, empty = directory / "home", directory / "empty"
        for home in (self.home, empty):
            Records(home).make()
        self.wms = Systems()
        self.where = WmsRef(service, str(self.home))
        self.elsewhere = WmsRef(service, str(empty))
        self._supervisors: dict[str, subprocess.Popen[str]] = {}

    def submit(self, name: str) -> str:
        process = subprocess.Popen(
            [sys.executable, str(_SUPERVISOR), str(self.home), self.where.service, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        assert run_id
        self._supervisors[run_id] = process
        return run_id

    def end(self, run_id: str, state: str) -> None:
        process = self._supervisors[run_id]
        assert process.stdin is not None
        process.stdin.write(f"{state}\n")
        process.stdin.flush()
        process.wait(30)

    def settle(self) -> None:
        for run_id, process in self._supervisors.items():
            if Records(self.home).is_asked_to_cancel(run_id):
                process.wait(30)

    def kill(self, run_id: str) -> None:
        self._supervisors[run_id].kill()
        self._supervisors[run_id].wait()

    def break_down(self) -> None:
        self.home.rename(self.home.with_name("gone"))

    def close(self) -> None:
        self.wms.close()
        for process in self._supervisors.values():
            with process:
                process.kill()


class EngineBench:
    """Runs of the embedded engine, of one job each, that ends when it is told with what."""

    def __init__(self, directory: Path) -> None:
        self.home, empty = directory / "home", directory / "empty"
        Records(empty).make()
        Records(self.home).make()
        self.wms = Systems()
        self.where = WmsRef(ENGINE, str(self.home))
        self.elsewhere = WmsRef(ENGINE, str(empty))
        self._directory = directory
        self._submitted: list[str] = []

    def submit(self, name: str) -> str:
        place = self._directory / f"submit{len(self._submitted)}"
        place.mkdir()
        line = f"while [ ! -e {place}/end ]; do sleep 0.05; done; exit $(cat {place}/end)"
        workflow = Workflow(name, (Job("one", "one", ("sh", "-c", line)),), directory=str(place), cores=8)
        workflow.write(place)
        run = start.submit(self.home, workflow, place)
        self._submitted.append(run.id)
        return run.id

    def end(self, run_id: str, state: str) -> None:
        place = self._directory / f"submit{self._submitted.index(run_id)}"
        written(place / "end", b"0" if state == "succeeded" else b"1")
        self._wait(run_id)

    def settle(self) -> None:
        for run_id in self._submitted:
            if Records(self.home).is_asked_to_cancel(run_id):
                self._wait(run_id)

    def break_down(self) -> None:
        self.close()
        self.home.rename(self.home.with_name("gone"))

    def close(self) -> None:
        self.wms.close()
        if self.home.exists():
            for run_id in self._submitted:
                Records(self.home).ask_to_cancel(run_id)
                self._wait(run_id)

    def _wait(self, run_id: str) -> None:
        records, until = Records(self.home), time.monotonic() + 60
        while records.standing(run_id).state in LIVE or records.is_held(run_id):
            assert time.monotonic() < until, f"run {run_id} does not end"
            time.sleep(0.02)
