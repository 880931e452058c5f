"""Cutting sorted ids into parts: by size, count, ranges, weight, window, or one per value."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cmcompile.model import codes
from cmcompile.model.campaign import Cut
from cmcompile.model.diagnostic import Code
from cmcompile.model.ids import Id
from cmcompile.model.source import Span

_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)\Z")
_SLUG = re.compile(r"[^a-z0-9_]+")
#: More groups of one step than this are taken for a slip of the pen; ten years of Rubin are some 5,000.
MAX_GROUPS = 200_000


class CutError(Exception):
    """The ids can't be cut in this way.

    Attributes
    ----------
    hint
        What to do, or an empty text.
    code
        The kind of finding.
    span
        Where the fault is, when it is not where the axis is written.
    """

    def __init__(
        self, message: str, hint: str = "", code: Code = codes.splitting.BAD_AXIS, span: Span | None = None
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code
        self.span = span


@dataclass(frozen=True, slots=True)
class Piece:
    """Some ids of an axis.

    Attributes
    ----------
    offset
        What is added to the next free number to give this piece's number.
    bounds
        The range as written, where one was.
    """

    ids: tuple[Id, ...]
    offset: int
    bounds: tuple[Id, Id] | None = None


def cut(ids: Sequence[Id], how: Cut, weights: Mapping[Id, float] | None = None) -> list[Piece]:
    """Cut ids, which are in the order that numbers shall follow.

    Raises
    ------
    CutError
        When the ids are of the wrong kind for this cut, or the groups would be too many.
    """
    if not ids:
        return []
    most = {"each": len(ids), "size": len(ids) / max(1, how.size), "count": min(len(ids), how.count)}
    if most.get(how.kind, 0) > MAX_GROUPS:
        raise CutError(f"more than {MAX_GROUPS:,} groups", "cut it into larger groups")
    return _CUTS[how.kind](ids, how, weights or {})


def slug(value: Id) -> str:
    """Return a value as a part of a group id: lower case, other signs as one ``-``.

    Raises
    ------
    CutError
        When no letter and no digit is left.
    """
    if isinstance(value, int) and value >= 0:
        return str(value)
    found = _SLUG.sub("-", str(value).lower()).strip("-")
    if not found:
        raise CutError(f"the value {value!r} leaves nothing for the id of a group")
    return found


def _pieces(chunks: Sequence[Sequence[Id]]) -> list[Piece]:
    return [Piece(tuple(chunk), offset) for offset, chunk in enumerate(chunks)]


def _by_size(ids: Sequence[Id], how: Cut, _: Mapping[Id, float]) -> list[Piece]:
    size = int(how.size)
    return _pieces([ids[at : at + size] for at in range(0, len(ids), size)])


def _by_count(ids: Sequence[Id], how: Cut, _: Mapping[Id, float]) -> list[Piece]:
    count = min(how.count, len(ids))
    least, larger = divmod(len(ids), count)
    chunks: list[Sequence[Id]] = []
    at = 0
    for n in range(count):
        size = least + (n < larger)
        chunks.append(ids[at : at + size])
        at += size
    return _pieces(chunks)


def _by_ranges(ids: Sequence[Id], how: Cut, _: Mapping[Id, float]) -> list[Piece]:
    if any(isinstance(i, str) for i in ids):
        raise CutError("`ranges` cuts whole numbers, and the ids are text")
    numbers = sorted(i for i in ids if isinstance(i, int))
    pieces = []
    for n, (lo, hi) in enumerate(how.ranges):
        inside = numbers[bisect_left(numbers, lo) : bisect_right(numbers, hi)]
        pieces.append(Piece(tuple(inside if ids[0] == numbers[0] else reversed(inside)), n, (lo, hi)))
    return pieces


def _by_weight(ids: Sequence[Id], how: Cut, weights: Mapping[Id, float]) -> list[Piece]:
    total = math.fsum(weights.get(i, 0.0) for i in ids)
    count = max(1, min(len(ids), math.ceil(total / how.size)))
    share = total / count
    chunks: list[list[Id]] = [[] for _ in range(count)]
    before = 0.0
    for value in ids:
        weight = weights.get(value, 0.0)
        middle = (before + weight / 2) / share if share else 0.0
        chunks[min(count - 1, int(middle))].append(value)
        before += weight
    return _pieces([chunk for chunk in chunks if chunk])


def _by_window(ids: Sequence[Id], how: Cut, _: Mapping[Id, float]) -> list[Piece]:
    if how.size < 1 or how.size != int(how.size):
        raise CutError("`window` is of whole days", "write it in days or weeks, such as `7d`")
    days = [_day(value) for value in ids]
    step = 1 if days[0] <= days[-1] else -1
    windows: dict[int, list[Id]] = {}
    for value, day in zip(ids, days, strict=True):
        windows.setdefault(int(step * (day - days[0]) // how.size), []).append(value)
    return [Piece(tuple(chunk), n) for n, chunk in windows.items()]


def _day(value: Id) -> int:
    found = _DATE.match(str(value))
    try:
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3])).toordinal()
    except ValueError:
        pass
    raise CutError(f"`window` needs days such as 20260105, not {value}")


def _each(ids: Sequence[Id], _: Cut, __: Mapping[Id, float]) -> list[Piece]:
    return _pieces([(value,) for value in ids])


_CUTS: dict[str, Callable[[Sequence[Id], Cut, Mapping[Id, float]], list[Piece]]] = {
    "size": _by_size,
    "count": _by_count,
    "ranges": _by_ranges,
    "weight": _by_weight,
    "window": _by_window,
    "each": _each,
}
