"""Sets of ids as runs of positions in the sorted list of all ids: small however many ids they hold."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

Ids: TypeAlias = Sequence[int] | Sequence[str]
"""All ids of one dimension in one step, sorted, each once."""


@dataclass(frozen=True, slots=True)
class IdSet:
    """A set of ids out of a universe.

    Two sets are equal when they hold the same positions of universes of the same length. Sets are combined
    only with sets over the same universe.

    Attributes
    ----------
    bounds
        Positions where membership changes, rising: ids from ``bounds[0]`` up to but not ``bounds[1]`` are in,
        then from ``bounds[2]`` up to ``bounds[3]``, and so on.
    size
        How many ids the universe has.
    universe
        The sorted ids.
    """

    bounds: tuple[int, ...]
    size: int
    universe: Ids = field(compare=False, repr=False)

    @classmethod
    def all(cls, universe: Ids) -> IdSet:
        """Return the set of every id."""
        return cls.between(universe, 0, len(universe))

    @classmethod
    def between(cls, universe: Ids, start: int, stop: int) -> IdSet:
        """Return the ids at positions from ``start`` up to but not ``stop``."""
        return cls((start, stop) if start < stop else (), len(universe), universe)

    @classmethod
    def of_runs(cls, universe: Ids, runs: Iterable[tuple[int, int]]) -> IdSet:
        """Return the ids of half-open runs of positions, which may overlap and come in any order."""
        bounds: list[int] = []
        for start, stop in sorted(runs):
            if start >= stop:
                continue
            if bounds and start <= bounds[-1]:
                bounds[-1] = max(bounds[-1], stop)
            else:
                bounds += (start, stop)
        return cls(tuple(bounds), len(universe), universe)

    def runs(self) -> Iterator[tuple[int, int]]:
        """Yield the half-open runs of positions, rising, apart from each other."""
        return zip(self.bounds[::2], self.bounds[1::2], strict=True)

    def ids(self) -> Iterator[int | str]:
        """Yield the ids, rising."""
        for start, stop in self.runs():
            yield from self.universe[start:stop]

    @property
    def count(self) -> int:
        """How many ids the set holds."""
        return sum(self.bounds[1::2]) - sum(self.bounds[::2])

    def __bool__(self) -> bool:
        return bool(self.bounds)

    def __contains__(self, position: int) -> bool:
        """Tell whether the id at a position is in the set."""
        return bisect_right(self.bounds, position) % 2 == 1

    def complement(self) -> IdSet:
        """Return the ids of the universe that are not in the set."""
        if not self.size:
            return self
        bounds = self.bounds[1:] if self.bounds[:1] == (0,) else (0, *self.bounds)
        bounds = bounds[:-1] if bounds[-1:] == (self.size,) else (*bounds, self.size)
        return IdSet(bounds, self.size, self.universe)

    def union(self, *others: IdSet) -> IdSet:
        """Return the ids that are in any of the sets."""
        return self.of_runs(self.universe, [run for s in (self, *others) for run in s.runs()])

    def intersect(self, other: IdSet) -> IdSet:
        """Return the ids that are in both sets."""
        if len(self.bounds) == 2 == len(other.bounds):
            low, high = max(self.bounds[0], other.bounds[0]), min(self.bounds[1], other.bounds[1])
            return self.between(self.universe, low, high)
        if not self.bounds or not other.bounds:
            return self.between(self.universe, 0, 0)
        edges = sorted({*self.bounds, *other.bounds})
        runs = [(a, b) for a, b in pairwise(edges) if a in self and a in other]
        return self.of_runs(self.universe, runs)

    def difference(self, other: IdSet) -> IdSet:
        """Return the ids that are in this set and not in the other."""
        return self.intersect(other.complement())
