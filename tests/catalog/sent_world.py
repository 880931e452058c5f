"""Jobs that were sent, as tests of the catalog have them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cmcompile.batch.document import Document, document_bytes
from cmcompile.batch.run_files import DOCUMENT, SIGNALS, WORK
from cmcompile.batch.table import Job, Table, table_bytes
from cmcompile.catalog.former import Former, read_former
from cmcompile.catalog.sent_jobs import SentJobs
from cmcompile.model.signal import Signal, SignalKind, SignalOutput
from cmcompile.signals.codec import encode

COLUMNS = ("run", "segment")


def job(number: int, outputs: Sequence[str] = ("calor.root",), run: int = 22000) -> Job:
    """Return a job of a run, whose segment is its number."""
    return Job(number, COLUMNS, (str(run), str(number)), tuple(outputs), (), "", "./go")


def table(*outputs: Sequence[str]) -> Table:
    """Return a table with a job for each list of outputs."""
    return Table(COLUMNS, tuple(job(at, some) for at, some in enumerate(outputs, 1)))


class Submitted:
    """A submit directory of jobs."""

    def __init__(self, place: Path, jobs: Table, workflow: str = "w00") -> None:
        self.run = f"calor/1/{workflow}-00ff00"
        self.directory = place / self.run
        self.jobs = jobs
        (self.directory / SIGNALS).mkdir(parents=True)
        document = Document("slurm", "", "calor", len(jobs.jobs), "1.jobs.tsv", "1.sh", "1.sbatch", "calor/1")
        (self.directory / DOCUMENT).write_bytes(document_bytes(document))
        (self.directory / "1.jobs.tsv").write_bytes(table_bytes(jobs))
        self.sent = SentJobs("one", "calor", "1", workflow, self.run, self.directory, jobs)
        self._number = 0

    def said(
        self,
        number: int,
        kind: SignalKind,
        second: int = 0,
        *,
        exit_: int | None = None,
        outputs: Sequence[SignalOutput] = (),
        events: int | None = None,
    ) -> None:
        """Put a signal into the spool, of that second of 2026-11-20T08:00."""
        self._number += 1
        at = f"2026-11-20T08:00:{second:02}Z"
        signal = Signal(self.run, number, kind, at, exit_, events, tuple(outputs))
        name = f"{number}-{1_795_161_600_000_000_000 + second * 10**9 + self._number}-{'0' * 8}.json"
        (self.directory / SIGNALS / name).write_bytes(encode(signal))

    def ended(self, number: int, exit_: int = 0, second: int = 10) -> None:
        """Let a job begin and end."""
        self.said(number, SignalKind.BEGUN, second - 1)
        self.said(number, SignalKind.ENDED, second, exit_=exit_)

    def wrote(self, number: int, name: str, data: bytes = b"root") -> Path:
        """Write a file where a job stands."""
        path = self.directory / WORK / str(number) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def former(self) -> Former:
        """Return what is left of it."""
        found = read_former(self.directory)
        assert found is not None
        return found
