"""The job table of a group: one row per job, as text that a person and a shell read.

Fields are split by tabs and rows by line feeds, and neither can be in a field: there is no quoting. The
columns are ``job`` (numbers from 1), those of the list that the jobs were made from, ``outputs`` and
``inputs`` (names with one blank between), ``log`` and ``command``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cmcompile.batch.errors import BatchFileError

#: Columns that every table has: the first, and the last four.
FIRST = "job"
LAST = ("outputs", "inputs", "log", "command")
#: What a column may be called: it is the end of a variable's name in the shell.
COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}\Z")

_FIELD = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*\Z")
_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+\Z")


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a group.

    Attributes
    ----------
    number
        From 1, as the batch system is given it.
    columns
        The names of the columns that tell the jobs apart, in the order of the spec.
    values
        Its values of these columns.
    outputs, inputs
        Names of files: paths, absolute or below the directory that the job stands in.
    log
        Where its output goes; empty where the batch system keeps it.
    """

    number: int
    columns: tuple[str, ...]
    values: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    log: str = ""
    command: str = ""

    @property
    def ids(self) -> dict[str, str]:
        """The values by column."""
        return dict(zip(self.columns, self.values, strict=True))

    @property
    def data_id(self) -> str:
        """What the job is for, as quanta say it: ``run=22000, segment=1``, columns sorted."""
        return ", ".join(f"{c}={v}" for c, v in sorted(zip(self.columns, self.values, strict=True)))


@dataclass(frozen=True, slots=True)
class Table:
    """The jobs of a group, in the order of their numbers."""

    columns: tuple[str, ...]
    jobs: tuple[Job, ...]
    _by_data_id: dict[str, Job] = field(default_factory=dict, compare=False, repr=False)

    def job(self, number: int) -> Job | None:
        """Return a job by its number."""
        return self.jobs[number - 1] if 0 < number <= len(self.jobs) else None

    def by_data_id(self) -> Mapping[str, Job]:
        """Return all jobs by what they are for."""
        if not self._by_data_id:
            self._by_data_id.update((job.data_id, job) for job in self.jobs)
        return self._by_data_id


def is_field(text: str) -> bool:
    """Tell whether a text can stand in a field: no tab, line end or other control character."""
    return bool(_FIELD.match(text))


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of an output or input: as `is_field`, without any white space."""
    return bool(_NAME.match(text))


def table_bytes(table: Table) -> bytes:
    """Return the file of a table.

    Raises
    ------
    ValueError
        Where it could not be read back: a field with a tab, a name with a blank, a wrong number.
    """
    lines = ["\t".join((FIRST, *table.columns, *LAST))]
    _check_columns(table.columns)
    for number, job in enumerate(table.jobs, 1):
        if job.number != number or job.columns != table.columns or len(job.values) != len(table.columns):
            raise ValueError(f"job {number} of the table is job {job.number}, or has other columns")
        names = (*job.outputs, *job.inputs)
        row = (
            str(number),
            *job.values,
            " ".join(job.outputs),
            " ".join(job.inputs),
            job.log,
            job.command,
        )
        if not all(map(is_name, names)) or not all(map(is_field, row)):
            raise ValueError(f"job {number} of the table has a tab, a line end or a blank where none can be")
        lines.append("\t".join(row))
    return ("\n".join(lines) + "\n").encode()


def read_table(data: bytes) -> Table:
    """Read a table.

    Raises
    ------
    BatchFileError
        Where it is not what `table_bytes` writes.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BatchFileError("job table", 0, "it is not UTF-8") from error
    if not text.endswith("\n"):
        raise BatchFileError("job table", 0, "it does not end with a line end: it was cut off")
    header, *rows = text[:-1].split("\n")
    names = tuple(header.split("\t"))
    if names[:1] != (FIRST,) or names[-len(LAST) :] != LAST or len(names) <= len(LAST):
        raise BatchFileError("job table", 1, "its columns are not those of a job table")
    columns = names[1 : -len(LAST)]
    try:
        _check_columns(columns)
    except ValueError as error:
        raise BatchFileError("job table", 1, str(error)) from error
    return Table(columns, tuple(_jobs(rows, columns)))


def _jobs(rows: Iterable[str], columns: tuple[str, ...]) -> Iterable[Job]:
    width = 1 + len(columns) + len(LAST)
    for number, row in enumerate(rows, 1):
        fields = row.split("\t")
        if len(fields) != width:
            raise BatchFileError("job table", number + 1, f"{len(fields)} fields instead of {width}")
        if fields[0] != str(number):
            raise BatchFileError("job table", number + 1, f"job {fields[0]} where job {number} is due")
        outputs, inputs, log, command = fields[-len(LAST) :]
        yield Job(
            number,
            columns,
            tuple(fields[1 : -len(LAST)]),
            tuple(outputs.split(" ")) if outputs else (),
            tuple(inputs.split(" ")) if inputs else (),
            log,
            command,
        )


def _check_columns(columns: tuple[str, ...]) -> None:
    for at, column in enumerate(columns):
        if not COLUMN.match(column) or column in (FIRST, *LAST) or column in columns[:at]:
            raise ValueError(f"{column!r} can't be a column of a job table")
