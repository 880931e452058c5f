"""What is kept, as bytes and back: a line of JSON, in columns, then the ids of all parts as plain numbers."""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from cmcompile.compiler.kept.form import Kept, KeptStep, Ranges, Row
from cmcompile.compiler.step import MadeGroups
from cmcompile.model.codes import all_codes
from cmcompile.model.diagnostic import Diagnostic, Related
from cmcompile.model.group import Group, Part
from cmcompile.model.ids import Id
from cmcompile.model.source import Span

#: How the ids of a part are had from its list: one by one, or by the one range from the first to the last.
_NO_RANGE, _ONE_RANGE = 0, 1


def pack(kept: Kept) -> bytes:
    """Return what is kept as bytes."""
    numbers = array("q")
    head = {
        "lists": {name: [key, list(columns)] for name, (key, columns) in kept.lists.items()},
        "inputs": dict(kept.inputs),
        "shards": {key: list(trees) for key, trees in kept.shards.items()},
        "about_sent": _findings(kept.about_sent),
        "steps": {name: _step(step, numbers) for name, step in kept.steps.items()},
        "written": None if kept.written is None else _findings(kept.written),
        "includes": {path: list(pair) for path, pair in kept.includes.items()},
    }
    if sys.byteorder != "little":
        numbers.byteswap()
    return json.dumps(head, separators=(",", ":")).encode("ascii") + b"\n" + numbers.tobytes()


def unpack(data: bytes, *, files: bool = True) -> Kept:
    """Return what was kept.

    Parameters
    ----------
    files
        Whether the rows of files are wanted too.

    Raises
    ------
    ValueError, TypeError, LookupError, RecursionError, AttributeError
        When the bytes are not those of `pack`.
    """
    end = data.index(b"\n")
    head = json.loads(data[:end])
    if not files:
        head["written"] = None
    numbers = array("q")
    numbers.frombytes(memoryview(data)[end + 1 :])
    if sys.byteorder != "little":
        numbers.byteswap()
    reading = _Numbers(numbers)
    return Kept(
        lists={name: (key, tuple(columns)) for name, (key, columns) in head["lists"].items()},
        inputs=head["inputs"],
        shards={key: tuple(trees) for key, trees in head["shards"].items()},
        about_sent=_found(head["about_sent"]),
        steps={name: _unpacked(name, step, reading, files) for name, step in head["steps"].items()},
        written=None if head["written"] is None else _found(head["written"]),
        includes={path: (source, digest) for path, (source, digest) in head["includes"].items()},
    )


class _Numbers:
    """The numbers of all parts, taken one part after the other."""

    def __init__(self, numbers: array[int]) -> None:
        self._numbers = numbers
        self._at = 0

    def take(self, count: int) -> tuple[int, ...]:
        found = tuple(self._numbers[self._at : self._at + count])
        if len(found) != count:
            raise ValueError("there are fewer ids than parts ask for")
        self._at += count
        return found


def _step(step: KeptStep, numbers: array[int]) -> dict[str, Any]:
    passes = (step.groups.first, *step.groups.rescues)
    every = [group for groups in passes for group in groups]
    parts = list({id(part): part for group in every for part in group.parts}.values())
    place = {id(part): at for at, part in enumerate(parts)}
    return {
        "key": step.key,
        "settled": step.settled,
        "findings": _findings(step.findings),
        "parts": _parts(parts, step.ranges, numbers),
        "passes": [_groups(groups, place) for groups in passes],
        "sent": [step.sent.get(group.id) for group in every],
        "made_by": dict(step.made_by),
        "rows": _rows([step.rows[group.id] for group in every]) if step.rows else None,
    }


def _unpacked(name: str, packed: Mapping[str, Any], numbers: _Numbers, files: bool) -> KeptStep:
    parts, ranges = _made_parts(packed["parts"], numbers)
    passes = [tuple(_made_groups(name, groups, parts)) for groups in packed["passes"]]
    ids = [group.id for groups in passes for group in groups]
    sent = dict(zip(ids, packed["sent"], strict=True))
    rows = packed["rows"] if files else None
    return KeptStep(
        key=packed["key"],
        settled=packed["settled"],
        findings=_found(packed["findings"]),
        groups=MadeGroups(passes[0], tuple(passes[1:])),
        sent={group: digest for group, digest in sent.items() if digest is not None},
        made_by=packed["made_by"],
        rows={} if rows is None else dict(zip(ids, _made_rows(rows), strict=True)),
        ranges=ranges,
    )


def _parts(
    parts: Sequence[Part], ranges: Mapping[int, tuple[Part, Ranges]], numbers: array[int]
) -> dict[str, Any]:
    kinds = list(dict.fromkeys((p.axis, p.dimension, p.source, p.last) for p in parts))
    of_kind = {kind: at for at, kind in enumerate(kinds)}
    texts: dict[int, tuple[Id, ...]] = {}
    for at, part in enumerate(parts):
        if not _take(part.ids, numbers):
            texts[at] = part.ids
    return {
        "kinds": kinds,
        "kind": [of_kind[p.axis, p.dimension, p.source, p.last] for p in parts],
        "key": [p.key for p in parts],
        # A number is nearly always the key as well.
        "n": [p.n if p.n is None or str(p.n) != p.key else True for p in parts],
        "count": [len(p.ids) for p in parts],
        "texts": texts,
        "bounds": {at: p.bounds for at, p in enumerate(parts) if p.bounds is not None},
        "ranges": [_range(p, ranges[id(p)][1] if id(p) in ranges else ()) for p in parts],
    }


def _take(ids: tuple[Id, ...], numbers: array[int]) -> bool:
    """Add ids to the numbers, where all are some that an array can hold."""
    try:
        more = array("q", cast("tuple[int, ...]", ids))
    except (TypeError, OverflowError):
        return False
    numbers.extend(more)
    return True


def _range(part: Part, ranges: Ranges) -> int | Ranges:
    if not ranges:
        return _NO_RANGE
    return _ONE_RANGE if ranges == ((part.ids[0], part.ids[-1]),) else ranges


def _made_parts(
    packed: Mapping[str, Any], numbers: _Numbers
) -> tuple[list[Part], dict[int, tuple[Part, Ranges]]]:
    kinds = packed["kinds"]
    texts, bounds = packed["texts"], packed["bounds"]
    parts: list[Part] = []
    ranges: dict[int, tuple[Part, Ranges]] = {}
    columns = (packed[name] for name in ("kind", "key", "n", "count", "ranges"))
    for at, (kind, key, n, count, some) in enumerate(zip(*columns, strict=True)):
        axis, dimension, source, last = kinds[kind]
        ids = tuple(texts[str(at)]) if texts and str(at) in texts else numbers.take(count)
        within = tuple(bounds[str(at)]) if bounds and str(at) in bounds else None
        part = Part(axis, dimension, key, int(key) if n is True else n, ids, source, last, within)
        parts.append(part)
        if some:
            pairs = ((ids[0], ids[-1]),) if some == _ONE_RANGE else tuple((lo, hi) for lo, hi in some)
            ranges[id(part)] = part, pairs
    return parts, ranges


def _groups(groups: Sequence[Group], place: Mapping[int, int]) -> dict[str, Any]:
    return {
        "id": [g.id for g in groups],
        "parts": [[place[id(p)] for p in g.parts] for g in groups],
        "rescue": groups[0].rescue if groups else None,
        "extra": {at: g.extra for at, g in enumerate(groups) if g.extra is not None},
        "covers": {at: g.covers for at, g in enumerate(groups) if g.covers},
        "excluded": {at: g.excluded for at, g in enumerate(groups) if g.excluded},
    }


def _made_groups(step: str, packed: Mapping[str, Any], parts: Sequence[Part]) -> Iterable[Group]:
    rescue, extra, covers, excluded = (packed[key] for key in ("rescue", "extra", "covers", "excluded"))
    for at, (id_, places) in enumerate(zip(packed["id"], packed["parts"], strict=True)):
        own = (parts[places[0]],) if len(places) == 1 else tuple([parts[place] for place in places])
        if not (extra or covers or excluded):
            yield Group(step, id_, own, rescue)
            continue
        which = str(at)
        out = {axis: tuple(ids) for axis, ids in excluded.get(which, {}).items()}
        yield Group(step, id_, own, rescue, extra.get(which), tuple(covers.get(which, ())), out)


def _rows(rows: Sequence[Row]) -> dict[str, Any]:
    kinds = list(dict.fromkeys((r.shape, r.release, r.includes, r.site, r.environment) for r in rows))
    of_kind = {kind: at for at, kind in enumerate(kinds)}
    return {
        "kinds": kinds,
        "kind": [of_kind[r.shape, r.release, r.includes, r.site, r.environment] for r in rows],
        "path": [r.path for r in rows],
        "digest": [r.digest for r in rows],
        "output": [r.output for r in rows],
        "clauses": [r.clauses for r in rows],
    }


def _made_rows(packed: Mapping[str, Any]) -> Iterable[Row]:
    kinds = [
        (shape, release, tuple(includes), site, environment)
        for shape, release, includes, site, environment in packed["kinds"]
    ]
    columns = (packed[name] for name in ("kind", "path", "digest", "output", "clauses"))
    for kind, path, digest, output, clauses in zip(*columns, strict=True):
        shape, release, includes, site, environment = kinds[kind]
        yield Row(shape, path, digest, output, release, includes, clauses, site, environment)


def _findings(findings: Iterable[Diagnostic]) -> list[object]:
    return [
        (
            f.code.name,
            f.message,
            f.hint,
            _span(f.span),
            [(_span(r.span), r.message) for r in f.related],
            f.scope,
        )
        for f in findings
    ]


def _span(span: Span | None) -> tuple[str, int, int] | None:
    return None if span is None else (span.file, span.line, span.column)


def _found(packed: Iterable[Any]) -> tuple[Diagnostic, ...]:
    codes = all_codes()
    return tuple(
        Diagnostic(
            codes[code],
            message,
            hint,
            None if span is None else Span(*span),
            tuple(Related(Span(*place), text) for place, text in related),
            scope,
        )
        for code, message, hint, span, related, scope in packed
    )
