"""A group of jobs that was sent, as the catalog looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cmcompile.batch.run_files import WORK
from cmcompile.batch.table import Job, Table


@dataclass(frozen=True, slots=True)
class SentJobs:
    """The jobs of one workflow.

    Attributes
    ----------
    run
        The output run.
    directory
        The submit directory, absolute; it need not be there any more.
    since
        When it was claimed, in seconds since 1970 UTC.
    skipped
        Jobs that were left out, by their number: they made nothing.
    """

    campaign: str
    step: str
    group: str
    workflow: str
    run: str
    directory: Path
    table: Table
    since: float = 0.0
    skipped: frozenset[int] = frozenset()

    def path(self, job: Job, name: str) -> Path:
        """Return where an output of a job is: as named, or below the directory that the job stands in."""
        return self.directory / WORK / str(job.number) / name
