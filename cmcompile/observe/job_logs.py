"""The log files of jobs below a submit directory, as engines on this machine leave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cmcompile.model.logs import LogRecord, Logs, ShownLog, WantedLogs, chosen

#: Where engines write: our own ``logs/<label>/<job>.<try>.log``, Parsl ``logs/<label>/…/<job>.stderr``,
#: HTCondor ``jobs/<label>/…/<job>.<number>.out``.
_FOLDERS = ("logs", "jobs")
_SUFFIXES = (".stderr", ".stdout", ".err", ".out", ".log")
#: Of a longer file only so many bytes at its end are read.
_MOST = 1 << 20
_ERROR = re.compile(r"(?:^|\s)(ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent call last\)")
_START = re.compile(
    r"^(?:[\w.]+ (?:TRACE|VERBOSE|DEBUG|INFO|WARNING|ERROR|CRITICAL|FATAL): "
    r"|(?:TRACE|VERBOSE|DEBUG|INFO|WARNING|ERROR|CRITICAL|FATAL) \d{4}-)"
)
_QUANTUM = re.compile(r"\bon quantum \{")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class _Job:
    """The log file of a job.

    Attributes
    ----------
    label, name
        The folder that engines make of the job's label, and the file without its suffix.
    errors
        Whether an error stands in it.
    """

    path: Path
    label: str
    name: str
    records: tuple[LogRecord, ...]
    errors: bool


def job_logs(submit: Path, wanted: WantedLogs) -> Logs | None:
    """Return the logs of the jobs of a run; None: no file is there.

    A job may be of several quanta and tasks: what is wanted is looked for in its name and in its text.
    Whether a job failed is judged by errors in its log, since it may not be over.
    """
    jobs = [job for job in map(_read, _files(submit)) if job is not None]
    if not jobs:
        return None
    fitting = [job for job in jobs if _fits(job, wanted)]
    flags = [job.errors for job in fitting]
    shown = tuple(_shown(fitting[at], wanted.tail) for at in chosen(wanted, flags))
    tasks = tuple(sorted({job.label for job in jobs}))
    return Logs(str(submit), len(fitting), sum(flags), shown, tasks)


def _files(submit: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the folder that holds the labels, and the newest file of each job below it, in order."""
    for folder in (submit / name for name in _FOLDERS):
        newest: dict[tuple[Path, str, str], tuple[int, Path]] = {}
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.suffix in _SUFFIXES and path.is_file():
                name, _, last = path.stem.rpartition(".")
                tries = (name, int(last)) if name and last.isdecimal() else (path.stem, 0)
                key = (path.parent, tries[0], path.suffix)
                newest[key] = max(newest.get(key, (-1, path)), (tries[1], path))
        for key in sorted(newest):
            yield folder, newest[key][1]


def _read(found: tuple[Path, Path]) -> _Job | None:
    folder, path = found
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _MOST))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    records = tuple(_records(text))
    if not records:
        return None
    parts = path.relative_to(folder).parts
    errors = any(record.level == "ERROR" for record in records)
    return _Job(path, parts[0] if len(parts) > 1 else "", path.stem.partition(".")[0], records, errors)


def _records(text: str) -> Iterator[LogRecord]:
    """Yield records: a line that begins one, with those that follow it."""
    lines: list[str] = []
    for line in text.splitlines():
        if _START.match(line) and lines:
            yield _record(lines)
            lines = []
        if line.strip() or lines:
            lines.append(line)
    if lines:
        yield _record(lines)


def _record(lines: list[str]) -> LogRecord:
    is_error = any(_ERROR.search(line) for line in lines)
    time = _TIME.search(lines[0])
    at = f"{time[0]}Z" if time else ""
    return LogRecord(at, "ERROR" if is_error else "", "", "\n".join(lines).rstrip())


def _fits(job: _Job, wanted: WantedLogs) -> bool:
    if wanted.task and wanted.task not in (job.label, *_words(job.name)):
        mark = re.compile(rf"\b{re.escape(wanted.task)}\b")
        if not any(mark.search(record.text) for record in job.records):
            return False
    return not wanted.data_id or _holds(job, wanted.data_id)


def _holds(job: _Job, data_id: Mapping[str, str]) -> bool:
    named = {*_words(job.name), *job.path.parts}
    if all(value in named for value in data_id.values()):
        return True
    marks = [
        re.compile(rf"\b{re.escape(k)}['\"]?\s*[:=]\s*['\"]?{re.escape(v)}\b") for k, v in data_id.items()
    ]
    return any(all(mark.search(record.text) for mark in marks) for record in job.records)


def _words(name: str) -> list[str]:
    return name.split("_")


def _shown(job: _Job, tail: int) -> ShownLog:
    if tail:
        records = job.records[-tail:]
    else:
        errors = [record for record in job.records if record.level]
        # What fails in a quantum is followed by what the command says of it.
        told = [record for record in errors if _QUANTUM.search(record.text)] or errors
        records = tuple(told[-1:]) or job.records[-1:]
    return ShownLog(job.label or job.name, job.name, True if job.errors else None, records, str(job.path))
