"""What earlier workflows left behind, by their submit directories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmcompile.batch.document import read_document
from cmcompile.batch.run_files import DOCUMENT, SIGNALS, SKIPPED, VOID, WORK, read_skipped
from cmcompile.batch.table import Job, Table, read_table
from cmcompile.catalog.filled import ended_well, told_at
from cmcompile.model.signal import JobSignals
from cmcompile.signals.packed import jobs_of


@dataclass(frozen=True, slots=True)
class Former:
    """A workflow that was submitted before.

    Attributes
    ----------
    directory
        Its submit directory.
    signals
        Of its jobs, by their number; a job that said nothing is left out.
    skipped
        Jobs that it left out itself: they made nothing.
    run
        Its output run.
    void
        Output runs that counted no more when it was prepared.
    """

    directory: Path
    table: Table
    signals: Mapping[int, JobSignals]
    skipped: frozenset[int] = frozenset()
    run: str = ""
    void: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Its output run, as far as the directory tells it."""
        return self.run or "/".join(self.directory.parts[-2:])

    def path(self, job: Job, name: str) -> Path:
        """Return where an output of a job is."""
        return self.directory / WORK / str(job.number) / name

    def went_well(self, job: Job) -> bool:
        """Tell whether a job said that it had ended well."""
        found = self.signals.get(job.number)
        return found is not None and ended_well(found)

    def told_at(self, job: Job) -> float:
        """Return when a job last told that it had ended, or begun, in seconds since 1970 UTC; 0: never."""
        found = self.signals.get(job.number)
        return 0.0 if found is None else told_at(found)


def read_former(directory: Path) -> Former | None:
    """Read what a workflow left in its submit directory; None: no jobs were ever given out from it.

    Raises
    ------
    BatchFileError
        When a file of it is not as it was written.
    OSError
        When one can't be read.
    SpoolError
        When its signals can't be read.
    """
    try:
        document = read_document((directory / DOCUMENT).read_bytes())
        table = read_table((directory / document.table).read_bytes())
    except FileNotFoundError:
        return None
    skipped = frozenset(read_skipped(data)) if (data := _read(directory / SKIPPED)) else frozenset()
    void = frozenset(_read(directory / VOID).decode("utf-8", "replace").splitlines())
    return Former(directory, table, jobs_of(directory / SIGNALS), skipped, document.output_run, void)


def _read(path: Path) -> bytes:
    """Return a file; one that is not there is empty."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
