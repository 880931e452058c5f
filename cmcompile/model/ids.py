"""Ids of data and how people write sets of them: ``11``, ``1..10``, ``[1..10, 14]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Id: TypeAlias = int | str

_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)\Z")
_DIGITS = re.compile(r"(\d+)")
#: More ids than this from one written range is taken for a slip of the pen.
MAX_RANGE = 10_000_000


@dataclass(frozen=True, slots=True)
class IdRange:
    """All whole numbers from ``lo`` to ``hi``, both included."""

    lo: int
    hi: int


IdItem: TypeAlias = Id | IdRange


def parse_item(value: object) -> IdItem | None:
    """Read one item as written: a number, a range ``a..b``, or text.

    Returns None when the value can't be an id, or the range is empty or larger than ``MAX_RANGE``.
    """
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return None
    if isinstance(value, int):
        return value
    text = str(value)
    found = _RANGE.match(text)
    if found is None:
        return text or None
    lo, hi = int(found[1]), int(found[2])
    return IdRange(lo, hi) if lo <= hi and hi - lo < MAX_RANGE else None


def expand(items: Iterable[IdItem]) -> tuple[Id, ...]:
    """Return the ids of the items, ranges written out, in the order given."""
    out: list[Id] = []
    for item in items:
        if isinstance(item, IdRange):
            out.extend(range(item.lo, item.hi + 1))
        else:
            out.append(item)
    return tuple(out)


def holds(items: Iterable[IdItem], key: Id) -> bool:
    """Tell whether the items hold ``key``; a number and its text are the same."""
    for item in items:
        if isinstance(item, IdRange):
            if _is_number(key) and item.lo <= int(key) <= item.hi:
                return True
        elif str(item) == str(key):
            return True
    return False


def _is_number(key: Id) -> bool:
    return isinstance(key, int) or (key.isascii() and key.lstrip("-").isdigit())


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which ``2`` comes before ``10``, and numbers before text."""
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in _DIGITS.split(text) if p)


def in_words(ids: Sequence[Id], most: int = 12) -> str:
    """Return a short text of sorted ids: runs as ``a..b``, the rest counted after ``most`` pieces."""
    pieces: list[str] = []
    start: Id | None = None
    last: Id | None = None
    for value in ids:
        if isinstance(value, int) and isinstance(last, int) and value == last + 1:
            last = value
            continue
        if start is not None:
            pieces.append(_piece(start, last))
        start = last = value
    if start is not None:
        pieces.append(_piece(start, last))
    if len(pieces) <= most:
        return ", ".join(pieces)
    return ", ".join(pieces[:most]) + f" and {len(pieces) - most} more"


def _piece(start: Id, last: Id | None) -> str:
    if start == last or not isinstance(start, int) or not isinstance(last, int):
        return str(start)
    return f"{start}, {last}" if last == start + 1 else f"{start}..{last}"
