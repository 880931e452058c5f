"""What the monitor of a workload system told of the jobs of a run that failed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cmcompile.model.cause import Cause
from cmcompile.model.outcome import Quantum
from cmcompile.model.usage import Spread

#: The source of what a monitor told.
MONITOR = "monitor"


#: Where a file stands that an event names, in the workflow's directory; no include file is called so.
_KEPT = re.compile(r"kept/[0-9a-f]{16}\.json\.gz")


def kept_name(digest: str) -> str:
    """Return the name of a file by its digest."""
    return f"kept/{digest[:16]}.json.gz"


def is_kept(file: str) -> bool:
    """Tell whether a file of a workflow's directory is one that `Diagnosed` may name."""
    return _KEPT.fullmatch(file) is not None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was told of the job of one quantum.

    Attributes
    ----------
    message
        The words of the parts of the system, with their codes.
    """

    quantum: Quantum
    cause: Cause
    message: str = ""


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a label failed in one way, whichever quanta they had.

    Attributes
    ----------
    label
        As BPS names it; empty where the name of the task does not tell.
    source, code, site
        As of `cmcompile.model.cause.Cause`, of the last attempt; an empty source: nothing was told.
    jobs
        Jobs, not their attempts. One may have succeeded later.
    """

    label: str
    jobs: int
    source: str = ""
    code: int | None = None
    site: str = ""


@dataclass(frozen=True, slots=True)
class TaskJobs:
    """What was told of the attempts of one label that failed; jobs that never failed are not shown.

    Attributes
    ----------
    label
        As of `JobCount`.
    failed
        Attempts that failed.
    retries
        Attempts that were not the first of their job, also those that succeeded. None: it can't be told.
    queue
        From the making of a failed attempt to its start, in seconds. None: not told.
    efficiency
        CPU time of the failed attempts in percent of their wall time, as if each had one core. None: not
        told.
    memory
        The highest peak of resident memory of a failed attempt, in MB. None: not told.
    """

    label: str
    failed: int
    retries: int | None = None
    queue: Spread | None = None
    efficiency: int | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """An event: what was told of the failed jobs of a run that has ended; no state rests on it.

    Attributes
    ----------
    source
        `MONITOR`.
    causes
        Of quanta, as far as it can be told which job was whose.
    jobs
        Of all jobs that were shown, by label.
    tasks
        Of all attempts that were shown, by label; none in events of before there was this.
    file, digest
        Where more of it is kept, relative to the workflow's directory, and the sha256 of its bytes; empty:
        nowhere.
    lacking
        What was not told, and why.
    """

    source: str
    run_id: str = ""
    causes: tuple[Diagnosis, ...] = ()
    jobs: tuple[JobCount, ...] = ()
    file: str = ""
    digest: str = ""
    lacking: tuple[str, ...] = ()
    tasks: tuple[TaskJobs, ...] = ()
