"""Jobs that are left out of a submission, since their outputs are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cmcompile.batch.document import Document, read_document
from cmcompile.batch.errors import BatchFileError
from cmcompile.batch.run_files import DOCUMENT, INDEX, read_given
from cmcompile.batch.table import Table, read_table
from cmcompile.catalog.existing import Named, existing
from cmcompile.catalog.former import Former, read_former

#: The variable that holds the address of the campaign's catalog.
CATALOG = "CMCOMPILE_CATALOG"


def left_out(
    table: Table,
    document: Document,
    area: Path,
    void: Sequence[str] = (),
    catalog: str = "",
    campaign: str = "",
) -> dict[int, str]:
    """Return the jobs whose outputs are there, with why, by number.

    Cost: where any output is there, or is named below a job's directory, the tables of all runs of the step
    are read, and the signals of those that had one of these jobs.

    Parameters
    ----------
    void
        Output runs that count no more.
    catalog
        The address of the catalog that is asked too; empty: none is.

    Raises
    ------
    CmcompileError, OSError
        When what is there can't be told: nothing may be submitted then.
    """
    listed = opened(catalog)
    relative = any(not name.startswith("/") for job in table.jobs for name in job.outputs)
    if not relative and not existing(table, catalog=listed, campaign=campaign):
        return {}
    formers = tuple(_formers(table, document, area))
    # A run that counted no more for an earlier one still does not.
    gone = {*void, *(run for former in formers for run in former.void)}
    counting = [former for former in formers if former.run not in gone]
    lost = [former for former in formers if former.run in gone]
    return existing(table, formers=counting, void=lost, catalog=listed, campaign=campaign)


def opened(address: str) -> Named | None:
    """Return a catalog; None: none is meant."""
    if not address:
        return None
    from cmcompile.catalog.database import Catalog

    return Catalog(address)


def _formers(table: Table, document: Document, area: Path) -> Iterator[Former]:
    """Return the earlier runs of the step that had one of some jobs."""
    wanted, made = table.by_data_id().keys(), {name for job in table.jobs for name in job.outputs}
    for place in _places(area):
        try:
            found = read_document((place / DOCUMENT).read_bytes())
            if found.task != document.task:
                continue
            theirs = read_table((place / found.table).read_bytes())
        except FileNotFoundError:
            continue  # somebody removed it
        same = theirs.by_data_id().keys() & wanted
        if same or any(name in made for job in theirs.jobs for name in job.outputs):
            former = read_former(place)
            if former is not None:
                yield former


def _places(area: Path) -> Iterator[Path]:
    index = area / INDEX
    for path in sorted(index.iterdir()) if index.is_dir() else ():
        try:
            yield area / read_given(path.read_bytes()).path
        except BatchFileError:
            continue  # it was being written when its writer ended: nothing was submitted
