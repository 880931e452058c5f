"""Templates that differ in one range alone, such as three sets of detectors: one step with two axes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from cmcompile.imports.prodstatus.template import Template
from cmcompile.imports.tree import same

_NUMBER = re.compile(r"[0-9]{1,18}")
_NAME = re.compile(r"\b([A-Za-z_]\w*)\s*(?:>=|in\s*\()")


@dataclass(frozen=True, slots=True)
class Family:
    """Templates as one.

    Attributes
    ----------
    template
        What they have in common; its ``before`` lacks the clause that differs.
    dimension
        What they differ in.
    ranges
        The lowest and the highest of each, in order.
    where
        The clause that differs, as an axis has it.
    stem
        The name of their files, with expressions over the axis.
    """

    template: Template
    dimension: str
    ranges: tuple[tuple[int, int], ...]
    where: str
    stem: str


def family(templates: list[Template]) -> Family | None:
    """Return several templates as one, or None where they differ in more than one range."""
    if len(templates) < 2:
        return None
    first = templates[0]
    alike = all(
        same(t.bps, first.bps)
        and t.bounds == first.bounds is not None
        and t.dimension == first.dimension
        and len(t.before) == len(first.before)
        for t in templates
    )
    # Axes follow one another in the query: the clause that differs must be the last before the bounds.
    if not alike or not first.before or any(t.before[:-1] != first.before[:-1] for t in templates):
        return None
    found = _range([t.before[-1] for t in templates])
    if found is None:
        return None
    ranges, where, dimension = found
    order = sorted(range(len(templates)), key=lambda n: ranges[n])
    listed = tuple(ranges[n] for n in order)
    stem = _stem([templates[n].stem for n in order], listed, dimension)
    apart = all(left[1] < right[0] for left, right in pairwise(listed))
    if stem is None or not apart:
        return None
    notes = tuple(note for t in templates for note in t.notes)
    return Family(replace(first, before=first.before[:-1], notes=notes), dimension, listed, where, stem)


def _range(texts: list[str]) -> tuple[list[tuple[int, int]], str, str] | None:
    """Return the bounds in each of some clauses, the clause over them, and what they are of."""
    shape = _NUMBER.sub("#", texts[0])
    numbers = [list(map(int, _NUMBER.findall(text))) for text in texts]
    if any(_NUMBER.sub("#", text) != shape for text in texts):
        return None
    varying = [at for at in range(len(numbers[0])) if len({row[at] for row in numbers}) > 1]
    name = _NAME.search(texts[0])
    if len(varying) != 2 or name is None:
        return None
    ranges = [(row[varying[0]], row[varying[1]]) for row in numbers]
    if any(low > high for low, high in ranges):
        return None
    return ranges, _filled(texts[0], dict(zip(varying, ("lo", "hi"), strict=True))), name[1]


def _filled(text: str, names: dict[int, str]) -> str:
    """Return a text with some of its numbers, by their place, as expressions."""
    at = -1

    def one(found: re.Match[str]) -> str:
        nonlocal at
        at += 1
        return f"${{{{ {names[at]} }}}}" if at in names else found[0]

    return _NUMBER.sub(one, text)


def _stem(stems: list[str], ranges: tuple[tuple[int, int], ...], dimension: str) -> str | None:
    shape = _NUMBER.sub("#", stems[0])
    if any(_NUMBER.sub("#", stem) != shape for stem in stems):
        return None
    numbers = [list(map(int, _NUMBER.findall(stem))) for stem in stems]
    names = {}
    for at, column in enumerate(zip(*numbers, strict=True)):
        if len(set(column)) == 1:
            continue
        if column == tuple(low for low, _ in ranges):
            names[at] = f"{dimension}.lo"
        elif column == tuple(high for _, high in ranges):
            names[at] = f"{dimension}.hi"
        else:
            return None
    return _filled(stems[0], names) if names else None


def cut(found: Family) -> dict[str, object]:
    """Return the axis of a family."""
    low, high = found.ranges[0][0], found.ranges[-1][1]
    axis: dict[str, object] = {"by": found.dimension, "values": f"{low}..{high}"}
    if list(found.ranges) == _even(low, high, len(found.ranges)):
        axis["count"] = len(found.ranges)
    else:
        axis["ranges"] = [list(pair) for pair in found.ranges]
    return {**axis, "where": found.where}


def _even(low: int, high: int, count: int) -> list[tuple[int, int]]:
    size, larger = divmod(high - low + 1, count)
    found, at = [], low
    for n in range(count):
        end = at + size + (n < larger) - 1
        found.append((at, end))
        at = end + 1
    return found
