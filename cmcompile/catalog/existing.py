"""Which jobs of a table are left out, since what they would make is there."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cmcompile.batch.table import Job, Table
from cmcompile.catalog.former import Former
from cmcompile.model.catalog import Output


class Named(Protocol):
    """A catalog, as far as it is asked here."""

    def named(self, names: Collection[str], campaign: str | None = None) -> Mapping[str, Sequence[Output]]:
        """Return what is held under some names, newest first."""


@dataclass(frozen=True, slots=True)
class _Trust:
    """What is known of who made a file: the last job that had it to make."""

    made: bool
    at: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for each output."""

    formers: Sequence[Former]
    listed: Mapping[str, Sequence[Output]]
    trust: Mapping[str, _Trust]
    step: str | None


def existing(
    table: Table,
    *,
    formers: Sequence[Former] = (),
    void: Sequence[Former] = (),
    catalog: Named | None = None,
    campaign: str | None = None,
    step: str | None = None,
) -> dict[int, str]:
    """Return the jobs that need not run, by number, each with why.

    A job is left out when all of its outputs are there; one that names none is never left out. An output is
    there

    - as a file at the absolute path that the table names, which is not empty;
    - for a relative path, below the directory of the same job of a former workflow;
    - under its name in the catalog, where that file is there, or its place can't be seen from here; a
      relative name is one of the same job of the step only, since others may use it for files of their own.

    It is not taken for there when the last job that had it to make ended badly or never said that it had
    ended, or when its workflow counts no more: half a file looks like a whole one.

    Parameters
    ----------
    formers
        Workflows whose outputs may be taken over.
    void
        Workflows that were rejected or superseded.
    catalog
        None: files alone are looked at.
    campaign
        Whose names in the catalog are meant; None: of any.
    step
        Whose relative names are meant there; None: of any.

    Raises
    ------
    CatalogError
        When the catalog can't be asked: nothing must be submitted then, as jobs might run twice.
    OSError
        When a place can't be looked at.
    """
    every = [name for job in table.jobs for name in job.outputs]
    if not every:
        return {}
    listed = {} if catalog is None else catalog.named(every, campaign)
    newest = sorted(formers, key=_began, reverse=True)
    asked = _Asked(newest, listed, _trust(formers, void), step)
    found: dict[int, str] = {}
    for job in table.jobs:
        where = _all(job, asked)
        if where:
            more = f" and {len(where) - 1} more" if len(where) > 1 else ""
            found[job.number] = f"{where[0]}{more}"
    return found


def _began(former: Former) -> tuple[float, str]:
    return (max((former.told_at(job) for job in former.table.jobs), default=0.0), former.name)


def _trust(formers: Sequence[Former], void: Sequence[Former]) -> dict[str, _Trust]:
    """Return, by absolute path, what is known of the last job that had it to make."""
    found: dict[str, _Trust] = {}
    for former, counts in [*((f, True) for f in formers), *((f, False) for f in void)]:
        for job in former.table.jobs:
            if job.number in former.skipped or job.number not in former.signals:
                continue  # it never began
            made, at = counts and former.went_well(job), former.told_at(job)
            for name in job.outputs:
                # As the catalog has it: a path that is written in another way is the same file.
                path = str(former.path(job, name))
                if path not in found or found[path].at <= at:
                    found[path] = _Trust(made, at)
    return found


def _all(job: Job, asked: _Asked) -> list[str]:
    """Return where the outputs of a job are; empty: one of them is not there, or it has none."""
    found = []
    for name in job.outputs:
        where = _where(job, name, asked)
        if not where:
            return []
        found.append(where)
    return found


def _where(job: Job, name: str, asked: _Asked) -> str:
    for path in _paths(job, name, asked.formers):
        if _is_there(path, asked):
            return f"{path} is there"
    # The last one counts, and what stands behind it is not fallen back to.
    last = next((one for one in asked.listed.get(name, ()) if _is_meant(one, job, asked.step)), None)
    if last is None or not last.path.startswith("/"):
        return ""
    if _is_there(last.path, asked) or (not _can_be_seen(last.path) and _made(last.path, asked)):
        return f"{last.path} is in the catalog, by {last.run}"
    return ""


def _paths(job: Job, name: str, formers: Sequence[Former]) -> Iterator[str]:
    """Yield where an output may be, by the tables: below the directory of the same job, newest first."""
    if name.startswith("/"):
        yield name
        return
    for former in formers:
        same = former.table.by_data_id().get(job.data_id)
        if same is not None and name in same.outputs:
            yield str(former.path(same, name))


def _is_meant(output: Output, job: Job, step: str | None) -> bool:
    if output.name.startswith("/"):
        return True
    return step in (None, output.step) and output.data_id == job.data_id


def _made(path: str, asked: _Asked) -> bool:
    trust = asked.trust.get(str(Path(path)))
    return trust is None or trust.made


def _is_there(path: str, asked: _Asked) -> bool:
    if not _made(path, asked):
        return False
    try:
        status = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_size > 0)


def _can_be_seen(path: str) -> bool:
    """Tell whether the directory of a file is there: then a file that is not in it is gone."""
    return Path(path).parent.is_dir()
