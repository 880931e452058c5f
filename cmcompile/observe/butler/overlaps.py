"""Which visits overlap which tracts: the Butler's own spatial join."""

from __future__ import annotations

from typing import Any

from cmcompile.model.stored import OverlapQuery


def pairs_of(
    butler: Any, query: OverlapQuery, ids: tuple[int, int], places: tuple[int, int]
) -> dict[int, frozenset[int]]:
    """Return the tracts that each id overlaps; an id that is absent has no region in the Butler.

    Parameters
    ----------
    ids, places
        The lowest and highest ids of both dimensions that are asked about.

    Raises
    ------
    Exception
        Whatever the Butler raises against the query.
    """
    named = {"instrument": query.instrument, "skymap": query.skymap}
    mine = f"{query.dimension} in ({ids[0]}..{ids[1]})"
    both = (
        f"instrument=instrument_ and skymap=skymap_ and {mine} and {query.sky} in ({places[0]}..{places[1]})"
    )
    bound = {f"{name}_": value for name, value in named.items()}
    # An exposure has no region of its own: that of its visits counts.
    own = ["visit"] if query.dimension == "visit" else ["exposure", "visit"]
    found: dict[int, set[int]] = {}
    with butler.query() as asked:
        alone = asked.data_ids(own).where(f"instrument=instrument_ and {mine}", bind=bound)
        for data_id in alone.with_dimension_records():
            if data_id.records["visit"].region is not None:
                found.setdefault(int(data_id[query.dimension]), set())
    with butler.query() as asked:
        for data_id in asked.data_ids([*own, query.sky]).where(both, bind=bound):
            found.setdefault(int(data_id[query.dimension]), set()).add(int(data_id[query.sky]))
    return {key: frozenset(value) for key, value in found.items()}


def places_of(butler: Any, query: OverlapQuery, places: tuple[int, int]) -> frozenset[int]:
    """Return the ids of the sky's dimension that have a region."""
    where = f"skymap=skymap_ and {query.sky} in ({places[0]}..{places[1]})"
    with butler.query() as asked:
        records = asked.dimension_records(query.sky).where(where, bind={"skymap_": query.skymap})
        return frozenset(int(record.id) for record in records if record.region is not None)
