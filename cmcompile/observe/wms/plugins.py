"""Workload systems that only their BPS plugins can ask; no lsst import here."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.wms.observer import Observer
from cmcompile.observe.wms.states import STATES

#: By the last part of the plugin's class, in seconds. A schedd has a job in its queue before it replies.
#: Where the reply is lost, the connection may have gone on for a while: HTCondor's manual gives 120 s to
#: opening one (SEC_TCP_SESSION_DEADLINE); as much again is for the transaction.
_SETTLING = {"HTCondorService": 300.0}
#: Where nothing is known: PanDA's own agents take up to some minutes until a request is expanded.
_LONG = 900.0


#: Returns the observer that asks a workload system, or why there is none.
Ask = Callable[[WmsRef], Observer | NoAnswer]


class PluginSystems:
    """All BPS plugins that an observer can import; implements ``Wms``.

    Parameters
    ----------
    observer
        Returns the one that asks a workload system, or why there is none.
    """

    def __init__(self, observer: Ask) -> None:
        self._observer = observer

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return all runs whose names begin with one of some prefixes."""
        starts = tuple(prefixes)
        answer = self._ask("find", where, starts)
        if isinstance(answer, NoAnswer):
            return answer
        return self._sound(tuple(run for run in answer if run.name.startswith(starts)))

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids."""
        answer = self._ask("look", where, run_ids)
        if isinstance(answer, NoAnswer):
            return answer
        found = self._sound(tuple(run for run in answer if run.run_id in run_ids))
        return found if isinstance(found, NoAnswer) else {run.run_id: run for run in found}

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask for the end of a run."""
        answer = self._ask("cancel", where, (run_id,))
        return answer if isinstance(answer, NoAnswer) else None

    def _ask(
        self, ask: str, where: WmsRef, texts: Sequence[str], known: Sequence[str] = ()
    ) -> tuple[RunSeen, ...] | NoAnswer:
        observer = self._observer(where)
        return observer if isinstance(observer, NoAnswer) else observer.ask(ask, where, texts, known)

    def _sound(self, runs: tuple[RunSeen, ...]) -> tuple[RunSeen, ...] | NoAnswer:
        odd = [run for run in runs if run.state not in STATES or not run.changed or not run.wms_state]
        return NoAnswer(f"the observer says of run {odd[0].run_id} what is no state") if odd else runs

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return ``bps cancel``."""
        return shlex.join(["bps", "cancel", "--wms-service-class", where.service, "--id", run_id])

    def settling(self, where: WmsRef) -> float:
        """Return how long a run may stay hidden after it was taken."""
        return _SETTLING.get(where.service.rpartition(".")[2], _LONG)
