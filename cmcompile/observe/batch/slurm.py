"""Slurm, asked by ``squeue``, ``sacct`` and ``scontrol``; tried with 22.05.

``squeue`` shows a job for ``MinJobAge`` seconds after its end (300 unless set otherwise), ``sacct`` for ever,
where there is accounting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cmcompile.batch.which import in_words, name_in, name_question, options_of
from cmcompile.model.batch import JobFact, JobState
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.commands import Said
from cmcompile.observe.batch.queue import Ask, Chosen, Cluster, Shown

_SYSTEM = "slurm"
#: One line per job, the name last, since it may hold any sign. Without ``-h`` there is a line of titles: an
#: answer without it was cut off.
_FIELDS = ("ArrayJobID", "ArrayTaskID", "State", "Reason", "exit_code", "RestartCnt", "NodeList", "Name")
_TITLES = (
    "ARRAY_JOB_ID",
    "ARRAY_TASK_ID",
    "STATE",
    "REASON",
    "EXIT_CODE",
    "RESTART_COUNT",
    "NODELIST",
    "NAME",
)
_SQUEUE = ("squeue", "--states=all", "--array", "-O", ",".join(f"{name}:|" for name in _FIELDS))
_PAST = ("JobID", "State", "ExitCode", "NodeList", "JobName")
_SACCT = ("sacct", "--noheader", "--allocations", "--array", "--parsable", f"--format={','.join(_PAST)}")
_PRIVATE = re.compile(r"^PrivateData\s*=\s*(\S+)", re.MULTILINE)
_NO_ACCOUNTS = "accounting storage is disabled"

#: Source: JOB STATE CODES of squeue(1), 22.05.
_STATES = {
    "PENDING": JobState.WAITING,
    "REQUEUED": JobState.WAITING,
    "REQUEUE_FED": JobState.WAITING,
    "REQUEUE_HOLD": JobState.HELD,
    "SPECIAL_EXIT": JobState.HELD,
    "RESV_DEL_HOLD": JobState.HELD,
    "CONFIGURING": JobState.RUNNING,
    "RUNNING": JobState.RUNNING,
    # Some of its processes may still be there.
    "COMPLETING": JobState.RUNNING,
    "SUSPENDED": JobState.RUNNING,
    "STOPPED": JobState.RUNNING,
    "SIGNALING": JobState.RUNNING,
    "STAGE_OUT": JobState.RUNNING,
    "RESIZING": JobState.RUNNING,
    "COMPLETED": JobState.SUCCEEDED,
    "FAILED": JobState.FAILED,
    "OUT_OF_MEMORY": JobState.MEMORY,
    "TIMEOUT": JobState.TIMEOUT,
    "DEADLINE": JobState.TIMEOUT,
    "CANCELLED": JobState.REMOVED,
    "REVOKED": JobState.REMOVED,
    "NODE_FAIL": JobState.EVICTED,
    "PREEMPTED": JobState.EVICTED,
    "BOOT_FAIL": JobState.EVICTED,
}
#: Reasons of a job that waits for a person.
_HELD = ("JobHeld", "launch failed requeued held", "launch_failed_requeued_held", "JobHoldMaxRequeue")
#: What Slurm puts in the place of an exit code where memory was the reason.
_OOM = 253


class SlurmQueue:
    """Slurm; implements ``Queue``.

    Cost: `shown` reads all jobs that the controller has, whosesoever they are: about 150 bytes each.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def shown(self, where: WmsRef, chosen: Chosen) -> Mapping[str, Shown] | NoAnswer:
        """Return the runs that are chosen, by the ids of their arrays."""
        said = self._said(where, [*_SQUEUE, *options_of(_SYSTEM, where.where)])
        if isinstance(said, NoAnswer):
            return said
        lines = [line for line in said.split("\n") if line and not line.startswith("CLUSTER: ")]
        if not lines or tuple(lines[0].split("|", len(_TITLES))[:-1]) != _TITLES or said[-1:] != "\n":
            return NoAnswer("squeue does not answer as it should, or its answer was cut off")
        found: dict[str, Shown] = {}
        for line in lines[1:]:
            parts = line.removesuffix("|").split("|", len(_FIELDS) - 1)
            if len(parts) != len(_FIELDS):
                continue  # somebody's job has a name with a line end; ours have none
            run_id, task, word, reason, status, restarts, node, name = parts
            if not chosen(run_id, name):
                continue
            state = _state(word, reason)
            if state is None or not run_id.isdecimal():
                return NoAnswer(f"squeue says {word[:40]} of job {run_id[:40]}, which is not known here")
            job = int(task) if task.isdecimal() else 0
            fact = JobFact(
                job,
                state,
                word,
                _exit(status) if state.is_over else None,
                "" if reason == "None" else reason,
                node,
                int(restarts) if restarts.isdecimal() else None,
            )
            found.setdefault(run_id, Shown(run_id, name)).jobs[job] = fact
        return found

    def past(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, Shown] | NoAnswer:
        """Return what the accounts hold of arrays; nothing where there are none."""
        if not run_ids:
            return {}
        wanted = frozenset(run_ids)
        answer = self._ask(where, [*_SACCT, *options_of(_SYSTEM, where.where), f"--jobs={','.join(run_ids)}"])
        if isinstance(answer, NoAnswer):
            return answer
        if answer.code:
            return {} if _NO_ACCOUNTS in answer.error else NoAnswer(f"sacct: {answer.words}")
        found: dict[str, Shown] = {}
        for line in answer.out.splitlines():
            parts = line.removesuffix("|").split("|", len(_PAST) - 1)
            if len(parts) != len(_PAST):
                return NoAnswer(f"sacct says what is no job: {line[:100]}")
            run_id, _, task = parts[0].partition("_")
            # Such as `CANCELLED by 1000`.
            state = _STATES.get(parts[1].partition(" ")[0].rstrip("+"))
            if run_id not in wanted or not task.isdecimal() or state is None or not state.is_over:
                continue
            code, _, by = parts[2].partition(":")
            exit_ = 128 + int(by) if by.isdecimal() and int(by) else int(code) if code.isdecimal() else None
            fact = JobFact(int(task), state, parts[1].partition(" ")[0], exit_, parts[1], parts[3])
            found.setdefault(run_id, Shown(run_id, parts[4])).jobs[int(task)] = fact
        return found

    def cluster(self, where: WmsRef) -> Cluster | NoAnswer:
        """Return the cluster that the controller is of."""
        said = self._said(where, name_question(_SYSTEM, where.where))
        if isinstance(said, NoAnswer):
            return said
        name = name_in(_SYSTEM, said)
        if name is None:
            return NoAnswer("scontrol does not name the cluster")
        hidden = _PRIVATE.search(said)
        return Cluster(name, hidden is not None and "jobs" in hidden[1].split(","))

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Cancel an array; one that is over, or not known any more, needs no cancelling."""
        answer = self._ask(where, ["scancel", "--quiet", *options_of(_SYSTEM, where.where), run_id])
        if isinstance(answer, NoAnswer):
            return answer
        if answer.code and "Invalid job id" not in answer.words and "already completing" not in answer.words:
            return NoAnswer(f"scancel: {answer.words}")
        return None

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return ``scancel``."""
        return in_words(_SYSTEM, where.where, ["scancel", *options_of(_SYSTEM, where.where), run_id])

    def _said(self, where: WmsRef, command: Sequence[str]) -> str | NoAnswer:
        answer = self._ask(where, command)
        if isinstance(answer, Said) and answer.code:
            return NoAnswer(f"{command[0]}: {answer.words}")
        return answer if isinstance(answer, NoAnswer) else answer.out


def _state(word: str, reason: str) -> JobState | None:
    state = _STATES.get(word)
    return JobState.HELD if state is JobState.WAITING and reason.startswith(_HELD) else state


def _exit(status: str) -> int | None:
    """Return the exit code of what ``wait`` gave: that of the job, or 128 and the number of a signal."""
    if not status.isdecimal() or int(status) == _OOM:
        return None
    number = int(status)
    return number >> 8 if number & 0x7F == 0 else 128 + (number & 0x7F)
