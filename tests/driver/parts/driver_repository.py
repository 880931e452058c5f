# mypy: ignore-errors
# Run with the stack, which has no types.
"""Makes a Butler repository: four visits with two detectors each, and an input for each."""

import sys

import astropy.time
from lsst.daf.butler import Butler, CollectionType, DatasetType, Timespan
from lsst.sphgeom import ConvexPolygon, LonLat, UnitVector3d

repo, n_visits, n_detectors = sys.argv[1], 4, 2
Butler.makeRepo(repo)
b = Butler.from_config(repo, writeable=True)
ins = b.registry.insertDimensionData
ins(
    "instrument",
    {
        "name": "Cam",
        "class_name": "lsst.obs.base.Instrument",
        "detector_max": 10,
        "exposure_max": 10**6,
        "visit_max": 10**6,
        "visit_system": 1,
    },
)
ins("physical_filter", {"instrument": "Cam", "name": "r_01", "band": "r"})
for d in range(n_detectors):
    ins("detector", {"instrument": "Cam", "id": d, "full_name": f"d{d}"})
ins("visit_system", {"instrument": "Cam", "id": 1, "name": "one"})
ins("day_obs", {"instrument": "Cam", "id": 20260101})


def box(ra):
    return ConvexPolygon(
        [UnitVector3d(LonLat.fromDegrees(ra + x, y)) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    )


for v in range(1, n_visits + 1):
    t = astropy.time.Time("2026-01-01T00:00:00", scale="tai") + v * astropy.time.TimeDelta(60, format="sec")
    ins(
        "visit",
        {
            "instrument": "Cam",
            "id": v,
            "name": str(v),
            "physical_filter": "r_01",
            "day_obs": 20260101,
            "timespan": Timespan(t, t + astropy.time.TimeDelta(30, format="sec")),
            "region": box(v),
        },
    )
    for d in range(n_detectors):
        ins("visit_detector_region", {"instrument": "Cam", "visit": v, "detector": d, "region": box(v)})
dt = DatasetType(
    "raw_small", ("instrument", "visit", "detector"), "StructuredDataDict", universe=b.dimensions
)
b.registry.registerDatasetType(dt)
b.collections.register("Cam/raw", CollectionType.RUN)
for v in range(1, n_visits + 1):
    for d in range(n_detectors):
        b.put({"visit": v, "detector": d}, dt, instrument="Cam", visit=v, detector=d, run="Cam/raw")
