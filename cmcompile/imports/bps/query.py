"""Data queries taken apart: clauses, and the ids that they name, without what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cmcompile.bps.query.write import conjoin, exact
from cmcompile.imports.clauses import clauses as split
from cmcompile.model.ids import Id

_WORD = re.compile(r"'[^'\n]*'|[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_INTEGER = re.compile(r"-?[0-9]+\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_SAID = r"(?:instrument|skymap)\s*=\s*'[^'\n]*'"
#: What a clause may say beside its dimension where it was joined by another word than ours.
_FRAME = re.compile(rf"((?:{_SAID}\s+(?:AND|And)\s+)*)(.+?)((?:\s+(?:AND|And)\s+{_SAID})*)", re.DOTALL)
_NOT = re.compile(r"(?i)\b(?:or|not)\b")
_KEYWORDS = frozenset({"and", "or", "not", "in", "null", "overlaps", "true", "false"})
_HOLE = "\x00"
#: Lists have one shape, however many ids they hold.
_LIST = re.compile(r"(?: (?:in|IN|In) ?\('?\x00'?(?:(?:, ?|\.\.)'?\x00'?)*\)| = '?\x00'?\Z)")
_IN = re.compile(r"\s*([a-z][a-z0-9_]*)\s+(?:in|IN|In)\s*\((.*)\)\s*\Z", re.DOTALL)
_ITEM = re.compile(r"\s*(?:(-?\d+)(?:\s*\.\.\s*(-?\d+))?|'([^']*)')\s*\Z")
#: Numbers that are no ids, and that Python does not read.
_HUGE = re.compile(r"[0-9]{400}")
#: More ids than this are not written out.
_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a query.

    Attributes
    ----------
    dimension
        The only name in it, or an empty text.
    shape
        The text with a hole for each number and each quoted text.
    values
        What stood in the holes.
    """

    text: str
    dimension: str
    shape: str
    values: tuple[Id, ...]


def clauses(query: str) -> tuple[Clause, ...] | None:
    """Return the clauses of a query, or None where a spec that has them would not give the same text."""
    parts = split(query)
    if parts is None or conjoin(parts) != query or _HUGE.search(query):
        return None
    return tuple(_clause(part) for part in parts)


def _clause(text: str) -> Clause:
    values: list[Id] = []
    names = set()
    for word in _WORD.findall(_inner(text)[1]):
        if _INTEGER.match(word):
            values.append(int(word) if str(int(word)) == word else word)
        elif _is_quoted(word):
            values.append(word[1:-1])
        elif word[0].isalpha() and word.lower() not in _KEYWORDS:
            names.add(word)
    only = names.pop() if len(names) == 1 else ""
    dimension = only if _NAME.match(only) else ""
    before, inner, behind = _inner(text)
    return Clause(text, dimension, before + _LIST.sub(" in (*)", _shape(inner)) + behind, tuple(values))


def _inner(text: str) -> tuple[str, str, str]:
    """Return a clause parted from what it says of instrument and skymap with an ``AND`` in capitals."""
    found = _FRAME.fullmatch(text)
    return (found[1] or "", found[2], found[3] or "") if found is not None else ("", text, "")


def _shape(text: str) -> str:
    """Return a text with a hole for each number and each quoted text."""
    return "".join(
        _HOLE if _INTEGER.match(word) else f"'{_HOLE}'" if _is_quoted(word) else word
        for word in _WORD.findall(text)
    )


def _is_quoted(word: str) -> bool:
    return word.startswith("'") and len(word) > 1


@dataclass(frozen=True, slots=True)
class Cutting:
    """What the clauses of one dimension take, and how a spec says so.

    Attributes
    ----------
    ids
        The ids that are named one by one; empty for a range.
    bounds
        The lowest and the highest id of a range; None where ids are named.
    where
        The text with ``${{ lo }}`` and the like; empty where it is the exact predicate of the ids.
    """

    dimension: str
    ids: tuple[Id, ...]
    bounds: tuple[int, int] | None
    where: str

    @property
    def key(self) -> tuple[object, ...]:
        """What tells the parts of an axis apart, in their order."""
        low = self.bounds[0] if self.bounds else self.ids[0]
        return (isinstance(low, str), low, self.bounds or (), self.ids)


def cutting(dimension: str, text: str) -> Cutting | None:
    """Return what a text of clauses takes of a dimension; None where that is no range and no list of ids."""
    if "${{" in text:
        return None
    before, inner, behind = _inner(text)
    if not before and not behind:
        return _cutting(dimension, text)
    found = _cutting(dimension, inner)
    # An exact predicate has no place for more.
    return replace(found, where=f"{before}{found.where}{behind}") if found and found.where else None


def _cutting(dimension: str, text: str) -> Cutting | None:
    found = _in_list(dimension, text)
    if found is not None:
        return found
    made, shape = _clause(text), _shape(text)
    if made.dimension != dimension or any(
        isinstance(v, str) and v.lstrip("-").isdigit() for v in made.values
    ):
        return None
    pieces = shape.split(_HOLE)
    if _NOT.search("".join(pieces)):
        return None
    before = [piece.rstrip() for piece in pieces[:-1]]
    if len(made.values) == 1 and _equals(before[0]):
        if _exact(dimension, made.values) == text:
            return Cutting(dimension, made.values, None, "")
        return Cutting(dimension, made.values, None, "${{ value }}".join(pieces))
    if len(made.values) == 2 and all(isinstance(v, int) for v in made.values):
        return _range(dimension, pieces, made.values, before)
    return None


def _equals(piece: str) -> bool:
    piece = piece.rstrip("'").rstrip()
    return piece.endswith("=") and not piece.endswith(("!=", "<=", ">="))


def _range(dimension: str, pieces: list[str], values: Sequence[Id], before: list[str]) -> Cutting | None:
    low, high = (v for v in values if isinstance(v, int))
    if before[0].endswith(("=", "!=")) and not before[0].endswith(">="):
        return None
    if before[0].endswith(">=") or before[0].endswith(">"):
        is_open = not before[0].endswith(">=")
        low, first = (low + 1, "${{ lo - 1 }}") if is_open else (low, "${{ lo }}")
    else:
        return None
    if before[1].endswith("<=") or before[1].endswith("<"):
        is_open = not before[1].endswith("<=")
        high, last = (high - 1, "${{ hi + 1 }}") if is_open else (high, "${{ hi }}")
    else:
        return None
    if low > high:
        return None
    return Cutting(dimension, (), (low, high), f"{pieces[0]}{first}{pieces[1]}{last}{pieces[2]}")


def _in_list(dimension: str, text: str) -> Cutting | None:
    found = _IN.match(text)
    if found is None or found[1] != dimension or "(" in found[2] or ")" in found[2]:
        return None
    ids: list[Id] = []
    for item in found[2].split(","):
        one = _ITEM.match(item)
        if one is None:
            return None
        if one[3] is not None:
            ids.append(one[3])
        elif one[2] is not None:
            low, high = int(one[1]), int(one[2])
            if not 0 <= high - low < _MOST - len(ids):
                return None
            ids += range(low, high + 1)
        else:
            ids.append(int(one[1]))
    if len({type(i) for i in ids}) != 1 or ids != sorted(set(ids)):
        return None
    if _exact(dimension, ids) == text:
        return Cutting(dimension, tuple(ids), None, "")
    return _joined(dimension, text, ids)


def _joined(dimension: str, text: str, ids: Sequence[Id]) -> Cutting | None:
    quote = "'" if isinstance(ids[0], str) else ""
    for between in (",", ", "):
        inner = f"{quote}{between}{quote}".join(map(str, ids))
        head, found, tail = text.partition(f"({quote}{inner}{quote})")
        if found:
            join = f"{quote}{between}{quote}"
            where = f'{head}({quote}${{{{ ids | join("{join}") }}}}{quote}){tail}'
            return Cutting(dimension, tuple(ids), None, where)
    low, high = ids[0], ids[-1]
    head, found, tail = text.partition(f"({low}..{high})")
    if found and isinstance(low, int) and isinstance(high, int):
        return Cutting(dimension, (), (low, high), f"{head}(${{{{ lo }}}}..${{{{ hi }}}}){tail}")
    return None


def _exact(dimension: str, ids: Sequence[Id]) -> str:
    try:
        return exact(dimension, ids)  # type: ignore[arg-type]
    except ValueError:
        return ""
