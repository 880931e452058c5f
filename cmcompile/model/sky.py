"""Which ids of two dimensions overlap on the sky, and the text of a file that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cmcompile.model.ids import natural


@dataclass(frozen=True, slots=True)
class Sky:
    """Where the ids of one dimension are, by those of another.

    Attributes
    ----------
    dimension, sky
        ``visit`` and ``tract``, or two like them.
    places
        By id: the ids of ``sky`` that it overlaps. An id that is absent is not known.
    known
        The ids of ``sky`` that were asked about, besides those in ``places``.
    """

    dimension: str
    sky: str
    places: Mapping[str, frozenset[str]]
    known: frozenset[str] = frozenset()

    def turned(self) -> Sky:
        """Return the same, seen from the other dimension."""
        found: dict[str, set[str]] = {place: set() for place in self.known}
        for one, places in self.places.items():
            for place in places:
                found.setdefault(place, set()).add(one)
        kept = {place: frozenset(ids) for place, ids in found.items()}
        return Sky(self.sky, self.dimension, kept, frozenset(self.places))

    def others(self) -> frozenset[str]:
        """Return the ids of ``sky`` that are known."""
        return self.known.union(*self.places.values())


def sky_rows(sky: Sky) -> str:
    """Return the rows of a file: ``visit 100 0 1`` for an id and what it overlaps.

    What is known on the other side, and overlaps nothing, has a row of its own: ``tract 9``.
    """
    lines = [f"{sky.dimension} {' '.join((one, *_sorted(sky.places[one])))}" for one in _sorted(sky.places)]
    alone = sky.others() - frozenset().union(*sky.places.values())
    return "".join(f"{line}\n" for line in (*lines, *(f"{sky.sky} {one}" for one in _sorted(alone))))


def read_sky(rows: str, dimension: str, sky: str) -> Sky:
    """Return what rows say; a row of anything else is passed over, so that its id is not known."""
    places: dict[str, frozenset[str]] = {}
    known: set[str] = set()
    for line in rows.splitlines():
        kind, *ids = line.split() or [""]
        if kind == dimension and ids:
            places[ids[0]] = frozenset(ids[1:])
        elif kind == sky and len(ids) == 1:
            known.add(ids[0])
    return Sky(dimension, sky, places, frozenset(known))


def _sorted(ids: Iterable[str]) -> list[str]:
    return sorted(ids, key=natural)
