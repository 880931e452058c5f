"""Figures that are told and not judged: a large campaign, growth, and the quadratic way."""

from __future__ import annotations

from collections.abc import Iterator

from bench.campaigns import IDS_PER_GROUP, PATH, write_campaign
from bench.children import folder, work
from bench.figures import Figure, Told
from bench.sizes import Sizes

_CPU_AIM = 60
_MEMORY_AIM = 600
#: The processor time of one group may differ so much between sizes, and growth still be called linear.
_LINEAR = 1.3


def large(sizes: Sizes) -> Iterator[Figure]:
    """Compile a large campaign once; its memory counts as much as its time."""
    groups, ids = sizes.large
    with folder() as place:
        write_campaign(place, groups, ids)
        found = work("compile", place)
    yield Told(
        f"large: {found['groups']:,.0f} groups from {ids:,} ids",
        (
            ("", "measured", "aim", ""),
            ("CPU s", f"{found['cpu']:.1f}", f"{_CPU_AIM}", _verdict(found["cpu"], _CPU_AIM)),
            ("peak MiB", f"{found['peak']:.0f}", f"{_MEMORY_AIM}", _verdict(found["peak"], _MEMORY_AIM)),
        ),
        "" if sizes.large[0] >= 50_000 else "The aims are for 50,000 groups from 2,000,000 ids.",
    )


def growth(sizes: Sizes) -> Iterator[Figure]:
    """Compile campaigns of several sizes with the same number of ids per group."""
    rows = [("groups", "ids", "CPU s", "ms per group", "peak MiB")]
    each: list[float] = []
    for groups in sizes.growth:
        with folder() as place:
            write_campaign(place, groups)
            found = work("compile", place)
        each.append(1000 * found["cpu"] / groups)
        ids = f"{groups * IDS_PER_GROUP:,}"
        rows.append((f"{groups:,}", ids, f"{found['cpu']:.2f}", f"{each[-1]:.3f}", f"{found['peak']:.0f}"))
    ratio = each[-1] / min(each)
    how = "linear" if ratio <= _LINEAR else "more than linear"
    yield Told(
        "growth with the number of groups",
        tuple(rows),
        f"Growth is {how}: the last size takes {ratio:.2f} times as much per group as the cheapest.",
    )


def quadratic(sizes: Sizes) -> Iterator[Figure]:
    """Cut the same lists in the way of make-prod-groups: a pass over all ids for each group."""
    rows = [("groups", "ids", "make-prod-groups s", "ms per group", "ours s", "ms per group")]
    for groups in sizes.quadratic:
        with folder() as place:
            write_campaign(place, groups)
            listed = (place / PATH).parent / "lists/visits.txt"
            theirs = work("prod-groups", listed, IDS_PER_GROUP)["cpu"]
            ours = work("compile", place)["cpu"]
        rows.append(
            (
                f"{groups:,}",
                f"{groups * IDS_PER_GROUP:,}",
                f"{theirs:.2f}",
                f"{1000 * theirs / groups:.2f}",
                f"{ours:.2f}",
                f"{1000 * ours / groups:.2f}",
            )
        )
    yield Told(
        "the algorithm of make-prod-groups on the same lists",
        tuple(rows),
        "It fills a template and checks nothing; ours includes reading the spec, layers, and all checks.",
    )


def _verdict(value: float, aim: float) -> str:
    return "ok" if value <= aim else "over"
