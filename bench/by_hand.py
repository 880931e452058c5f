"""A quickstart whose files are given to ``bps submit`` by hand, and its runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.children import BenchError, output
from cmcompile.engine.machine import Machine, Share, cores_here, memory_here
from cmcompile.engine.record import LIVE, Records

_LEDGER = "cm/quickstart"
#: Seconds after which runs that do not end are an error.
_PATIENCE = 1800.0


@dataclass(frozen=True, slots=True)
class World:
    """A quickstart, by its directory."""

    home: Path

    @property
    def clone(self) -> Path:
        """Where people work, and BPS runs."""
        return self.home / "clone"

    @property
    def runs(self) -> Path:
        """Where the engine records runs."""
        return self.home / "runs"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that somebody needs who calls ``bps submit`` there."""
        here = dict.fromkeys(("CTRL_MPEXEC_DIR", "DAF_BUTLER_DIR"), sys.prefix)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**here, "PYTHONPATH": str(self.clone / "pipeline"), "PATH": path, "PWD": str(self.clone)}

    def cancel_all(self) -> None:
        """Ask for the end of all runs that go on."""
        records = Records(self.runs)
        for run in records.runs():
            if records.standing(run.id).state in LIVE:
                records.ask_to_cancel(run.id)


def submitted_files(clone: Path) -> list[str]:
    """Return the submit files of step1 as the ledger has them."""
    git = ("git", "-C", str(clone))
    listed = output([*git, "ls-remote", "origin", f"refs/heads/{_LEDGER}"]).split()
    if not listed:
        raise BenchError("there is no ledger")
    output([*git, "fetch", "--quiet", "origin", _LEDGER])
    paths = output([*git, "ls-tree", "-r", "--name-only", listed[0], "--", "runs/step1"]).splitlines()
    files = [path for path in paths if path.endswith("/submit.yaml")]
    return [output([*git, "show", f"{listed[0]}:{path}"]) for path in files]


@contextmanager
def idle_machine(runs: Path) -> Iterator[None]:
    """Hold the whole machine as a job of the engine would, so that no other job is started meanwhile."""
    machine = Machine(runs / "machine", cores_here(), memory_here())
    held = machine.take(Share(cores_here(), memory_here()))
    if held is None:
        raise BenchError("jobs are running that should be over")
    try:
        yield
    finally:
        os.close(held)


def ended(runs: Path) -> None:
    """Wait until all runs are over."""
    records, until = Records(runs), time.monotonic() + _PATIENCE
    while any(records.standing(run.id).state in LIVE for run in records.runs()):
        if time.monotonic() > until:
            raise BenchError(f"the runs in {runs} do not end")
        time.sleep(1)
