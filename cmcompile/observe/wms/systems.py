"""All workload systems of a campaign, each asked in its own way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType

from cmcompile.model.batch import is_batch
from cmcompile.model.body import WmsRef
from cmcompile.model.jobs import Details
from cmcompile.model.signal import Signalled
from cmcompile.model.wms import NoAnswer, RunSeen, Shown, Wanted, Wms, refreshed
from cmcompile.observe.batch.runs import BatchRuns
from cmcompile.observe.panda.adapter import PandaRuns
from cmcompile.observe.panda.idds import is_panda
from cmcompile.observe.panda.monitor import Monitor
from cmcompile.observe.wms.observer import STARTING, TIMEOUT, Observer, Starting
from cmcompile.observe.wms.plugins import PluginSystems
from cmcompile.observe.wms.recorded import RecordedRuns, is_recorded

#: Starts the observer in the Python that runs this.
HERE = (sys.executable, "-m", "cmcompile.observe.wms.serve")


class Systems:
    """All workload systems; implements ``Wms``.

    Runs that are recorded on this machine are read here, and batch systems are asked by their own commands.
    For any other BPS plugin a process is started, with the first request, in which the stack is imported
    once; it ends with `close`, or with this process.
    Systems that are used from different environments have one process for each environment.

    Parameters
    ----------
    command
        What starts that process: the module `cmcompile.observe.wms.serve`, in a campaign's environment, with
        standard input and output left to it.
    environ
        Its variables; None: those of this process.
    timeout, starting
        Seconds for a request to it, and more for the first, in which the stack is imported.
    choose
        Says how the process for a workload system is started, or why it can't be; None: as above for all.
    monitor
        Of PanDA; None: there is none.
    batch
        The runs of batch steps; None: there are none.
    """

    def __init__(
        self,
        command: Sequence[str] = HERE,
        environ: Mapping[str, str] | None = None,
        *,
        timeout: float = TIMEOUT,
        starting: float = STARTING,
        choose: Callable[[WmsRef], Starting | NoAnswer] | None = None,
        monitor: Monitor | None = None,
        batch: BatchRuns | None = None,
    ) -> None:
        self.batch = batch
        self._choose = choose or (lambda _: Starting(tuple(command), environ))
        self._seconds = (timeout, starting)
        self._observers: dict[tuple[str, ...], Observer] = {}
        self._plugins = PluginSystems(self._observer)
        self._panda = PandaRuns(self._observer, monitor)
        self._recorded = RecordedRuns()

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return all runs whose names begin with one of some prefixes."""
        return self._of(where).find(where, prefixes)

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids."""
        return self._of(where).look(where, run_ids)

    def refresh(self, where: WmsRef, wanted: Wanted) -> Shown | NoAnswer:
        """Return how runs stand, in the cheapest way that the system has."""
        return refreshed(self._of(where), where, wanted)

    def details(
        self, where: WmsRef, names: Mapping[str, str], since: datetime | None = None
    ) -> Details | NoAnswer:
        """Return the tasks and failed jobs of runs, where a monitor shows them."""
        asked = self._of(where)
        if isinstance(asked, PandaRuns):
            return asked.details(where, names, since)
        return NoAnswer(f"{where.service} has no monitor")

    def explains(self, where: WmsRef) -> bool:
        """Tell whether a monitor shows jobs of a system."""
        asked = self._of(where)
        return isinstance(asked, PandaRuns) and asked.explains(where)

    def input_of(self, where: WmsRef, job_id: str) -> str | NoAnswer:
        """Return the name of the input of a job, where a monitor shows it."""
        asked = self._of(where)
        return asked.input_of(where, job_id) if isinstance(asked, PandaRuns) else NoAnswer("no monitor")

    def log_of(self, where: WmsRef, link: str) -> str | NoAnswer:
        """Return the end of a log that a monitor links to."""
        asked = self._of(where)
        return asked.log_of(where, link) if isinstance(asked, PandaRuns) else NoAnswer("no monitor")

    def hears(self, where: WmsRef) -> bool:
        """Tell whether the jobs of a system say themselves how they stand."""
        asked = self._of(where)
        return isinstance(asked, BatchRuns) and asked.hears(where)

    def heard(self, where: WmsRef, output_run: str) -> Signalled | NoAnswer:
        """Return what the jobs of a run have said until now."""
        asked = self._of(where)
        if isinstance(asked, BatchRuns):
            return asked.heard(where, output_run)
        return NoAnswer(f"jobs of {where.service} say nothing")

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask for the end of a run."""
        return self._of(where).cancel(where, run_id)

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return the command with which a person ends a run."""
        return self._of(where).cancel_command(where, run_id)

    def settling(self, where: WmsRef) -> float:
        """Return after how many seconds a run that was taken is shown."""
        return self._of(where).settling(where)

    def close(self) -> None:
        """End the observers that were started; it may be repeated."""
        for observer in self._observers.values():
            observer.close()

    def __enter__(self) -> Systems:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _observer(self, where: WmsRef) -> Observer | NoAnswer:
        how = self._choose(where)
        if isinstance(how, NoAnswer):
            return how
        if how.command not in self._observers:
            timeout, starting = self._seconds
            self._observers[how.command] = Observer(
                how.command, how.environ, timeout=timeout, starting=starting
            )
        return self._observers[how.command]

    def _of(self, where: WmsRef) -> Wms:
        if self.batch is not None and is_batch(where.service):
            return self.batch
        if is_recorded(where):
            return self._recorded
        return self._panda if is_panda(where) else self._plugins
