"""What the ledger keeps of failed jobs that a monitor told of, as logs."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Mapping
from gzip import GzipFile
from hashlib import sha256
from typing import Any

from cmcompile.model.logs import LogRecord, Logs, ShownLog, WantedLogs, chosen

#: Bytes that a file may have when it is unpacked.
_MOST = 64 << 20
_SOURCE = "what the ledger keeps of the monitor"


class BadKeptError(Exception):
    """The file is not what its event says; the text says why."""


def kept_logs(data: bytes, digest: str, wanted: WantedLogs) -> Logs:
    """Return the jobs of a file, each with the end of its log where that was fetched.

    Parameters
    ----------
    digest
        The sha256 that the event names.

    Raises
    ------
    BadKeptError
        When it is another file, or none that can be read.
    """
    found = _read(data, digest)
    texts = {str(log.get("job")): str(log.get("text", "")) for log in _rows(found, "logs")}
    labels = {str(task.get("task_id")): str(task.get("label", "")) for task in _rows(found, "tasks")}
    jobs = [(labels.get(str(job.get("task_id")), ""), job) for job in _rows(found, "jobs")]
    # Those with a log say most.
    jobs.sort(key=lambda one: str(one[1].get("job_id")) not in texts)
    fitting = [(label, job) for label, job in jobs if _fits(label, job, texts, wanted)]
    places = chosen(wanted, [True] * len(fitting))
    shown = tuple(_shown(*fitting[at], texts, wanted.tail) for at in places)
    tasks = tuple(sorted({label for label, _ in jobs} - {""}))
    return Logs(_SOURCE, len(fitting), len(fitting), shown, tasks)


def _read(data: bytes, digest: str) -> Mapping[str, Any]:
    if sha256(data).hexdigest() != digest:
        raise BadKeptError("it is not what its event names")
    try:
        with GzipFile(fileobj=io.BytesIO(data)) as file:
            text = file.read(_MOST + 1)
        found = json.loads(text) if len(text) <= _MOST else None
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise BadKeptError(f"it can't be read: {error}") from None
    if not isinstance(found, dict):
        raise BadKeptError("it is too large, or no object")
    return found


def _rows(found: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    rows = found.get(key)
    yield from (row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))


def _fits(label: str, job: Mapping[str, Any], texts: Mapping[str, str], wanted: WantedLogs) -> bool:
    text = texts.get(str(job.get("job_id")), "")
    if wanted.task and wanted.task != label:
        return False
    return all(value in text for value in wanted.data_id.values())


def _shown(label: str, job: Mapping[str, Any], texts: Mapping[str, str], tail: int) -> ShownLog:
    lines = texts.get(str(job.get("job_id")), "").splitlines()
    at = str(job.get("ended", "")).replace("+00:00", "Z")
    said = [
        LogRecord(at, "ERROR", f"{one.get('source', '')} {one.get('code', '')}", str(one.get("message", "")))
        for one in _rows(job, "errors")
    ]
    kept = [LogRecord("", "", "", line) for line in lines[-(tail or 5) :]]
    name = " at ".join(filter(None, (str(job.get("name") or job.get("job_id")), str(job.get("site", "")))))
    return ShownLog(label or name, name, True, (*kept, *said), str(job.get("log", "")))
