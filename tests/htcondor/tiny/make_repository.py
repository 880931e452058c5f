"""Make a Butler repository with visits of two detectors: ``python make_repository.py HOME VISITS``."""

from __future__ import annotations

import sys
from pathlib import Path

from lsst.daf.butler import Butler, CollectionType, DatasetType, Timespan
from lsst.sphgeom import ConvexPolygon, LonLat, UnitVector3d

INSTRUMENT = "TinyCam"
RAW = "TinyCam/raw"
FIRST_VISIT = 101
DETECTORS = (1, 2)


def make(home: Path, visits: int) -> Path:
    """Return the repository, made below a directory that exists."""
    repository = home / "repo"
    Butler.makeRepo(str(repository))
    with Butler.from_config(str(repository), writeable=True) as butler:
        _records(butler, visits)
        given = DatasetType(
            "given",
            ("instrument", "visit", "detector"),
            storageClass="StructuredDataDict",
            universe=butler.dimensions,
        )
        butler.registry.registerDatasetType(given)
        butler.collections.register(RAW, CollectionType.RUN)
        for visit in range(FIRST_VISIT, FIRST_VISIT + visits):
            for detector in DETECTORS:
                at = {"instrument": INSTRUMENT, "visit": visit, "detector": detector}
                butler.put({"number": visit + detector}, given, at, run=RAW)
    return repository


def _records(butler: Butler, visits: int) -> None:
    def insert(element: str, *records: dict[str, object]) -> None:
        butler.registry.insertDimensionData(element, *records)

    mine = {"instrument": INSTRUMENT}
    insert(
        "instrument",
        {
            "name": INSTRUMENT,
            "class_name": "tiny.Cam",
            "detector_max": 4,
            "visit_max": 999,
            "exposure_max": 999,
        },
    )
    insert("physical_filter", {**mine, "name": "r", "band": "r"})
    insert("detector", *({**mine, "id": n, "full_name": f"D{n}"} for n in DETECTORS))
    insert("day_obs", {**mine, "id": 20260101, "timespan": Timespan(None, None)})
    insert(
        "visit",
        *(
            {
                **mine,
                "id": visit,
                "name": str(visit),
                "physical_filter": "r",
                "day_obs": 20260101,
                "timespan": Timespan(None, None),
                "region": _region(visit),
            }
            for visit in range(FIRST_VISIT, FIRST_VISIT + visits)
        ),
    )
    insert(
        "visit_detector_region",
        *(
            {**mine, "visit": visit, "detector": detector, "region": _region(visit)}
            for visit in range(FIRST_VISIT, FIRST_VISIT + visits)
            for detector in DETECTORS
        ),
    )


def _region(visit: int) -> ConvexPolygon:
    """Return a small triangle of its own on the sky."""
    corners = ((visit, 0.0), (visit + 0.5, 0.0), (visit, 0.5))
    return ConvexPolygon([UnitVector3d(LonLat.fromDegrees(*corner)) for corner in corners])


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
