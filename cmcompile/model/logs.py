"""The logs of quanta, from the Butler, or of jobs, from the files that the engine left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WantedLogs:
    """Which logs are wanted, and how much of them.

    Attributes
    ----------
    task
        Of this task only; empty: of all.
    data_id
        Only of quanta whose data id has these values.
    which
        ``failed``: those alone. ``all``: all. ``first``: those that failed, and where a task or a data id is
        named and none of these failed, all of them.
    most
        At most so many logs are read.
    tail
        So many records of each, the last; 0: the newest error alone.
    """

    task: str = ""
    data_id: Mapping[str, str] = field(default_factory=dict)
    which: str = "first"
    most: int = 5
    tail: int = 0

    @property
    def narrows(self) -> bool:
        """Whether a task or a data id is named."""
        return bool(self.task or self.data_id)


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record of a log.

    Attributes
    ----------
    at
        UTC, ``2026-11-20T08:00:00Z``; empty where it is not known.
    level
        ``ERROR`` and the like, or empty.
    source
        The logger, with file and line.
    text
        The message, with the traceback where there is one; it may have several lines.
    """

    at: str
    level: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownLog:
    """The log of a quantum, or of a job of several quanta.

    Attributes
    ----------
    task
        The task, or the label of the job.
    data_id
        As text, ``detector=1 visit=26010102``; for a job its name.
    failed
        None: that can't be told.
    file
        Where it was read; empty for the Butler.
    """

    task: str
    data_id: str
    failed: bool | None
    records: tuple[LogRecord, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Logs:
    """What was found of a run.

    Attributes
    ----------
    source
        ``the Butler``, or the directory of the files.
    found, failed
        How many logs fit what is wanted, and how many of these are of something that failed.
    shown
        Those that were read, the failed ones first.
    tasks
        All tasks that have a log.
    """

    source: str
    found: int
    failed: int
    shown: tuple[ShownLog, ...]
    tasks: tuple[str, ...] = ()


def chosen(wanted: WantedLogs, flags: list[bool]) -> list[int]:
    """Return the places of the logs to read, the failed ones first.

    Parameters
    ----------
    flags
        Of each log that fits, in order: whether what it is of failed.
    """
    bad = [at for at, failed in enumerate(flags) if failed]
    good = [at for at, failed in enumerate(flags) if not failed]
    with_good = wanted.which == "all" or (wanted.which == "first" and wanted.narrows and not bad)
    return [*bad, *(good if with_good else ())][: wanted.most]
