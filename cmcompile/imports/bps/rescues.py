"""Files of a later pass as a rescue of a step: the axes that it keeps, those that it cuts anew."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cmcompile.imports.bps.base import common
from cmcompile.imports.bps.cuts import AxisCut, GivenList, Part
from cmcompile.imports.bps.draft import PATH, Draft
from cmcompile.imports.bps.families import Family, pipeline_of
from cmcompile.imports.bps.passes import Axis, Member, Pass, file_of, find_pass, group_id, names_of
from cmcompile.rescue.selector import shortened

_WORD = re.compile(r"[a-z]+")


def as_rescue(family: Family, parent: Draft, given: Sequence[GivenList]) -> Draft | None:
    """Return files as a rescue of a step; None where they are none of it."""
    if parent.explicit or not _same_work(family, parent):
        return None
    dimensions = frozenset(axis.dimension for axis in parent.found.axes if axis.dimension)
    name = _rescue_name(family, parent)
    found = find_pass(f"{parent.name}_{name}".lower(), family.rows, given, dimensions)
    if found is None or found.lead != parent.where or (not parent.found.axes and len(family.rows) > 1):
        return None
    theirs = {axis.dimension: axis for axis in parent.found.axes}
    axes: list[Axis] = []
    kept: list[bool] = []
    for axis in found.axes:
        above = theirs.get(axis.dimension)
        if above is None or not axis.dimension:
            return None
        keys = {_what(part): part for part in above.parts}
        is_kept = axis.where == above.where and all(_what(p) in keys for p in axis.parts)
        axes.append(_as_parent(axis, above) if is_kept else axis)
        kept.append(is_kept)
        if not is_kept and (axis.cut.exclude or (above.where and not axis.where)):
            return None
    members = tuple(Member(m.row, m.parts, names_of(axes, m.parts)) for m in found.members)
    wanted = {group_id(axes, m.parts): m.row for m in members}
    split = [_axis_entry(axis, parent, is_kept=k) for axis, k in zip(axes, kept, strict=True)]
    again = all(kept) and [a.name for a in axes] == [a.name for a in parent.found.axes]
    made = Pass(found.lead, tuple(axes), members, file_of(members), found.odd)
    return Draft(
        name,
        made,
        common(members),
        wanted,
        made.file or PATH,
        groups=_chosen(axes, kept, parent),
        split=None if again else split,
    )


def _what(part: Part) -> tuple[object, ...]:
    return (part.bounds, part.ids)


def _same_work(family: Family, parent: Draft) -> bool:
    """Tell whether files run what a step runs, or by their name some tasks of it again."""
    if repeats_pipeline(family, parent):
        return True
    heads = {pipeline.partition("#")[0] for pipeline in family.pipelines}
    theirs = {pipeline_of(row).partition("#")[0] for row in parent.wanted.values()}
    words = family.key.lower()
    return "rescue" in words and parent.name.lower() in words and bool(heads & theirs - {""})


def repeats_pipeline(family: Family, parent: Draft) -> bool:
    """Tell whether files run the same pipeline as files of a step."""
    return not family.pipelines.isdisjoint(map(pipeline_of, parent.wanted.values()))


def _as_parent(axis: Axis, above: Axis) -> Axis:
    """Return an axis with the parts of the step's one, so far as it has them."""
    theirs = {_what(part): part for part in above.parts}
    there = {part: theirs[_what(part)] for part in axis.parts}
    keys, numbers, skips = above.cut.keys, above.cut.numbers, above.cut.skips
    cut = AxisCut(
        above.cut.body,
        {part: keys[other] for part, other in there.items()},
        {part: numbers[other] for part, other in there.items() if other in numbers},
        {part: skips[other] for part, other in there.items() if other in skips},
    )
    return replace(axis, cut=cut)


def _axis_entry(axis: Axis, parent: Draft, *, is_kept: bool) -> object:
    if is_kept:
        return axis.name
    above = next(a for a in parent.found.axes if a.dimension == axis.dimension)
    entry: dict[str, object] = {"by": axis.dimension, **axis.cut.body}
    if axis.where != above.where:
        entry["where"] = axis.where
    return entry


def _chosen(axes: Sequence[Axis], kept: Sequence[bool], parent: Draft) -> object:
    """Return which groups of the step the rescue is for; None for all."""
    chosen: dict[str, object] = {}
    for axis, is_kept in zip(axes, kept, strict=True):
        above = next(a for a in parent.found.axes if a.dimension == axis.dimension)
        if is_kept and len(axis.parts) < len(above.parts):
            keys = [axis.cut.keys[part] for part in sorted(axis.parts, key=lambda p: p.key)]
            items = shortened(keys)
            chosen[axis.name] = items[0] if len(items) == 1 else items
    if not chosen:
        return None
    return chosen[axes[0].name] if len(parent.found.axes) == 1 else chosen


def _rescue_name(family: Family, parent: Draft) -> str:
    """Return a name of its own: `rescue`, or words of its files that those of the step have not."""
    taken = [r.name for r in parent.rescues]
    words = _words(family.rows[0].path)
    theirs = _words(next(iter(parent.wanted.values())).path)
    own = [w for w in words if w not in theirs and w not in ("rescue", "all")]
    more = [w for w in words[words.index("rescue") + 1 :] if w != "all"] if "rescue" in words else own
    if "rescue" in family.rows[0].path.lower():
        tries = ["rescue", "-".join(["rescue", *more])]
    else:
        tries = ["-".join(own), "rescue"]
    for name in tries:
        if name and name[:40] not in taken:
            return name[:40]
    number = 2
    while f"rescue-{number}" in taken:
        number += 1
    return f"rescue-{number}"


def _words(path: str) -> list[str]:
    return _WORD.findall(path.rsplit("/", 1)[-1].lower().rsplit(".", 1)[0])
