"""Runs of a real HTCondor pool: graphs of DAGMan with one job each, named as the BPS plugin names them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, Wms
from contracts.apart import Apart

SERVICE = "lsst.ctrl.bps.htcondor.HTCondorService"
#: All that tells the bindings where the daemons are, as variables that are set to nothing.
NO_POOL = {
    "_CONDOR_COLLECTOR_HOST": "127.0.0.1:1",
    "_CONDOR_SCHEDD_ADDRESS_FILE": "/nowhere",
    "_CONDOR_SCHEDD_DAEMON_AD_FILE": "/nowhere",
}
_WAIT = 120.0

#: $1: the name. The job ends once it is told with what.
_SUBMIT = r"""
set -e
directory=$(mktemp -d "$PWD/runs-XXXXXX"); cd "$directory"
echo 'while [ ! -e end ]; do sleep 0.1; done; exit $(cat end)' > job.sh
printf '%s\n' 'executable = /bin/sh' 'arguments = job.sh' 'universe = local' > job.sub
printf '%s\n' "initialdir = $directory" queue >> job.sub
echo 'JOB one job.sub' > run.dag
condor_submit_dag -append "+bps_run = \"$1\"" -append '+bps_isjob = "True"' run.dag
"""
#: $1: the id, $2: the exit code.
_END = r"""
set -e
cd "$(condor_q "$1" -af Iwd)"
echo "$2" > end.new; mv end.new end
"""


class CondorBench:
    """A pool; its runs have names of their own, so that any number of benches may use it.

    Parameters
    ----------
    world
        What the names of its runs begin with.
    run
        Runs a command beside the pool, as an ordinary user, in a directory where DAGMan may write (not below
        ``/tmp``), and returns what it prints.
    wms
        The one under test; its observer is beside the pool too.
    deaf
        One that has no pool.
    elsewhere
        Another system, without runs.
    """

    def __init__(
        self,
        world: str,
        run: Callable[[Sequence[str]], str],
        wms: Wms,
        deaf: Wms,
        elsewhere: WmsRef,
    ) -> None:
        self.wms: Wms = Apart(wms, world)
        self.where = WmsRef(SERVICE)
        self.elsewhere = elsewhere
        self._world = world
        self._run = run
        self._deaf = deaf
        self._runs: list[str] = []

    def submit(self, name: str) -> str:
        said = self._run(["sh", "-c", _SUBMIT, "submit", self._world + name])
        found = re.search(r"submitted to cluster (\d+)", said)
        assert found is not None, said
        run_id = f"{found[1]}.0"
        self._wait(run_id, {"running"})
        self._runs.append(run_id)
        return run_id

    def end(self, run_id: str, state: str) -> None:
        self._run(["sh", "-c", _END, "end", run_id, "0" if state == "succeeded" else "1"])
        self._wait(run_id, {state})

    def settle(self) -> None:
        """Wait until all runs that were removed have left the queue."""
        for run_id in self._runs:
            seen = self.wms.look(self.where, [run_id])
            if not isinstance(seen, NoAnswer) and seen[run_id].wms_state.startswith("REMOVED"):
                self._wait(run_id, {"cancelled"})

    def break_down(self) -> None:
        self.wms = self._deaf

    def close(self) -> None:
        """Remove all runs that still live."""
        if self._runs:
            self._run(["sh", "-c", 'condor_rm "$@" || true', "remove", *self._runs])

    def _wait(self, run_id: str, states: set[str]) -> None:
        until = time.monotonic() + _WAIT
        while True:
            answer = self.wms.look(self.where, [run_id])
            if not isinstance(answer, NoAnswer) and run_id in answer and answer[run_id].state in states:
                return
            assert time.monotonic() < until, f"run {run_id} is not {states}, but {answer}"
            time.sleep(0.3)
