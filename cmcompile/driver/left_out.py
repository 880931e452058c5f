"""Jobs that are left out of a submission, since their outputs are there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cmcompile.batch.document import Document
from cmcompile.batch.table import Table
from cmcompile.catalog.existing import Named, existing
from cmcompile.driver.former_runs import formers_of

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

    Cost: where any output is there, or is named below a job's directory, what is kept of all runs is read,
    the table of each run of which nothing is kept yet, and the signals of those that had one of these jobs.

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
    listed, step = opened(catalog), document.task
    relative = any(not name.startswith("/") for job in table.jobs for name in job.outputs)
    if not relative and not existing(table, catalog=listed, campaign=campaign, step=step):
        return {}
    # Only the catalog finds an output by a relative name.
    formers = tuple(formers_of(table, document, area, by_name=listed is not None))
    # A run that counted no more for an earlier one still does not.
    gone = {*void, *(run for former in formers for run in former.void)}
    counting = [former for former in formers if former.run not in gone]
    lost = [former for former in formers if former.run in gone]
    return existing(table, formers=counting, void=lost, catalog=listed, campaign=campaign, step=step)


def opened(address: str) -> Named | None:
    """Return a catalog; None: none is meant."""
    if not address:
        return None
    from cmcompile.catalog.database import Catalog

    return Catalog(address)
