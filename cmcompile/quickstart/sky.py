"""The sky of the quickstart: where its camera pointed, which tracts there are, and what a raw holds."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

INSTRUMENT = "QuickCam"
SKYMAP = "quick_tracts"
FILTER, BAND = "r_1", "r"
DAY = 20261101
#: Two tracts side by side on the equator; each has four patches of a square degree.
TRACTS = (1, 2)
PATCHES = 4
#: The first visit; the others follow.
FIRST_VISIT = 1001
#: Right ascension of the first visit, and how far the last one is from it, in degrees. Of eight visits
#: the first four see only tract 1, two see both tracts, and the last two see only tract 2.
_START, _LENGTH = 10.42, 2.66
_HALF, _ASIDE = 0.4, 0.2
#: More saturated stars than `calibrateImage` leaves out by itself.
_TOO_MANY = 3
#: Stars that a detector sees along one side, as a rule.
_ACROSS = 4
_GAIN = 1.5


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the sky, in degrees."""

    ra: tuple[float, float]
    dec: tuple[float, float]

    def cell(self, column: int, row: int, columns: int, rows: int) -> Box:
        """Return a part of it, of which there are so many columns and rows."""
        return Box(_part(self.ra, column, columns), _part(self.dec, row, rows))


@dataclass(frozen=True, slots=True)
class Sky:
    """What was observed.

    Attributes
    ----------
    visits, detectors
        How many; each visit has one exposure.
    failing
        How many detectors of a visit `calibrateImage` fails for as long as it is not told otherwise.
    """

    visits: int
    detectors: int
    failing: int

    def visit_ids(self) -> list[int]:
        """Return all visits, in order of time and right ascension."""
        return [FIRST_VISIT + n for n in range(self.visits)]

    def visit_box(self, visit: int) -> Box:
        """Return where a visit pointed; every other one south of the equator."""
        number = visit - FIRST_VISIT
        ra = _START + (_LENGTH * number / (self.visits - 1) if self.visits > 1 else 0.0)
        dec = -_ASIDE if number % 2 else _ASIDE
        return Box((ra - _HALF, ra + _HALF), (dec - _HALF, dec + _HALF))

    def detector_box(self, visit: int, detector: int) -> Box:
        """Return what a detector saw."""
        columns, rows = self._grid()
        return self.visit_box(visit).cell(detector % columns, detector // columns, columns, rows)

    def fails(self, visit: int, detector: int) -> bool:
        """Tell whether too many stars are saturated: from the last detector of the second visit on."""
        second = min(1, self.visits - 1)
        number = (visit - FIRST_VISIT - second) * self.detectors + detector - (self.detectors - 1)
        return 0 <= number < self.failing

    def raw(self, visit: int, detector: int) -> dict[str, object]:
        """Return what a detector read out: the same for the same visit and detector, on any machine."""
        step = 2 * _HALF / self._grid()[0] / _ACROSS
        zero = 27.0 + 0.01 * ((visit * 7) % 11)
        stars = list(_seen(self.detector_box(visit, detector), step, zero))
        for star in stars[: _TOO_MANY if self.fails(visit, detector) else 0]:
            star["flux"] = 90000.0
        return {"counts": 300.0 + detector, "gain": _GAIN, "stars": stars}

    def _grid(self) -> tuple[int, int]:
        columns = math.isqrt(self.detectors - 1) + 1
        return columns, -(-self.detectors // columns)


def tract_box(tract: int) -> Box:
    """Return where a tract is."""
    ra = 10.0 + 2.0 * (tract - TRACTS[0])
    return Box((ra, ra + 2.0), (-1.0, 1.0))


def patch_box(tract: int, patch: int) -> Box:
    """Return where a patch of a tract is."""
    return tract_box(tract).cell(patch % 2, patch // 2, 2, 2)


def _part(bounds: tuple[float, float], number: int, count: int) -> tuple[float, float]:
    low, high = bounds
    return low + (high - low) * number / count, low + (high - low) * (number + 1) / count


def _seen(box: Box, step: float, zero: float) -> Iterator[dict[str, object]]:
    """Return the stars in a box: one in each cell of the sky, the same for whoever looks."""
    for i in range(math.floor(box.ra[0] / step), math.ceil(box.ra[1] / step)):
        for j in range(math.floor(box.dec[0] / step), math.ceil(box.dec[1] / step)):
            chance = random.Random((i + 100_000) * 1_000_000 + j + 100_000)  # noqa: S311
            ra, dec = (i + chance.random()) * step, (j + chance.random()) * step
            mag = 16.0 + 4.0 * chance.random()
            if box.ra[0] <= ra < box.ra[1] and box.dec[0] <= dec < box.dec[1]:
                yield {
                    "id": f"{i}.{j}",
                    "ra": round(ra, 6),
                    "dec": round(dec, 6),
                    "mag": round(mag, 3),
                    "flux": round(10.0 ** (0.4 * (zero - mag)) / _GAIN, 1),
                }
