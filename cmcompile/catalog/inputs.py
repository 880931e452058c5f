"""Whether the files that jobs read are there, as far as that can be seen."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from cmcompile.batch.table import Table
from cmcompile.catalog.existing import Named


def lacking(table: Table, jobs: Collection[int], catalog: Named | None = None) -> dict[int, str]:
    """Return the jobs of some, by number, of which an input is known not to be there; each with one such.

    An input at a whole path is not there when its directory can be seen, and the file is not in it. One with
    a relative name is payload, or an output that the catalog knows by that name, of whatever campaign: then
    the place that it tells is looked at. Of all others nothing is known, and their jobs find out.

    Raises
    ------
    CatalogError
        When the catalog can't be asked.
    OSError
        When a place can't be looked at.
    """
    wanted = [job for job in table.jobs if job.number in jobs and job.inputs]
    names = {name for job in wanted for name in job.inputs if not name.startswith("/")}
    listed = {} if catalog is None or not names else catalog.named(names)
    gone: dict[str, bool] = {}

    def is_gone(name: str) -> bool:
        if name not in gone:
            held = next(iter(listed.get(name, ())), None)
            path = name if name.startswith("/") else "" if held is None else held.path
            gone[name] = bool(path) and Path(path).parent.is_dir() and not Path(path).exists()
        return gone[name]

    found = ((job.number, next(filter(is_gone, job.inputs), "")) for job in wanted)
    return {number: name for number, name in found if name}
