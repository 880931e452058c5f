"""Files to steps: splits, groups made by hand, rescues; what is left as explicit groups."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cmcompile.imports.bps.base import common
from cmcompile.imports.bps.cuts import AxisCut, GivenList, Part
from cmcompile.imports.bps.draft import PATH, Draft, ExtraGroup
from cmcompile.imports.bps.extras import extra_group, extra_id
from cmcompile.imports.bps.families import Family, families, named, pipeline_of, repeats
from cmcompile.imports.bps.passes import Axis, Member, Pass, Row, find_pass, group_id
from cmcompile.imports.bps.rescues import as_rescue, repeats_pipeline
from cmcompile.imports.tree import literal
from cmcompile.model.ids import natural

#: The axis of groups that are listed one by one.
ROW = "row"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A family with the split that makes it."""

    family: Family
    found: Pass


def drafts(
    rows: Sequence[Row], given: Sequence[GivenList], explicit: frozenset[str] = frozenset()
) -> list[Draft]:
    """Return the steps that files come from.

    Parameters
    ----------
    explicit
        Paths of the files that are to be groups one by one: no split could be made to give them.
    """
    kinds, left = _kinds([row for row in rows if row.path not in explicit], given)
    left += [row for row in rows if row.path in explicit]
    steps: list[Draft] = []
    every = [kind.family for kind in kinds]
    rescues = [kind for kind in kinds if kind.family.is_rescue or repeats(kind.family, every)]
    for kind in (k for k in kinds if k not in rescues):
        name = named(kind.family, [s.name for s in steps])
        draft, odd = _step(name, kind, given)
        left += odd
        steps.append(draft)
    left = _adopted(steps, left, given)
    for kind in rescues:
        family = kind.family
        for parent in sorted(steps, key=lambda s: (not repeats_pipeline(family, s), -len(s.wanted))):
            made = as_rescue(family, parent, given)
            if made is not None:
                parent.rescues.append(made)
                left += made.found.odd
                break
        else:
            draft, odd = _step(named(family, [s.name for s in steps]), kind, given)
            left += odd
            steps.append(draft)
    steps += _others(left, [s.name for s in steps], given, explicit)
    return sorted(steps, key=lambda s: natural(next(iter(s.wanted.values())).path))


def _kinds(rows: Sequence[Row], given: Sequence[GivenList]) -> tuple[list[_Kind], list[Row]]:
    kinds, left = [], []
    every = families(rows)
    beside = Counter((family.folder, pipeline) for family in every for pipeline in family.pipelines)
    for family in every:
        alike = any(beside[family.folder, pipeline] > 1 for pipeline in family.pipelines)
        alone = len(family.rows) == 1 and alike
        found = None if alone else find_pass(_short(family), family.rows, given)
        if found is None:
            left += list(family.rows)
        else:
            kinds.append(_Kind(family, found))
    return kinds, left


def _short(family: Family) -> str:
    return named(family, ()).lower()


def _step(name: str, kind: _Kind, given: Sequence[GivenList]) -> tuple[Draft, list[Row]]:
    """Return a step, and the files of its family that can't be groups of it."""
    found = kind.found
    members = found.members
    wanted = {group_id(found.axes, m.parts): m.row for m in members}
    draft = Draft(name, found, common(members), wanted, found.file or PATH, where=found.lead)
    left = [row for row in found.odd if not add_extra(draft, row, given)]
    return draft, left


def add_extra(draft: Draft, row: Row, given: Sequence[GivenList]) -> bool:
    """Add a file to a step as a group made by hand; tell whether it could be done."""
    if not draft.found.axes or any(axis.cut.exclude for axis in draft.found.axes):
        return False
    made: ExtraGroup | None = extra_group(draft.found, row, given)
    if made is None:
        return False
    name = extra_id(row, list(draft.wanted))
    draft.extra[name] = made
    draft.wanted[name] = row
    return True


def _adopted(steps: Sequence[Draft], rows: Sequence[Row], given: Sequence[GivenList]) -> list[Row]:
    """Add single files to the step of their folder that runs the same; return those that are left."""
    left = []
    for row in rows:
        folder = posixpath.dirname(row.path)
        for step in steps:
            first = next(iter(step.wanted.values()))
            beside = posixpath.dirname(first.path) == folder and pipeline_of(first) == pipeline_of(row)
            if beside and "rescue" not in row.path.lower() and add_extra(step, row, given):
                break
        else:
            left.append(row)
    return left


def _others(
    rows: Sequence[Row], taken: list[str], given: Sequence[GivenList], explicit: frozenset[str]
) -> list[Draft]:
    """Return steps of files with names of no kind, by folder and pipeline: cut by queries, or listed."""
    kinds: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda r: natural(r.path)):
        kinds.setdefault((posixpath.dirname(row.path), pipeline_of(row)), []).append(row)
    out = []
    for (folder, _), some in kinds.items():
        kind = families(some)[0]
        family = kind if len(some) == 1 else Family(f"{folder}/listed.yaml", tuple(some), kind.label)
        name = named(family, taken)
        taken.append(name)
        may_cut = len(some) > 1 and explicit.isdisjoint(row.path for row in some)
        found = find_pass(name.lower(), some, given) if may_cut else None
        if found is not None and found.axes and not found.odd:
            out.append(_step(name, _Kind(family, found), given)[0])
        else:
            out.append(listed(name, some))
    return out


def listed(name: str, rows: Sequence[Row]) -> Draft:
    """Return a step whose groups are listed one by one."""
    keys: dict[str, Row] = {}
    for row in rows:
        stem = posixpath.basename(row.path).rsplit(".", 1)[0].lower()
        key = re.sub(r"[^a-z0-9_]+", "-", stem).strip("-")[-50:].strip("-") or "group"
        number = 2
        while (key if number == 2 else f"{key}-{number}") in keys:
            number += 1
        keys[key if number == 2 else f"{key}-{number}"] = row
    lead = _lead(rows)
    if len(rows) == 1:
        member, file = Member(rows[0], (), {}), literal(rows[0].path)
        found = Pass(lead, (), (member,), file)
        return Draft(name, found, common([member]), {"all": rows[0]}, file, where=lead)
    parts = {key: Part(ROW, (key,), None, "") for key in keys}
    cut = AxisCut({"values": list(keys)}, {part: key for key, part in parts.items()}, {})
    axis = Axis(ROW, "", "", tuple(parts.values()), cut)
    members = tuple(Member(row, (parts[key],), {f"{ROW}.value": key}) for key, row in keys.items())
    found = Pass(lead, (axis,), members, None)
    return Draft(name, found, common(members), dict(keys), PATH, explicit=True, where=lead)


def _lead(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the clauses with which all queries begin."""
    texts = [[c.text for c in row.clauses] for row in rows if row.clauses is not None]
    if len(texts) < len(rows):
        return ()
    out = []
    for column in zip(*texts, strict=False):
        if len(set(column)) > 1:
            break
        out.append(column[0])
    return tuple(out)
