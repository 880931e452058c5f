"""How long quanta took, as histograms: put together from what each workflow tells of its quanta."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, log10

from cmcompile.site.model import Measurement
from cmcompile.site.shards import Json

#: So many bins for each power of ten.
PER_TEN = 8
#: Ten of 100 quanta are not above the first decile, and so on; 95 % and the longest follow.
_SHARES = (*(0.1,) * 9, 0.05, 0.05)


def durations(measured: Sequence[Measurement]) -> Json:
    """Return by task how many quanta took how long, in bins of equal ratio.

    A workflow that measured enough quanta tells their deciles; between two of these quanta are taken as
    spread evenly in ratio, and those below the first stand at it.
    """
    tasks: dict[str, tuple[dict[int, float], list[int]]] = {}
    for one in measured:
        bins, workflows = tasks.setdefault(one.task, ({}, [0, 0]))
        workflows[0] += 1
        if len(one.deciles) == 9:
            workflows[1] += 1
            for at, quanta in _spread(one):
                bins[at] = bins.get(at, 0.0) + quanta
    return [_told(task, bins, *of) for task, (bins, of) in tasks.items() if bins]


def _told(task: str, bins: dict[int, float], workflows: int, told: int) -> Json:
    first, last = min(bins), max(bins)
    counts = [round(bins.get(at, 0.0), 1) for at in range(first, last + 1)]
    told_by = {"workflows": workflows, "told": told}
    return {"task": task, "first": first, "per_ten": PER_TEN, "counts": counts, **told_by}


def _spread(one: Measurement) -> Iterator[tuple[int, float]]:
    """Yield bins with the number of quanta in them."""
    marks = (*one.deciles, one.p95, one.longest)
    low = marks[0]
    for high, share in zip(marks, _SHARES, strict=True):
        first, last = _bin(min(low, high)), _bin(max(low, high))
        for at in range(first, last + 1):
            yield at, one.quanta * share / (last - first + 1)
        low = high


def _bin(milliseconds: int) -> int:
    return floor(PER_TEN * log10(max(1, milliseconds)))
