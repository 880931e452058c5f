"""The logs of the jobs of a batch step, below its submit directory or where the spec has them."""

from __future__ import annotations

import os
from pathlib import Path

from cmcompile.batch.run_files import LOGS
from cmcompile.batch.table import Job
from cmcompile.model.batch import JobFact, JobState
from cmcompile.model.errors import CmcompileError
from cmcompile.model.logs import LogRecord, Logs, ShownLog, WantedLogs, chosen
from cmcompile.observe.batch import facts
from cmcompile.observe.batch.places import Place, Places

#: Of a longer log only so many bytes at its end are read.
_MOST = 1 << 20
#: So many lines are shown where nobody says how many: what a program says when it fails.
_LINES = 5


def batch_logs(area: Path, output_run: str, wanted: WantedLogs) -> Logs | None:
    """Return the logs of the jobs of a run; None: it is of no batch step, or can't be read.

    A job has failed if the batch system said so once, or its wrapper; of others it is not known.
    """
    place = Places(area).of_run(output_run)
    if place is None:
        return None
    try:
        return _logs(place, wanted)
    except (OSError, CmcompileError):
        return None


def last_lines(place: Place, job: Job, most: int = _MOST) -> tuple[Path, list[str]]:
    """Return the log of a job, and the lines at its end that say something.

    What the script says before it has opened the log is in the batch system's own: that one is taken where
    the log says nothing.

    Parameters
    ----------
    most
        Of a longer log only so many bytes at its end are read.
    """
    kept = [place.directory / LOGS / f"{job.number}{ending}" for ending in (".out", ".err")]
    paths = [place.directory / job.log, *kept] if job.log else kept
    for path in paths:
        if lines := [line for line in _text(path, most).splitlines() if line.strip()]:
            return path, lines
    return paths[0], []


def _logs(place: Place, wanted: WantedLogs) -> Logs:
    task = place.document.task
    jobs = [job for job in place.table.jobs if job.number in place.numbers and _fits(job, task, wanted)]
    known = {
        number: fact for run_id in place.ids()[-1:] for number, fact in facts.told(place, run_id).items()
    }
    known |= facts.by_signals(place, frozenset(job.number for job in jobs) - known.keys())
    flags = [_is_bad(known.get(job.number)) for job in jobs]
    shown = [_shown(place, jobs[at], known.get(jobs[at].number), wanted) for at in chosen(wanted, flags)]
    return Logs(str(place.directory), len(jobs), sum(flags), tuple(shown), (task,))


def _fits(job: Job, task: str, wanted: WantedLogs) -> bool:
    ids = job.ids
    return wanted.task in ("", task) and all(ids.get(name) == value for name, value in wanted.data_id.items())


def _is_bad(fact: JobFact | None) -> bool:
    return fact is not None and fact.state.is_over and not fact.state.is_good


def _shown(place: Place, job: Job, fact: JobFact | None, wanted: WantedLogs) -> ShownLog:
    path, lines = last_lines(place, job)
    bad = _is_bad(fact)
    records = [LogRecord("", "", "", line) for line in lines[-(wanted.tail or _LINES) :]]
    if fact is not None and bad:
        words = " ".join(filter(None, (fact.word, fact.reason if fact.reason != fact.word else "")))
        code = "" if fact.exit is None else f", exit code {fact.exit}"
        records.append(LogRecord("", "ERROR", "", f"{words or JobState.FAILED.value}{code}"))
    data_id = job.data_id.replace(",", "")
    return ShownLog(
        place.document.task, data_id, bad if fact is not None else None, tuple(records), str(path)
    )


def _text(path: Path, most: int) -> str:
    """Return the end of a log; empty where there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - most))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
