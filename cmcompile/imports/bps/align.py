"""The queries of many files laid beside each other: what is the same in all, and what cuts them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cmcompile.imports.bps.query import Clause, Cutting, cutting


@dataclass(frozen=True, slots=True)
class Alignment:
    """What the queries of some files have in common.

    Attributes
    ----------
    lead
        The clauses that all have, before the axes.
    dimensions
        What the files are cut by, in the order of the query.
    cuts
        Per file one `Cutting` for each dimension; None for a file whose query is of another form.
    """

    lead: tuple[str, ...]
    dimensions: tuple[str, ...]
    cuts: tuple[tuple[Cutting, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class _Segment:
    """Clauses of one dimension, and those that follow it and are the same everywhere."""

    dimension: str
    start: int
    stop: int
    end: int


def align(queries: Sequence[tuple[Clause, ...] | None], cut: frozenset[str] = frozenset()) -> Alignment:
    """Lay the clauses of queries beside each other; None is a query that can't be taken apart.

    Parameters
    ----------
    cut
        Dimensions that cut the files in any case, also where all files have the same ids.
    """
    form = _form(queries)
    fits = [q for q in queries if q is not None and _follows(q, form)]
    segments = list(_segments(fits, len(form), cut))
    names = [s.dimension for s in segments]
    if "" in names or len(set(names)) < len(names):
        return Alignment((), (), (None,) * len(queries))
    lead = tuple(c.text for c in fits[0][: segments[0].start if segments else len(form)]) if fits else ()
    cuts = [_cuts(q, segments) if _follows(q, form) else None for q in queries]
    for at in range(len(segments)):
        _keep_one_form(cuts, at)
    return Alignment(lead, tuple(names), tuple(cuts))


def _form(queries: Sequence[tuple[Clause, ...] | None]) -> tuple[str, ...]:
    """Return the shapes of clauses with which the most queries begin; of equal ones the longest."""
    forms = Counter(tuple(c.shape for c in q) for q in queries if q is not None)
    if not forms:
        return ()

    def weight(form: tuple[str, ...]) -> tuple[int, int]:
        # One file by itself says nothing: with a clause more, it would make a form of its own.
        return sum(n for other, n in forms.items() if other[: len(form)] == form), len(form)

    return max(forms, key=weight)


def _follows(query: tuple[Clause, ...] | None, form: tuple[str, ...]) -> bool:
    return query is not None and tuple(c.shape for c in query[: len(form)]) == form


def _segments(rows: Sequence[tuple[Clause, ...]], length: int, cut: frozenset[str]) -> Iterator[_Segment]:
    varies = [len({q[at].text for q in rows}) > 1 for at in range(length)]
    at = 0
    open_: _Segment | None = None
    while at < length:
        dimension = rows[0][at].dimension
        stop = at + 1
        while dimension and stop < length and rows[0][stop].dimension == dimension:
            stop += 1
        if any(varies[at:stop]) or dimension in cut:
            if open_ is not None:
                yield open_
            open_ = _Segment(dimension, at, stop, stop)
        elif open_ is not None:
            open_ = _Segment(open_.dimension, open_.start, open_.stop, stop)
        at = stop
    if open_ is not None:
        yield open_


def _cuts(query: tuple[Clause, ...] | None, segments: Sequence[_Segment]) -> tuple[Cutting, ...] | None:
    if query is None:
        return None
    found = []
    for segment in segments:
        texts = [c.text for c in query]
        core = " and ".join(texts[segment.start : segment.stop])
        cut = cutting(segment.dimension, core)
        if cut is None:
            return None
        rest = texts[segment.stop : segment.end]
        if rest and cut.where:
            cut = replace(cut, where=" and ".join([cut.where, *rest]))
        elif rest and segment is not segments[-1]:
            return None
        found.append(cut)
    return tuple(found)


def _keep_one_form(cuts: list[tuple[Cutting, ...] | None], at: int) -> None:
    """Set aside the files whose predicate of an axis is written in another form than that of most."""
    forms = Counter(c[at].where for c in cuts if c is not None)
    if len(forms) < 2:
        return
    most = forms.most_common(1)[0][0]
    for number, cut in enumerate(cuts):
        if cut is not None and cut[at].where != most:
            cuts[number] = None
