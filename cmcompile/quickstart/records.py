"""The records of the quickstart's Butler repository, as plain values: what is where on the sky, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cmcompile.quickstart.sky import (
    BAND,
    DAY,
    FILTER,
    FIRST_VISIT,
    INSTRUMENT,
    PATCHES,
    SKYMAP,
    TRACTS,
    Box,
    Sky,
    patch_box,
    tract_box,
)

Row = dict[str, Any]
_EXPOSURE_TIME = 30.0
#: How visits are put together from exposures: one each.
_SYSTEM = 0


def records(sky: Sky) -> Iterator[tuple[str, list[Row]]]:
    """Return the rows of each element of the dimensions, in the order in which they can be inserted."""
    here = {"instrument": INSTRUMENT}
    visits = sky.visit_ids()
    last = visits[-1]
    yield "instrument", [_instrument(last, sky.detectors)]
    yield "physical_filter", [{**here, "name": FILTER, "band": BAND}]
    yield "detector", [{**here, "id": d, "full_name": f"D{d:02}"} for d in range(sky.detectors)]
    yield "visit_system", [{**here, "id": _SYSTEM, "name": "one-to-one"}]
    yield from _tracts()
    yield "day_obs", [{**here, "id": DAY}]
    yield "group", [{**here, "name": str(v)} for v in visits]
    yield "exposure", [_exposure(v) for v in visits]
    yield "visit", [_visit(v, sky.visit_box(v)) for v in visits]
    yield "visit_definition", [{**here, "exposure": v, "visit": v} for v in visits]
    yield "visit_system_membership", [{**here, "visit_system": _SYSTEM, "visit": v} for v in visits]
    yield (
        "visit_detector_region",
        [
            {**here, "visit": v, "detector": d, "region": _region(sky.detector_box(v, d))}
            for v in visits
            for d in range(sky.detectors)
        ],
    )


def _tracts() -> Iterator[tuple[str, list[Row]]]:
    sky = {"skymap": SKYMAP}
    bounds = {"tract_max": TRACTS[-1] + 1, "patch_nx_max": 2, "patch_ny_max": 2}
    yield "skymap", [{"name": SKYMAP, "hash": SKYMAP.encode(), **bounds}]
    yield "tract", [{**sky, "id": t, "region": _region(tract_box(t))} for t in TRACTS]
    yield (
        "patch",
        [
            {
                **sky,
                "tract": t,
                "id": p,
                "cell_x": p % 2,
                "cell_y": p // 2,
                "region": _region(patch_box(t, p)),
            }
            for t in TRACTS
            for p in range(PATCHES)
        ],
    )


def _instrument(last_visit: int, detectors: int) -> Row:
    return {
        "name": INSTRUMENT,
        "class_name": "lsst.pipe.base.Instrument",
        "visit_max": last_visit + 1,
        "exposure_max": last_visit + 1,
        "detector_max": detectors,
        "visit_system": _SYSTEM,
    }


def _exposure(number: int) -> Row:
    place = number - FIRST_VISIT
    return {
        **_observation(number),
        "group": str(number),
        "obs_id": str(number),
        "dark_time": _EXPOSURE_TIME,
        "observation_type": "science",
        "seq_start": place,
        "seq_end": place,
        "has_simulated": True,
        "can_see_sky": True,
        "tracking_ra": 0.0,
        "tracking_dec": 0.0,
        "sky_angle": 0.0,
    }


def _visit(number: int, box: Box) -> Row:
    return {**_observation(number), "name": str(number), "region": _region(box)}


def _observation(number: int) -> Row:
    return {
        "instrument": INSTRUMENT,
        "id": number,
        "day_obs": DAY,
        "physical_filter": FILTER,
        "seq_num": number - FIRST_VISIT,
        "exposure_time": _EXPOSURE_TIME,
        "target_name": "equator",
        "observation_reason": "science",
        "science_program": "quickstart",
        "azimuth": 0.0,
        "zenith_angle": 30.0,
        "timespan": _timespan(number - FIRST_VISIT),
    }


def _region(box: Box) -> Any:
    from lsst.sphgeom import ConvexPolygon, LonLat, UnitVector3d

    (west, east), (south, north) = box.ra, box.dec
    corners = ((west, south), (east, south), (east, north), (west, north))
    return ConvexPolygon([UnitVector3d(LonLat.fromDegrees(*corner)) for corner in corners])


def _timespan(number: int) -> Any:
    from astropy.time import Time, TimeDelta  # type: ignore[import-untyped]
    from lsst.daf.butler import Timespan

    begin = Time("2026-11-01T12:00:00", scale="tai") + TimeDelta(60.0 * number, format="sec")
    return Timespan(begin, begin + TimeDelta(_EXPOSURE_TIME, format="sec"))
