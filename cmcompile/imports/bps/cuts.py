"""How the ids of an axis were cut: by size, by count, by ranges, one by one, or in no regular way."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count, pairwise
from typing import TypeAlias

from cmcompile.compiler.cut import CutError, cut, slug
from cmcompile.imports.bps.query import Cutting
from cmcompile.model.campaign import Cut
from cmcompile.model.ids import Id
from cmcompile.rescue.selector import shortened

#: Ids written out in the spec; more go into a list.
_INLINE = 24
#: Ids that a range stands for in the spec.
_SPAN = 2_000_000
_EXCLUDED = 50_000
#: So few parts of a plain range were meant as a number of parts, not by their size.
_FEW = 8

Part: TypeAlias = Cutting


@dataclass(frozen=True, slots=True)
class GivenList:
    """A list that was given, or is made from what the files name.

    Attributes
    ----------
    columns
        The ids, sorted, each once, by the name of the column; an empty name where it has one only.
    """

    name: str
    file: str
    data: bytes
    names: tuple[str, ...]
    columns: Mapping[str, tuple[Id, ...]] = field(repr=False)

    def ids(self, dimension: str) -> tuple[Id, ...] | None:
        """Return the ids of a dimension; None where the list has no such column."""
        if "" in self.columns:
            plural = self.name.lower().rstrip("s")
            return self.columns[""] if plural == dimension.rstrip("s") else None
        return self.columns.get(dimension)


@dataclass(frozen=True, slots=True)
class AxisCut:
    """An axis as the spec has it.

    Attributes
    ----------
    body
        The keys of the axis, without `by` and `where`.
    keys
        The key of each part in the ids of groups.
    numbers
        The number of each part, where parts have one.
    skips
        What is added to the number in the names of files, where it is not always nothing.
    made
        Lists that are made for it.
    exclude
        Ids of the list that no file takes, and that are not to make a group.
    empty
        Ranges that hold no id, for the numbers that no file has.
    how
        In words, for the report; empty where the cut is a regular one.
    """

    body: Mapping[str, object]
    keys: Mapping[Part, str]
    numbers: Mapping[Part, int]
    skips: Mapping[Part, int] = field(default_factory=dict)
    made: tuple[GivenList, ...] = ()
    exclude: tuple[Id | str, ...] = ()
    empty: int = 0
    how: str = ""


def find_cut(
    dimension: str,
    parts: Sequence[Part],
    hint: Mapping[Part, int] | None,
    given: Sequence[GivenList],
    step: str,
    *,
    whole: bool = True,
) -> AxisCut | None:
    """Return a cut that gives these parts, the most regular one that does; None where there is none.

    Parameters
    ----------
    hint
        The number of each part in the names of files; None where these do not number parts.
    given
        The lists that may be the source.
    whole
        Whether no other group of the step has ids of the list, so that those of no part can be excluded.
    """
    by_number = sorted(parts, key=lambda p: hint[p]) if hint else sorted(parts, key=lambda p: p.key)
    order = sorted(parts, key=lambda p: p.key)
    if any(p.bounds for p in parts) and not all(p.bounds for p in parts):
        return None
    is_range = parts[0].bounds is not None
    for rows in given:
        ids = rows.ids(dimension)
        if ids is None or not ids:
            continue
        found = _regular(ids, order, hint, {"list": rows.name}, whole=whole) or (
            _ranges(by_number, hint, {"list": rows.name}, ids) if is_range else None
        )
        if found is not None:
            return found
    if is_range:
        return _unlisted_ranges(dimension, order, by_number, hint, step, given)
    return _unlisted_ids(dimension, order, by_number, hint, step, given)


def _chunks(ids: Sequence[Id], how: Cut) -> list[tuple[Id, ...]]:
    try:
        return [piece.ids for piece in cut(ids, how)]
    except CutError:
        return []


def _regular(
    ids: Sequence[Id],
    order: Sequence[Part],
    hint: Mapping[Part, int] | None,
    source: Mapping[str, object],
    *,
    whole: bool = False,
) -> AxisCut | None:
    """Try to cut by one per value, by size and by count."""
    counts = [_count(ids, part) for part in order]
    if 0 in counts:
        return None
    tries: list[tuple[Cut, dict[str, int]]] = []
    if hint is None and max(counts) == 1 and order[0].bounds is None:
        tries.append((Cut("each"), {}))
    size = max(counts)
    if len(order) > 1 or size < len(ids):
        tries.append((Cut("size", size=size), {"size": size}))
    is_run = isinstance(source.get("values"), str)
    by_count = (Cut("count", count=len(order)), {"count": len(order)})
    tries.insert(0 if is_run and len(order) <= _FEW else len(tries), by_count)
    if len(order) == 1:
        tries.append((Cut("size", size=size), {"size": size}))
    for how, said in tries:
        found = _as_cut(_chunks(ids, how), order, hint, {**source, **said}, how.kind)
        if found is not None and (whole or not found.exclude):
            return found
    return None


def _count(ids: Sequence[Id], part: Part) -> int:
    if part.bounds is None:
        return len(part.ids)
    if any(isinstance(i, str) for i in ids[:1]):
        return 0
    return bisect_right(ids, part.bounds[1]) - bisect_left(ids, part.bounds[0])


def _as_cut(
    chunks: Sequence[tuple[Id, ...]],
    order: Sequence[Part],
    hint: Mapping[Part, int] | None,
    body: dict[str, object],
    kind: str,
) -> AxisCut | None:
    places = {_name(chunk, order[0]): at for at, chunk in enumerate(chunks)}
    at = {part: places.get(part.bounds or part.ids, -1) for part in order}
    if -1 in at.values():
        return None
    if kind == "each":
        return AxisCut(body, {p: slug(p.ids[0]) for p in order}, {}) if len(chunks) == len(order) else None
    first = 1 if hint is None else hint[order[0]] - at[order[0]]
    if first < 0 or (hint is not None and any(hint[p] - at[p] != first for p in order)):
        return None
    missing = [chunk for n, chunk in enumerate(chunks) if n not in at.values()]
    exclude = _excluded(missing)
    if len(missing) > len(order) or exclude is None:
        return None
    if first != 1:
        body["first"] = first
    numbers = {part: first + at[part] for part in order}
    keys = {part: str(n) for part, n in numbers.items()}
    return AxisCut(body, keys, numbers, exclude=exclude)


def _name(chunk: tuple[Id, ...], like: Part) -> tuple[Id, ...]:
    return chunk if like.bounds is None else (chunk[0], chunk[-1])


def _excluded(chunks: Sequence[tuple[Id, ...]]) -> tuple[Id | str, ...] | None:
    """Return ids as `exclude` has them; None where these would be too many."""
    found: list[Id | str] = []
    total = 0
    for chunk in chunks:
        low, high = chunk[0], chunk[-1]
        if len(chunk) > 2 and isinstance(low, int) and isinstance(high, int):
            total += high - low
            found.append(f"{low}..{high}")
        else:
            found += chunk
    return tuple(found) if total < _EXCLUDED and len(found) < _INLINE else None


def _runs(by_number: Sequence[Part], hint: Mapping[Part, int] | None) -> list[tuple[int, list[Part]]]:
    """Return parts in runs of consecutive numbers, each with what its numbers are more than their place."""
    runs: list[tuple[int, list[Part]]] = []
    for place, part in enumerate(by_number, 1):
        skip = 0 if hint is None else hint[part] - place
        if not runs or runs[-1][0] != skip:
            runs.append((skip, []))
        runs[-1][1].append(part)
    return runs


def _of_sets(runs: Sequence[tuple[int, list[Part]]], say: Mapping[Part, object]) -> AxisCut:
    """Return a cut with a list of ids for each part."""
    has_skips = any(skip for skip, _ in runs)
    parts: list[dict[str, object]] = []
    skips: dict[Part, int] = {}
    for skip, some in runs:
        own: dict[str, object] = {"vars": {"skip": skip}} if has_skips else {}
        parts += [{"values": say[p], "count": 1, **own} for p in some]
        skips |= dict.fromkeys(some, skip)
    numbers = {part: n for n, part in enumerate((p for _, some in runs for p in some), 1)}
    keys = {part: str(n) for part, n in numbers.items()}
    return AxisCut({"parts": parts}, keys, numbers, skips if has_skips else {})


def _ranges(
    by_number: Sequence[Part],
    hint: Mapping[Part, int] | None,
    source: Mapping[str, object],
    ids: Sequence[Id],
) -> AxisCut | None:
    """Return the ranges as written, over ids of which each range holds some."""
    order = sorted(by_number, key=lambda p: p.key)
    if any(_high(a) >= _low(b) for a, b in pairwise(order)):
        return None
    if any(_count(ids, part) == 0 for part in order):
        return None
    filled = _filled(by_number, hint, ids)
    if filled is None:
        return None
    body: dict[str, object] = {**source, "ranges": [list(bounds) for _, bounds in filled]}
    first = 1 if hint is None else hint[by_number[0]]
    if first != 1:
        body["first"] = first
    numbers = {part: first + place for place, (part, _) in enumerate(filled) if part is not None}
    keys = {part: str(n) for part, n in numbers.items()}
    empty = len(filled) - len(by_number)
    return AxisCut(body, keys, numbers, empty=empty, how="ranges as they were written")


def _filled(
    by_number: Sequence[Part], hint: Mapping[Part, int] | None, ids: Sequence[Id]
) -> list[tuple[Part | None, tuple[int, int]]] | None:
    """Return ranges in the order of their numbers; for a number that no file has, one that holds no id.

    None where too many numbers are left out.
    """
    out: list[tuple[Part | None, tuple[int, int]]] = []
    if hint is not None and hint[by_number[-1]] - hint[by_number[0]] > 3 * len(by_number) + 20:
        return None
    taken = set(ids)
    free = max(map(_high, by_number)) + 1
    for part in by_number:
        while hint is not None and len(out) < hint[part] - hint[by_number[0]]:
            while free in taken:
                free += 1
            out.append((None, (free, free)))
            free += 1
        out.append((part, _bounds(part)))
    return out


def _bounds(part: Part) -> tuple[int, int]:
    if part.bounds is None:
        raise ValueError("a range without bounds")
    return part.bounds


def _low(part: Part) -> int:
    return _bounds(part)[0]


def _high(part: Part) -> int:
    return _bounds(part)[1]


def _unlisted_ranges(
    dimension: str,
    order: Sequence[Part],
    by_number: Sequence[Part],
    hint: Mapping[Part, int] | None,
    step: str,
    given: Sequence[GivenList],
) -> AxisCut | None:
    low, high = _low(order[0]), max(map(_high, order))
    if all(_high(a) + 1 == _low(b) for a, b in pairwise(order)) and high - low < _SPAN:
        found = _regular(range(low, high + 1), order, hint, {"values": f"{low}..{high}"})
        if found is not None:
            return found
    ids = tuple(sorted({bound for part in order for bound in _bounds(part)}))
    label = _free(f"{step}_{dimension}_bounds", given)
    rows, source = _source(label, f"# {dimension}: only the ends of ranges of {step}", ids)
    found = _ranges(by_number, hint, source, ids)
    if found is None:
        return None
    return replace(found, made=rows, how="ranges whose ids are not known")


def _unlisted_ids(
    dimension: str,
    order: Sequence[Part],
    by_number: Sequence[Part],
    hint: Mapping[Part, int] | None,
    step: str,
    given: Sequence[GivenList],
) -> AxisCut | None:
    every = [i for part in order for i in part.ids]
    if len(set(every)) < len(every):
        return None
    ids = tuple(sorted(every))
    label = _free(f"{step}_{dimension}", given)
    rows, source = _source(label, f"# {dimension}: the ids that the submit files name of {step}", ids)
    found = _regular(ids, order, hint, source)
    if found is not None:
        return replace(found, made=rows)
    say: dict[Part, object] = {part: _short(part.ids) for part in order}
    found = _of_sets(_runs(by_number, hint), say)
    return replace(found, how="sets of ids in no regular order")


def _short(ids: Sequence[Id]) -> list[object]:
    return shortened(map(str, ids)) if all(isinstance(i, int) for i in ids) else list(ids)


def _free(name: str, given: Sequence[GivenList]) -> str:
    """Return a name for a list that none of those has that were given, nor its file."""
    label = name.lower().replace("-", "_")
    taken = {text.lower() for rows in given for text in (rows.name, rows.file)}
    tries = chain([label], (f"{label}_{n}" for n in count(2)))
    return next(one for one in tries if taken.isdisjoint((one, _file(one))))


def _file(label: str) -> str:
    return f"lists/{label}.txt"


def _source(label: str, head: str, ids: Sequence[Id]) -> tuple[tuple[GivenList, ...], dict[str, object]]:
    """Return ids as `values`, or as a list where they are many."""
    short = _short(ids)
    if len(short) <= _INLINE:
        is_range = len(short) == 1 and isinstance(short[0], str) and isinstance(ids[0], int)
        return (), {"values": short[0] if is_range else short}
    text = f"{head}\n" + "".join(f"{i}\n" for i in ids)
    return (GivenList(label, _file(label), text.encode(), (), {"": tuple(ids)}),), {"list": label}
