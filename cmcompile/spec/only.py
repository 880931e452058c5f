"""``only``: the rows of a list that are kept, so that inputs can be chosen by quality."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt

from cmcompile.model import codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ids import Id
from cmcompile.model.source import Mapping as MapNode
from cmcompile.model.source import Node, Plain, Scalar
from cmcompile.spec.values import items

_COMPARISON = re.compile(r"(<=|>=|!=|<|>|=)\s*(.+)\Z")
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)\Z")
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def keep_rows(
    name: str, rows: dict[str, tuple[Id, ...]], node: Node | None, findings: Findings
) -> dict[str, tuple[Id, ...]]:
    """Keep the rows of a list for which every condition of ``only`` holds."""
    if not isinstance(node, MapNode) or not rows:
        return rows
    keep: Sequence[int] = range(len(next(iter(rows.values()))))
    for entry in node:
        column = rows.get(entry.key)
        if column is None:
            have = ", ".join(filter(None, rows))
            findings.add(
                codes.names.UNKNOWN_REFERENCE,
                entry.key_span,
                f"`only` names the column {entry.key}, which list {name} does not have",
                f"its columns are {have}" if have else "name its columns with `columns:`",
            )
            continue
        test = _test(entry.value)
        if test is None:
            findings.add(
                codes.splitting.BAD_LIST,
                entry.value.span,
                f"`only` can't read the condition on {entry.key}",
                'write a value, a range 1..9, a list of these, or comparisons such as [">0.5", "<1.2"]',
            )
            continue
        keep = [at for at in keep if test(column[at])]
    return {key: tuple([column[at] for at in keep]) for key, column in rows.items()}


def _test(node: Node) -> Callable[[Id], bool] | None:
    values = [item.value for item in items(node) if isinstance(item, Scalar)]
    comparisons = [found for v in values if isinstance(v, str) and (found := _COMPARISON.match(v))]
    if not comparisons:
        return _equality(values)
    tests = [_comparison(found[1], found[2]) for found in comparisons]
    known = [test for test in tests if test is not None]
    # A value may be one of several, and a comparison must hold beside the others: both together are unclear.
    if len(known) != len(values):
        return None
    return lambda cell: all(test(cell) for test in known)


def _equality(values: Sequence[Plain]) -> Callable[[Id], bool]:
    """Return a test for being one of some values, or in one of some ranges; 1.20 is 1.2."""
    ranges = [(int(f[1]), int(f[2])) for v in values if isinstance(v, str) and (f := _RANGE.match(v))]
    texts = {str(v) for v in values}
    numbers = {number for v in values if (number := _number(v)) is not None}

    def test(cell: Id) -> bool:
        if str(cell) in texts:
            return True
        number = _number(cell)
        return number is not None and (number in numbers or any(lo <= number <= hi for lo, hi in ranges))

    return test


def _comparison(sign: str, bound: str) -> Callable[[Id], bool] | None:
    if sign in ("=", "!="):
        is_one = _equality([bound])
        return lambda cell: is_one(cell) == (sign == "=")
    limit, order = _number(bound), _ORDERS[sign]
    if limit is None:
        return None
    # What is no number, such as an unknown seeing, is neither above nor below.
    return lambda cell: (value := _number(cell)) is not None and order(value, limit)


def _number(value: Plain) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return float(value)
    except ValueError:
        return None
