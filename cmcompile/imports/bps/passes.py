"""One pass over data: the files that one split makes, and how it is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod

from cmcompile.imports.bps.align import Alignment, align
from cmcompile.imports.bps.cuts import AxisCut, GivenList, Part, find_cut
from cmcompile.imports.bps.names import HOLE, Form, Word, explained, form
from cmcompile.imports.bps.query import Clause, clauses
from cmcompile.imports.bps.tree import Tree
from cmcompile.imports.tree import literal
from cmcompile.spec.references import BUILT_IN


@dataclass(frozen=True)
class Row:
    """A submit file; what is worked out from its query is kept.

    Attributes
    ----------
    tree
        What it holds, without the data query.
    query
        The data query; None where it has none.
    """

    path: str
    tree: Tree = field(repr=False)
    query: str | None

    @cached_property
    def clauses(self) -> tuple[Clause, ...] | None:
        """The clauses of the query; None where it can't be taken apart."""
        return clauses(self.query) if self.query else ()

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The texts that the query compares with."""
        return tuple(
            Word(c.dimension, v)
            for c in self.clauses or ()
            for v in c.values
            if c.dimension and len(c.values) == 1 and isinstance(v, str) and v
        )

    @cached_property
    def form(self) -> Form:
        """The path with its holes."""
        return form(self.path, self.words, is_path=True)


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of a pass.

    Attributes
    ----------
    dimension
        Empty for a plain parameter.
    where
        As in `Cutting`.
    parts
        Of which each file has one.
    cut
        How they come about.
    """

    name: str
    dimension: str
    where: str
    parts: tuple[Part, ...]
    cut: AxisCut


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a pass.

    Attributes
    ----------
    parts
        Its part of each axis.
    names
        What the names of expressions stand for.
    """

    row: Row
    parts: tuple[Part, ...]
    names: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Pass:
    """Files that one split makes.

    Attributes
    ----------
    lead
        The clauses of all queries, before those of the axes.
    file
        The path as a spec has it; None where no expression gives it.
    odd
        Files of the same kind that the split does not make.
    """

    lead: tuple[str, ...]
    axes: tuple[Axis, ...]
    members: tuple[Member, ...]
    file: str | None
    odd: tuple[Row, ...] = ()

    @property
    def made(self) -> tuple[GivenList, ...]:
        """The lists that are made for it."""
        return tuple(rows for axis in self.axes for rows in axis.cut.made)


def find_pass(
    label: str, rows: Sequence[Row], given: Sequence[GivenList], cut: frozenset[str] = frozenset()
) -> Pass | None:
    """Return the split that makes files whose paths differ in numbers only; None where none is seen.

    Parameters
    ----------
    label
        What lists that are made are named after.
    cut
        Dimensions that are axes in any case.
    """
    found = align([row.clauses for row in rows], cut)
    cut_by = _by_query(found, rows)
    cut_by = _with_parameters(cut_by, rows)
    whole = _whole_product(cut_by)
    chosen = [row for row in rows if row.path in whole]
    if not chosen or (len(chosen) * 2 < len(rows) and len(rows) > 2):
        return None
    dimensions = [*found.dimensions, *_parameters(cut_by, found)]
    axes: list[Axis] = []
    for at, dimension in enumerate(dimensions):
        parts = tuple(dict.fromkeys(cut_by[row.path][at] for row in chosen))
        is_plain = at >= len(found.dimensions)
        hint = None if is_plain else _numbering(chosen, [cut_by[r.path][at] for r in chosen])
        lists, is_whole = () if is_plain else given, len(chosen) == len(rows)
        how = find_cut(dimension, parts, hint, lists, label, whole=is_whole)
        if how is None and hint is not None:
            how = find_cut(dimension, parts, None, lists, label, whole=is_whole)
        if how is None:
            return None
        axes.append(Axis(dimension, "" if is_plain else dimension, parts[0].where, parts, how))
    members = [Member(row, cut_by[row.path], names_of(axes, cut_by[row.path])) for row in chosen]
    members.sort(key=lambda m: [_place(axis, part) for axis, part in zip(axes, m.parts, strict=True)])
    keep = {row.path for row in chosen}
    odd = tuple(row for row in rows if row.path not in keep)
    return Pass(found.lead, tuple(axes), tuple(members), file_of(members), odd)


def _place(axis: Axis, part: Part) -> tuple[int, tuple[object, ...]]:
    return axis.cut.numbers.get(part, 0), part.key


def _by_query(found: Alignment, rows: Sequence[Row]) -> dict[str, tuple[Part, ...]]:
    return {row.path: cut for row, cut in zip(rows, found.cuts, strict=True) if cut is not None}


def _with_parameters(cut_by: dict[str, tuple[Part, ...]], rows: Sequence[Row]) -> dict[str, tuple[Part, ...]]:
    """Add plain parameters, read from the paths, where files have the same query."""
    if len(set(cut_by.values())) == len(cut_by):
        return cut_by
    by_path = {row.path: row.form for row in rows}
    paths = list(cut_by)
    numbers = {path: by_path[path].holes for path in paths}
    pieces = by_path[paths[0]].shape.split(HOLE)
    if len({len(n) for n in numbers.values()}) != 1:
        return {}
    out = dict(cut_by)
    for at in range(len(numbers[paths[0]])):
        values = [numbers[path][at] for path in paths]
        if len(set(values)) < 2 or any(not v.isdecimal() or v != str(int(v)) for v in values):
            continue
        finer = {
            p: (*out[p], Part(_word(pieces[at], out[p]), (int(v),), None, ""))
            for p, v in zip(paths, values, strict=True)
        }
        if len(set(finer.values())) > len(set(out.values())):
            out = finer
        if len(set(out.values())) == len(out):
            return out
    return {}


def _word(before: str, there: Sequence[Part]) -> str:
    """Return the word before a number in a path, as the name of a parameter."""
    letters = "".join(c if c.isalnum() else " " for c in before.lower()).split()
    word = next((w for w in reversed(letters) if w.isidentifier()), "number")
    taken = BUILT_IN.union(part.dimension for part in there)
    while word in taken:
        word += "_"
    return word


def _parameters(cut_by: Mapping[str, tuple[Part, ...]], found: Alignment) -> list[str]:
    first = next(iter(cut_by.values()), ())
    return [part.dimension for part in first[len(found.dimensions) :]]


def _whole_product(cut_by: Mapping[str, tuple[Part, ...]]) -> frozenset[str]:
    """Return the paths of files that are all combinations of some parts, as many as can be found quickly."""
    paths = {parts: path for path, parts in cut_by.items()}
    count = len(next(iter(paths), ()))
    if len(paths) < len(cut_by):
        return frozenset()
    best: frozenset[str] = frozenset()
    for at in range(count):
        # Whole columns: those values of one axis that occur with all that the others have together.
        columns: dict[Part, set[tuple[Part, ...]]] = {}
        for parts in paths:
            columns.setdefault(parts[at], set()).add((*parts[:at], *parts[at + 1 :]))
        for rest in sorted(columns.values(), key=len, reverse=True)[:3]:
            if len(rest) != prod(len({r[n] for r in rest}) for n in range(count - 1)):
                continue
            some = [part for part, has in columns.items() if rest <= has]
            if len(some) * len(rest) > len(best):
                best = frozenset(
                    paths[(*other[:at], part, *other[at:])] for part, other in product(some, rest)
                )
    return best if count else frozenset(paths.values())


def _numbering(rows: Sequence[Row], parts: Sequence[Part]) -> dict[Part, int] | None:
    """Return the number that the paths give to each part of an axis; None where they do not."""
    numbers = [row.form.holes for row in rows]
    if len({len(n) for n in numbers}) != 1:
        return None
    for at in range(len(numbers[0])):
        hint: dict[Part, int] = {}
        if not all(n[at].isdecimal() for n in numbers):
            continue
        values = [int(n[at]) for n in numbers]
        if any(hint.setdefault(part, v) != v for part, v in zip(parts, values, strict=True)):
            continue
        if len(set(hint.values())) < len(hint):
            continue
        ends = [{part.bounds[0], part.bounds[1]} if part.bounds else set(part.ids[:1]) for part in hint]
        if not all(v in end for v, end in zip(hint.values(), ends, strict=True)):
            return hint
    return None


def names_of(axes: Sequence[Axis], parts: Sequence[Part]) -> dict[str, object]:
    """Return what the names of expressions stand for in a group."""
    out: dict[str, object] = {}
    for axis, part in zip(axes, parts, strict=True):
        if part.bounds is None and len(part.ids) == 1:
            out[f"{axis.name}.value"] = part.ids[0]
        else:
            out[f"{axis.name}.lo"], out[f"{axis.name}.hi"] = part.bounds or (part.ids[0], part.ids[-1])
        number = axis.cut.numbers.get(part)
        if number is not None:
            skip = axis.cut.skips.get(part)
            if skip is None:
                out[f"{axis.name}.n"] = number
            else:
                out[f"{axis.name}.n + skip"] = number + skip
    return out


def group_id(axes: Sequence[Axis], parts: Sequence[Part]) -> str:
    """Return the id of a group by its parts."""
    return "-".join(axis.cut.keys[part] for axis, part in zip(axes, parts, strict=True)) or "all"


def file_of(members: Sequence[Member]) -> str | None:
    """Return the path of the files of a pass as an expression."""
    forms = [m.row.form for m in members]
    if len({f.shape for f in forms}) > 1:
        return None
    pieces = literal(forms[0].shape).split(HOLE)
    numbers = [f.holes for f in forms]
    out = [pieces[0]]
    for at, piece in enumerate(pieces[1:]):
        values = [n[at] for n in numbers]
        said = values[0] if len(set(values)) == 1 else explained(values, [m.names for m in members])
        if said is None:
            return None
        out += [said, piece]
    return "".join(out)
