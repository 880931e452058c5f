"""Files that a split does not make, as groups made by hand: which ids they take."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.sets import evaluate
from cmcompile.imports.bps.cuts import GivenList
from cmcompile.imports.bps.draft import ExtraGroup
from cmcompile.imports.bps.passes import Pass, Row
from cmcompile.imports.tree import literal
from cmcompile.model.ids import Id
from cmcompile.rescue.selector import shortened

#: Whole numbers between the lowest and the highest that a query names, looked at one by one.
_SPAN = 20_000
#: Ids of a group that are written out.
_MOST = 200


def extra_group(found: Pass, row: Row, given: Sequence[GivenList]) -> ExtraGroup | None:
    """Return a file as a group made by hand; None where it is not told by ids of the axes."""
    parts = row.clauses
    if not parts or row.query is None:
        return None
    texts = [part.text for part in parts]
    behind = texts[len(found.lead) :] if tuple(texts[: len(found.lead)]) == found.lead else texts
    members: dict[str, object] = {}
    for axis in found.axes:
        if not axis.dimension:
            return None
        ids = taken(row.query, axis.dimension, given)
        if ids:
            short = shortened(map(str, ids)) if isinstance(ids[0], int) else list(ids)
            members[axis.dimension] = short[0] if len(short) == 1 else short
    if not members or not behind:
        return None
    return ExtraGroup(members, literal(" and ".join(behind)), row)


def taken(query: str, dimension: str, given: Sequence[GivenList]) -> tuple[Id, ...]:
    """Return ids of a dimension that a query takes: of the list, or of the numbers that it names."""
    named = [int(n) for n in re.findall(r"(?<![\w.'])\d+(?![\w'])", _about(query, dimension))]
    texts = re.findall(rf"\b{dimension}\s*(?:=|in\s*\()\s*'([^']*)'", query)
    universe: list[Id] = []
    for rows in given:
        universe += rows.ids(dimension) or ()
    if texts:
        return tuple(sorted(set(texts)))
    if not named:
        return ()
    if max(named) - min(named) <= _SPAN:
        every: set[Id] = set(range(min(named), max(named) + 1))
    else:
        every = {*universe, *named}
    numbers = tuple(sorted(i for i in every if isinstance(i, int)))
    parsed = parse(query)
    if parsed.expr is None:
        return ()
    boxes = evaluate(parsed.expr, query, {dimension: numbers}).boxes
    ids = sorted({i for box in boxes for i in box[dimension].ids() if isinstance(i, int)})
    if len(shortened(map(str, ids))) > _MOST:
        return (ids[0], ids[-1])
    return tuple(ids)


def _about(query: str, dimension: str) -> str:
    """Return the comparisons of a query that name a dimension."""
    return " ".join(
        re.findall(rf"\b{dimension}\s*(?:not\s+)?(?:[<>=!]+\s*-?\d+|in\s*\([^)]*\))", query, re.IGNORECASE)
    )


def extra_id(row: Row, taken_ids: Sequence[str]) -> str:
    """Return an id for a group made by hand: the number of its file, or words of its name."""
    numbers = [hole for hole in row.form.holes if hole.isdecimal()]
    stem = posixpath.basename(row.path).rsplit(".", 1)[0].lower()
    words = re.sub(r"[^a-z0-9_]+", "-", stem).strip("-_")[-50:].strip("-_") or "extra"
    tries = [numbers[0].lstrip("0") or "0"] if len(numbers) == 1 else []
    for name in [*tries, words]:
        if name not in taken_ids:
            return name
    number = 2
    while f"{words}-{number}" in taken_ids:
        number += 1
    return f"{words}-{number}"
