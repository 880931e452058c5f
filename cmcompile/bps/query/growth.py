"""How many conditions a Butler makes of a query.

daf_butler rewrites every query as a conjunction of disjunctions before it asks the database, and copies
the parts as often as that takes: ``(a and b) or (c and d) or ...`` with n pairs becomes 2**n disjunctions
of n parts. Thirty pairs of visit and detector, written so, use up the memory of any machine.
"""

from __future__ import annotations

from collections import Counter
from math import prod

from cmcompile.bps.query.tree import And, Expr, In, Not, Or

LIMIT = 1_000_000
"""Parts beyond which a query counts as impossible; at this size the real conversion takes seconds."""


def parts(expr: Expr) -> int:
    """Return how many parts the conjunction of a query has; `LIMIT` + 1 where they are more than `LIMIT`."""
    sizes = _sizes(expr)
    return LIMIT + 1 if sizes is None else _total(sizes)


def _sizes(expr: Expr) -> Counter[int] | None:
    """Return how many disjunctions there are of each length, or None beyond the limit."""
    match expr:
        case And():
            sizes: Counter[int] = Counter()
            for item in expr.items:
                found = _sizes(item)
                if found is None:
                    return None
                sizes += found
            return _limited(sizes)
        case Or():
            sizes = Counter({0: 1})
            for item in expr.items:
                found = _sizes(item)
                if found is None or sum(found.values()) * sum(sizes.values()) > LIMIT:
                    return None
                sizes = _product(sizes, found)
            return _limited(sizes)
        case Not():
            found = _sizes(expr.item)
            return None if found is None else _opposite(found)
        case In() if expr.negated:
            return Counter({1: len(expr.items)})
        case In():
            return Counter({len(expr.items): 1})
        case _:
            return Counter({1: 1})


def _product(one: Counter[int], other: Counter[int]) -> Counter[int]:
    sizes: Counter[int] = Counter()
    for length, count in one.items():
        for more, times in other.items():
            sizes[length + more] += count * times
    return sizes


def _opposite(sizes: Counter[int]) -> Counter[int] | None:
    """Return the sizes after a ``not``: one disjunction for each way to pick a part of every old one."""
    length = sum(sizes.values())
    if sum(count for size, count in sizes.items() if size > 1) > LIMIT.bit_length():
        return None
    return _limited(Counter({length: prod(size**count for size, count in sizes.items())}))


def _limited(sizes: Counter[int]) -> Counter[int] | None:
    return sizes if _total(sizes) <= LIMIT else None


def _total(sizes: Counter[int]) -> int:
    return sum(size * count for size, count in sizes.items())
