"""All workload systems of a campaign, each asked in its own way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen, Wms
from cmcompile.observe.wms.observer import STARTING, TIMEOUT, Observer, Starting
from cmcompile.observe.wms.plugins import PluginSystems
from cmcompile.observe.wms.recorded import RecordedRuns, is_recorded

#: Starts the observer in the Python that runs this.
HERE = (sys.executable, "-m", "cmcompile.observe.wms.serve")


class Systems:
    """All workload systems; implements ``Wms``.

    Runs that are recorded on this machine are read here. For any other BPS plugin a process is started, with
    the first request, in which the stack is imported once; it ends with `close`, or with this process.
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
    """

    def __init__(
        self,
        command: Sequence[str] = HERE,
        environ: Mapping[str, str] | None = None,
        *,
        timeout: float = TIMEOUT,
        starting: float = STARTING,
        choose: Callable[[WmsRef], Starting | NoAnswer] | None = None,
    ) -> None:
        self._choose = choose or (lambda _: Starting(tuple(command), environ))
        self._seconds = (timeout, starting)
        self._observers: dict[tuple[str, ...], Observer] = {}
        self._plugins = PluginSystems(self._observer)
        self._recorded = RecordedRuns()

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return all runs whose names begin with one of some prefixes."""
        return self._of(where).find(where, prefixes)

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids."""
        return self._of(where).look(where, run_ids)

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
        return self._recorded if is_recorded(where) else self._plugins
