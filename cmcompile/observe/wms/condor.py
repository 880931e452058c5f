"""HTCondor's queue and history, by the attributes that the BPS plugin gives to the jobs that are its runs.

`bps report` is not asked. Its summary fails as a whole while DAGMan has not written its first status, and
where somebody's submit directory was removed; asked for a run that was restarted, it shows the later one; and
it calls a run deleted that is still in the queue, being removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cmcompile.model.wms import RunSeen
from cmcompile.observe.wms.plugin import NAMELESS, NotToldError, named
from cmcompile.observe.wms.states import ENDED, labels_of, state_of

SERVICE = "lsst.ctrl.bps.htcondor.HTCondorService"
#: The class has this name wherever it is imported from.
NAME = "HTCondorService"
#: DAGMan's own jobs, without those of a graph in another one.
_RUNS = 'JobUniverse == 7 && regexp("dagman$", Cmd) && DAGManJobId =?= undefined'
_ATTRIBUTES = (
    *("ClusterId", "ProcId", "GlobalJobId", "Iwd", "JobStatus", "EnteredCurrentStatus"),
    *("ExitCode", "ExitBySignal", "ExitSignal", "DAG_Status"),
    *("DAG_NodesDone", "DAG_NodesFailed", "DAG_NodesFutile"),
    *("bps_run", "bps_job_summary", "bps_run_summary"),
)
_REMOVED, _COMPLETED = 3, 4
#: HTCondor's words, and BPS's, for ``JobStatus``.
_WORDS = {
    1: ("IDLE", "PENDING"),
    2: ("RUNNING", "RUNNING"),
    _REMOVED: ("REMOVED", "DELETED"),
    _COMPLETED: ("COMPLETED", "SUCCEEDED"),
    5: ("HELD", "HELD"),
    6: ("TRANSFERRING_OUTPUT", "RUNNING"),
    7: ("SUSPENDED", "RUNNING"),
}


class CondorRuns:
    """The runs of one schedd; implements `Source`.

    Cost: each request reads the queue and the history of the schedd once, however many runs are asked for.

    Parameters
    ----------
    service
        An object of the plugin's class.
    schedd
        Its name; empty: the one of this machine.
    """

    def __init__(self, service: Any, schedd: str = "") -> None:
        self._service = service
        self._schedd = schedd

    def find(self, prefixes: Sequence[str]) -> Sequence[RunSeen]:
        """Return the runs in queue and history that have such names."""
        starts = tuple(prefixes)
        ads = self._ads()
        return [run_of(*ad) for ad in ads.values() if named(_name(ad[0]), ad[0].get("Iwd"), starts)]

    def look(self, run_ids: Sequence[str]) -> Sequence[RunSeen]:
        """Return the runs in queue and history that have such ids."""
        ads = self._ads()
        return [run_of(*ads[run_id]) for run_id in run_ids if run_id in ads]

    def cancel(self, run_id: str) -> None:
        """Remove DAGMan's job, and with it all that it started."""
        ad = self._ads().get(run_id)
        if ad is None:
            raise NotToldError(f"neither queue nor history show run {run_id}")
        if _is_going(*ad):
            return
        done, message = self._service.cancel(str(ad[0]["GlobalJobId"]) if self._schedd else run_id, None)
        if not done:
            again = self._ads().get(run_id)
            if again is None or not _is_going(*again):
                raise NotToldError(f"HTCondor did not remove run {run_id}: {message}")

    def _ads(self) -> dict[str, tuple[Mapping[str, Any], bool]]:
        """Return the job of each run by the id that BPS shows, and whether it is in the queue.

        The queue is read first: a job that leaves it meanwhile is in the history then.
        """
        from lsst.ctrl.bps.htcondor import htcondor_service

        # The bindings that the plugin uses: a module `htcondor`, or since 2026 names of `htcondor2`.
        condor = getattr(htcondor_service, "htcondor", htcondor_service)
        kind = condor.DaemonTypes.Schedd
        collector = condor.Collector()
        ad = collector.locate(kind, self._schedd) if self._schedd else collector.locate(kind)
        if ad is None:
            # Given nothing, the bindings ask the schedd of this machine.
            raise NotToldError(f"the collector knows no schedd {self._schedd or 'of this machine'}")
        schedd = condor.Schedd(ad)
        asked = list(_ATTRIBUTES)
        found = dict(_by_id(schedd.query(constraint=_RUNS, projection=asked), queued=True))
        found |= dict(_by_id(schedd.history(_RUNS, asked, -1), queued=False))
        return found


def _by_id(ads: Iterable[Any], *, queued: bool) -> Iterator[tuple[str, tuple[Mapping[str, Any], bool]]]:
    for ad in ads:
        yield f"{ad['ClusterId']}.{ad['ProcId']}", (dict(ad), queued)


def _is_going(ad: Mapping[str, Any], queued: bool) -> bool:
    """Tell whether a run is over, or being removed."""
    return int(ad.get("JobStatus", 0)) == _REMOVED or run_of(ad, queued).state in ENDED


def _name(ad: Mapping[str, Any]) -> str:
    return str(ad.get("bps_run", ""))


def run_of(ad: Mapping[str, Any], queued: bool) -> RunSeen:
    """Return what the job of DAGMan says of its run.

    Raises
    ------
    NotToldError
        When it does not say enough.
    """
    run_id, name = f"{ad['ClusterId']}.{ad['ProcId']}", _name(ad)
    if name in NAMELESS:
        raise NotToldError(f"run {run_id} in {ad.get('Iwd')} has no name")
    status = int(ad.get("JobStatus", 0))
    if status not in _WORDS:
        raise NotToldError(f"run {run_id} has the status {status}, which is not known here")
    word, bps = _WORDS[status]
    if status == _COMPLETED and (bad := _bad_end(ad)):
        word, bps = f"{word} ({bad})", "FAILED"
    elif status == _REMOVED and queued:
        # DAGMan may still be removing the jobs of its graph.
        word, bps = f"{word}, still in the queue", "RUNNING"
    state = state_of(
        bps, _counts(ad), labels_of(str(ad.get("bps_job_summary", ad.get("bps_run_summary", ""))))
    )
    return RunSeen(run_id, name, state, word, f"{word} {state} {ad.get('EnteredCurrentStatus', '')}".strip())


def _bad_end(ad: Mapping[str, Any]) -> str:
    if ad.get("ExitBySignal"):
        return f"signal {ad.get('ExitSignal', '?')}"
    words = (("exit code", "ExitCode"), ("DAG status", "DAG_Status"))
    return ", ".join(f"{word} {ad[name]}" for word, name in words if ad.get(name))


def _counts(ad: Mapping[str, Any]) -> dict[str, int]:
    names = {"DAG_NodesDone": "SUCCEEDED", "DAG_NodesFailed": "FAILED", "DAG_NodesFutile": "PRUNED"}
    return {state: int(ad[name]) for name, state in names.items() if name in ad}
