"""A small data repository with real regions: visits along a strip of the sky, and tracts under them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

INSTRUMENT, SKYMAP = "SimCam", "sim_strip"
#: Visit ``100 + i`` is the degrees i + 0.1 to i + 1.2; tract ``t`` is 3 t to 3 t + 3, and nothing else.
VISITS = range(100, 112)
TRACTS = range(4)
BANDS = ("g", "r")


def make_repository(root: Path) -> Path:
    """Make a repository of one instrument and one skymap, with no dataset yet."""
    from lsst.daf.butler import Butler

    Butler.makeRepo(str(root))
    fill(Butler.from_config(str(root), writeable=True))
    return root


def box(lo: float, hi: float) -> Any:
    """Return a region one degree high."""
    from lsst.sphgeom import ConvexPolygon, LonLat, UnitVector3d

    corners = [LonLat.fromDegrees(lon, lat) for lon, lat in ((lo, 0), (hi, 0), (hi, 1), (lo, 1))]
    return ConvexPolygon([UnitVector3d(corner) for corner in corners])


def fill(butler: Any) -> None:
    """Insert the records, in the order in which they need each other."""

    def put(element: str, *rows: dict[str, Any]) -> None:
        butler.registry.insertDimensionData(element, *rows)

    put(
        "instrument",
        {"name": INSTRUMENT, "visit_max": 999, "exposure_max": 999, "detector_max": 2, "class_name": "x.Y"},
    )
    put("physical_filter", *({"instrument": INSTRUMENT, "name": f"Sim-{b}", "band": b} for b in BANDS))
    put("detector", {"instrument": INSTRUMENT, "id": 0, "full_name": "d0"})
    put("visit_system", {"instrument": INSTRUMENT, "id": 0, "name": "one-to-one"})
    put("skymap", {"name": SKYMAP, "hash": b"x", "tract_max": 9, "patch_nx_max": 1, "patch_ny_max": 1})
    put("tract", *({"skymap": SKYMAP, "id": t, "region": box(3 * t, 3 * t + 3)} for t in TRACTS))
    put("day_obs", {"instrument": INSTRUMENT, "id": 20260102})
    add_visits(butler, VISITS)


def add_visits(butler: Any, visits: range) -> None:
    """Insert exposures and visits; their bands take turns."""
    for visit in visits:
        at = visit - VISITS[0]
        shared = {"instrument": INSTRUMENT, "physical_filter": f"Sim-{BANDS[at % 2]}", "day_obs": 20260102}
        insert = butler.registry.insertDimensionData
        insert("group", {"instrument": INSTRUMENT, "name": str(visit)})
        insert("exposure", {**shared, "id": visit, "obs_id": str(visit), "group": str(visit)})
        insert(
            "visit",
            {
                **shared,
                "id": visit,
                "name": str(visit),
                "exposure_time": 30.0 + at,
                "region": box(at + 0.1, at + 1.2),
            },
        )
        insert("visit_definition", {"instrument": INSTRUMENT, "exposure": visit, "visit": visit})
        insert("visit_system_membership", {"instrument": INSTRUMENT, "visit": visit, "visit_system": 0})


def expected(visit: int) -> set[int]:
    """Return the tracts that a visit overlaps, by the numbers it was made with."""
    at = visit - VISITS[0]
    return {t for t in TRACTS if at + 0.1 < 3 * t + 3 and at + 1.2 > 3 * t}


def put_logs(root: Path, run: str, task: str, ended: dict[int, str]) -> None:
    """Put the logs of quanta of some visits into a run, and metadata where they did not fail.

    Parameters
    ----------
    ended
        By visit: the message of its failure; empty: it ended well.
    """
    import logging

    from lsst.daf.butler import Butler, DatasetType
    from lsst.daf.butler.logging import ButlerLogRecord, ButlerLogRecords

    butler = Butler.from_config(str(root), run=run)
    for name, storage in (("_log", "ButlerLogRecords"), ("_metadata", "StructuredDataDict")):
        dimensions = butler.dimensions.conform(["visit"])
        butler.registry.registerDatasetType(DatasetType(f"{task}{name}", dimensions, storage))
    for visit, message in ended.items():
        said = [(logging.INFO, "begun"), (logging.ERROR, message) if message else (logging.INFO, "done")]
        records = [
            ButlerLogRecord.from_record(logging.LogRecord("task", level, "/x/task.py", 7, text, None, None))
            for level, text in said
        ]
        data_id = {"instrument": INSTRUMENT, "visit": visit}
        butler.put(ButlerLogRecords(records), f"{task}_log", data_id)
        if not message:
            butler.put({"quantum": {}}, f"{task}_metadata", data_id)
