"""The logs of quanta, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from cmcompile.model.logs import LogRecord, Logs, ShownLog, WantedLogs
from cmcompile.report.screen import Screen, count
from cmcompile.report.terminal import visible

FORMAT = 1
#: Lines of a record that are shown where no tail is asked for.
_LINES = 12


def logs_text(title: str, logs: Logs, wanted: WantedLogs, screen: Screen, more: Sequence[str]) -> str:
    """Return logs for people, the failed ones first.

    Parameters
    ----------
    title
        The workflow and its run.
    more
        Commands that show more.
    """
    lines = [screen.whole(f"{title}: {_sum(logs)}").rstrip("\n")]
    for log in logs.shown:
        lines += ["", screen.whole(_head(log), "alarm" if log.failed else None).rstrip("\n")]
        lines += (f"  {line}" for record in log.records for line in _record(record, whole=bool(wanted.tail)))
    hidden = logs.failed - sum(log.failed is True for log in logs.shown)
    if hidden > 0:
        lines += ["", f"and {count(hidden, 'other')} that failed"]
    if more:
        lines += ["", "next:", *(f"  {visible(line)}" for line in more)]
    return "".join(f"{line}\n" for line in lines)


def logs_json(title: str, logs: Logs) -> str:
    """Return logs for programs."""
    shown = [asdict(log) for log in logs.shown]
    found = {
        "format": FORMAT,
        "of": title,
        "source": logs.source,
        "found": logs.found,
        "failed": logs.failed,
        "tasks": list(logs.tasks),
        "logs": shown,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _sum(logs: Logs) -> str:
    if logs.source == "the Butler":
        quanta = count(logs.found, "quantum", "quanta")
        return f"{quanta} with a log, {logs.failed or 'none'} failed (from the Butler)"
    files = count(logs.found, "log file")
    return f"{files} of jobs, {logs.failed or 'none'} with an error (from {logs.source})"


def _head(log: ShownLog) -> str:
    what = {True: "failed", False: "ended well", None: "no error"}[log.failed]
    if log.file:
        return f"{log.file}: {'an error' if log.failed else 'no error'}"
    return f"{log.task} {log.data_id}: {what}"


def _record(record: LogRecord, *, whole: bool) -> Iterator[str]:
    head = " ".join(part for part in (record.at, record.level, record.source) if part)
    lines = record.text.splitlines()
    if record.source:
        yield visible(head)
    if not whole and len(lines) > _LINES:
        # The end of a traceback says what went wrong.
        lines = [*lines[:2], f"... {len(lines) - _LINES} lines left out", *lines[2 - _LINES :]]
    for line in lines:
        yield ("  " if record.source else "") + visible(line)
