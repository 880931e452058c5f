"""Writes queries: the exact predicate of a set of ids, and clauses joined by ``and``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import sub
from typing import cast

from cmcompile.bps.query.tokens import TOKEN

_OR = re.compile(r"(?<![a-z_])or(?![a-z_0-9])", re.IGNORECASE)

_RANGE_FROM = 3
"""Consecutive numbers from which a range is shorter than the list."""


def exact(dimension: str, ids: Sequence[int] | Sequence[str]) -> str:
    """Return the predicate that takes these ids and no others.

    Parameters
    ----------
    dimension
        The name that is compared.
    ids
        All whole numbers or all texts, sorted, each once, at least one. Three consecutive numbers or more
        become a range, which takes the same ids.

    Raises
    ------
    ValueError
        When there is no id, or an id is a text that the query language can't write (see `writable`).
    """
    if not ids:
        raise ValueError(f"no id of {dimension}: a query that takes nothing can't be written")
    items = _items(ids)
    if len(items) == 1 and len(ids) == 1:
        return f"{dimension} = {items[0]}"
    return f"{dimension} in ({', '.join(items)})"


def writable(text: str) -> bool:
    """Tell whether a text can stand in a query: it has no single quote and no line end, nor a double quote.

    The language has no escapes, and BPS passes the query on between double quotes.
    """
    return not any(char in text for char in "'\n\"")


def conjoin(clauses: Sequence[str]) -> str:
    """Return clauses joined by ``and``.

    A clause whose outermost operator is ``or`` is put in parentheses; empty clauses are left out. Each clause
    should be readable by itself: one that isn't stays as it is, and may change the meaning of its neighbours.
    """
    return " and ".join(f"({c})" if _loose(c) else c for clause in clauses if (c := clause.strip(" \t\n")))


def _items(ids: Sequence[int] | Sequence[str]) -> list[str]:
    if set(map(type, ids)) == {int}:
        return _runs(cast("Sequence[int]", ids))
    items: list[str] = []
    numbers: list[int] = []
    for value in ids:
        if isinstance(value, int):
            numbers.append(value)
        elif writable(value):
            items.append(f"'{value}'")
        else:
            raise ValueError(f"{value!r} can't be written in a query")
    return items + _runs(numbers) if numbers else items


def _runs(numbers: Sequence[int]) -> list[str]:
    """Return sorted numbers as text, runs of consecutive ones as ranges."""
    items: list[str] = []
    # The places where a number is not the next one, found without a step of Python per number but this.
    ends = [at for at, step in enumerate(map(sub, numbers[1:], numbers), 1) if step != 1]
    start = 0
    for stop in (*ends, len(numbers)):
        if stop - start >= _RANGE_FROM:
            items.append(f"{numbers[start]}..{numbers[stop - 1]}")
        else:
            items += map(str, numbers[start:stop])
        start = stop
    return items


def _loose(clause: str) -> bool:
    """Tell whether an ``or`` stands outside all parentheses."""
    if "or" not in clause.lower() or _OR.search(clause) is None:
        return False
    depth = position = 0
    while (found := TOKEN.match(clause, position)) is not None and found.lastgroup != "end":
        word, position = found[found.lastgroup or 0], found.end()
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        elif depth == 0 and word.upper() == "OR":
            return True
    return False
