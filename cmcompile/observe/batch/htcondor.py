"""HTCondor, asked by ``condor_q`` and ``condor_history``; tried with 23.9.

A job that has left the queue is in the history, until the schedd's files of it are rotated away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cmcompile.batch.which import in_words, name_in, name_question, options_of
from cmcompile.model.batch import JobFact, JobState
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.commands import Said
from cmcompile.observe.batch.queue import Ask, Chosen, Cluster, Shown

_SYSTEM = "htcondor"
_ATTRIBUTES = (
    *("ClusterId", "ProcId", "JobBatchName", "Args", "JobStatus", "ExitCode", "ExitBySignal", "ExitSignal"),
    *("HoldReason", "HoldReasonCode", "HoldReasonSubCode", "LastHoldReason", "LastHoldReasonCode"),
    *("RemoveReason", "NumJobStarts", "RemoteHost", "LastRemoteHost"),
)
_AS_JSON = ("-json", "-attributes", ",".join(_ATTRIBUTES))
_IDLE, _RUNNING, _REMOVED, _COMPLETED, _HELD, _OUTPUT, _SUSPENDED = 1, 2, 3, 4, 5, 6, 7
_WORDS = {
    _IDLE: ("IDLE", JobState.WAITING),
    _RUNNING: ("RUNNING", JobState.RUNNING),
    _REMOVED: ("REMOVED", JobState.REMOVED),
    _COMPLETED: ("COMPLETED", JobState.SUCCEEDED),
    _HELD: ("HELD", JobState.HELD),
    _OUTPUT: ("TRANSFERRING_OUTPUT", JobState.RUNNING),
    _SUSPENDED: ("SUSPENDED", JobState.RUNNING),
}
#: Source: the table of HoldReasonCode in HTCondor's manual (Job ClassAd Attributes, 23.0): 34 is memory
#: beyond what was asked for, by the starter; 21 is the machine's policy, which says why; 46 and 47 are times.
_MEMORY, _POLICY, _TIMES = 34, 21, (46, 47)
#: Begins the reason of a job that its own expression took out, and no person.
_BY_ITSELF = "The job attribute PeriodicRemove"
_OF_MEMORY = re.compile(r"memory (?:usage|limit)|out of memory|exceeded .*memory", re.IGNORECASE)
_NONE = re.compile(r"^Total for query: 0 jobs", re.MULTILINE)


class CondorQueue:
    """HTCondor; implements ``Queue``.

    Cost: `shown` reads all jobs of the schedd, whosesoever they are: about 600 bytes each.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def shown(self, where: WmsRef, chosen: Chosen) -> Mapping[str, Shown] | NoAnswer:
        """Return the runs that are chosen, by the numbers of their clusters."""
        command = ["condor_q", *options_of(_SYSTEM, where.where), "-allusers", *_AS_JSON]
        ads = self._ads(where, command)
        if isinstance(ads, NoAnswer):
            return ads
        if not ads and (why := self._is_not_empty(where)):
            return NoAnswer(why)
        return _runs(ads, chosen, queued=True)

    def past(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, Shown] | NoAnswer:
        """Return what the history holds of clusters."""
        if not run_ids:
            return {}
        wanted = frozenset(run_ids)
        command = ["condor_history", *options_of(_SYSTEM, where.where), *sorted(wanted)]
        ads = self._ads(where, [*command, *_AS_JSON])
        if isinstance(ads, NoAnswer):
            return ads
        return _runs(ads, lambda run_id, name: run_id in wanted, queued=False)

    def cluster(self, where: WmsRef) -> Cluster | NoAnswer:
        """Return the schedd."""
        said = self._said(where, name_question(_SYSTEM, where.where))
        if isinstance(said, NoAnswer):
            return said
        name = name_in(_SYSTEM, said)
        return NoAnswer("condor_q does not name the schedd") if name is None else Cluster(name)

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Remove a cluster; one that left the queue needs no removing."""
        answer = self._ask(where, ["condor_rm", *options_of(_SYSTEM, where.where), run_id])
        if isinstance(answer, NoAnswer):
            return answer
        if answer.code:
            left = self.shown(where, lambda id_, name: id_ == run_id)
            if isinstance(left, NoAnswer):
                return left
            going = (fact for run in left.values() for fact in run.jobs.values())
            if any(fact.word != _WORDS[_REMOVED][0] for fact in going):
                return NoAnswer(f"condor_rm: {answer.words}")
        return None

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return ``condor_rm``."""
        return in_words(_SYSTEM, where.where, ["condor_rm", *options_of(_SYSTEM, where.where), run_id])

    def _is_not_empty(self, where: WmsRef) -> str:
        """Return why an answer without jobs can't be trusted; empty: the queue says that it has none."""
        said = self._said(where, ["condor_q", *options_of(_SYSTEM, where.where), "-allusers", "-totals"])
        if isinstance(said, NoAnswer):
            return said.why
        return "" if _NONE.search(said) else "condor_q shows no jobs, and counts some"

    def _ads(self, where: WmsRef, command: Sequence[str]) -> list[Mapping[str, Any]] | NoAnswer:
        said = self._said(where, command)
        if isinstance(said, NoAnswer):
            return said
        if not said.strip():
            return []  # so it says that there is nothing
        try:
            found = json.loads(said)
            if isinstance(found, list) and all(isinstance(ad, dict) for ad in found):
                return found
        except (ValueError, RecursionError):
            pass
        return NoAnswer(f"{command[0]} does not answer as it should, or its answer was cut off")

    def _said(self, where: WmsRef, command: Sequence[str]) -> str | NoAnswer:
        answer = self._ask(where, command)
        if isinstance(answer, Said) and answer.code:
            return NoAnswer(f"{command[0]}: {answer.words}")
        return answer if isinstance(answer, NoAnswer) else answer.out


def _runs(ads: Iterable[Mapping[str, Any]], chosen: Chosen, *, queued: bool) -> dict[str, Shown] | NoAnswer:
    found: dict[str, Shown] = {}
    for ad in ads:
        run_id, name = str(ad.get("ClusterId", "")), str(ad.get("JobBatchName", ""))
        if not chosen(run_id, name):
            continue
        fact = _fact(ad, queued=queued)
        if fact is None:
            return NoAnswer(f"HTCondor says of job {run_id}.{ad.get('ProcId')} what is no state")
        found.setdefault(run_id, Shown(run_id, name)).jobs[fact.job] = fact
    return found


def _fact(ad: Mapping[str, Any], *, queued: bool) -> JobFact | None:
    status = ad.get("JobStatus")
    if status not in _WORDS:
        return None
    word, state = _WORDS[status]
    exit_, reason = None, ""
    if status == _COMPLETED:
        exit_ = _exit(ad)
        state = JobState.SUCCEEDED if exit_ == 0 else JobState.FAILED
    elif status == _HELD:
        reason = str(ad.get("HoldReason", ""))
    elif status == _REMOVED:
        # Its processes may still be there.
        state, reason = (JobState.RUNNING, "") if queued else _removed(ad)
    starts = ad.get("NumJobStarts")
    return JobFact(
        _job(ad),
        state,
        word,
        exit_,
        reason,
        str(ad.get("RemoteHost") or ad.get("LastRemoteHost") or "").rpartition("@")[2],
        max(0, starts - 1) if isinstance(starts, int) else None,
    )


def _removed(ad: Mapping[str, Any]) -> tuple[JobState, str]:
    """Return why a job was removed: where its own expression did that, what it was held for counts."""
    why = str(ad.get("RemoveReason", ""))
    code = ad.get("HoldReasonCode", ad.get("LastHoldReasonCode"))
    held = str(ad.get("HoldReason", ad.get("LastHoldReason", "")))
    if not why.startswith(_BY_ITSELF):
        # It may have been released since it was held.
        return JobState.REMOVED, why
    if code == _MEMORY or (code == _POLICY and _OF_MEMORY.search(held)):
        return JobState.MEMORY, held
    if code in _TIMES:
        return JobState.TIMEOUT, held
    return JobState.REMOVED, why


def _exit(ad: Mapping[str, Any]) -> int | None:
    if ad.get("ExitBySignal"):
        number = ad.get("ExitSignal")
        return 128 + number if isinstance(number, int) else None
    code = ad.get("ExitCode")
    return code if isinstance(code, int) else None


def _job(ad: Mapping[str, Any]) -> int:
    """Return the number of a job in its table: the last of its arguments; 0: it has none."""
    last = str(ad.get("Args", "")).rpartition(" ")[2]
    return int(last) if last.isascii() and last.isdecimal() else 0
