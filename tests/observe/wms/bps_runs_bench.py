"""Runs that were given to BPS: a process with the stack submits them, and they are what supervises them."""

from __future__ import annotations

import os
import time
from pathlib import Path

from contracts.submitting import SubmittingProcess

from cmcompile.engine.record import LIVE, Records, written
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import Wms

_HERE = Path(__file__).parent
#: A run that takes longer to do what it was asked has gone wrong; seconds.
_LATE = 120.0


class Submitter(SubmittingProcess):
    """A process that submits with BPS, for any number of benches."""

    def __init__(self, log: Path) -> None:
        path = os.pathsep.join(map(str, (_HERE.parents[2], _HERE)))
        super().__init__(_HERE / "bps_submitter.py", log, {"PYTHONPATH": path})

    def submit(self, where: WmsRef, name: str, place: Path) -> str:
        """Submit a workflow, and return its id."""
        asked = {"service": where.service, "home": where.where, "name": name, "place": str(place)}
        run_id = self.answer(asked).strip()
        assert run_id.isdigit(), self.printed()
        return run_id


class BpsBench:
    """Workflows of one job, that ends when it is told with what; keeps ``contracts.wms.WmsBench``.

    Parameters
    ----------
    wms
        The one under test; it is not closed.
    to
        Where runs are submitted to; its records are made anew.
    where
        The same, as the one under test asks for it.
    """

    def __init__(
        self,
        submitter: Submitter,
        wms: Wms,
        to: WmsRef,
        where: WmsRef,
        elsewhere: WmsRef,
        directory: Path,
    ) -> None:
        self.wms, self.where, self.elsewhere = wms, where, elsewhere
        self._submitter, self._to, self._directory = submitter, to, directory
        self._records = Records(Path(to.where))
        self._records.make()
        self._submitted: list[str] = []

    def submit(self, name: str) -> str:
        self._submitted.append(self._submitter.submit(self._to, name, self._place(len(self._submitted))))
        return self._submitted[-1]

    def end(self, run_id: str, state: str) -> None:
        place = self._place(self._submitted.index(run_id))
        written(place / "end", b"0" if state == "succeeded" else b"1")
        self._wait(run_id)

    def settle(self) -> None:
        for run_id in self._submitted:
            if self._records.is_asked_to_cancel(run_id):
                self._wait(run_id)

    def break_down(self) -> None:
        """Let the records be no directory."""
        self.close()
        home = self._records.home
        home.rename(home.with_name("gone"))
        home.touch()

    def close(self) -> None:
        """End all runs; it may be repeated."""
        for run_id in self._submitted if self._records.home.is_dir() else ():
            self.end(run_id, "succeeded")

    def _place(self, number: int) -> Path:
        return self._directory / f"submit{number}"

    def _wait(self, run_id: str) -> None:
        until = time.monotonic() + _LATE
        while self._records.standing(run_id).state in LIVE or self._records.is_held(run_id):
            assert time.monotonic() < until, f"run {run_id} does not end"
            time.sleep(0.05)
