"""Ids in quarantine: taken out by an `exclude`, by what the spec says by hand already, or by the rescue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.sets import evaluate
from cmcompile.model.campaign import Override
from cmcompile.model.ids import Id
from cmcompile.model.policy import Remedy
from cmcompile.model.source import Scalar
from cmcompile.rescue.case import Case, Ground
from cmcompile.rescue.selector import shortened
from cmcompile.rescue.words import Row, Rows


@dataclass(frozen=True, slots=True)
class ByHand:
    """An override of the step that takes ids out of some of the groups that hold them.

    Attributes
    ----------
    hit
        The groups for which it holds, by id.
    """

    dimension: str
    ids: frozenset[Id]
    where: str
    because: str
    hit: frozenset[str]


@dataclass(frozen=True, slots=True)
class Taboo:
    """How ids in quarantine are kept out.

    Attributes
    ----------
    ids
        Per dimension: ids that need no clause in a rescue.
    excludes
        Entries of `exclude` that are missing.
    by_hand
        Overrides that rescues repeat.
    """

    ids: Mapping[str, frozenset[Id]] = field(default_factory=dict)
    excludes: tuple[dict[str, object], ...] = ()
    by_hand: tuple[ByHand, ...] = ()

    def open(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Return those of some data ids that only a clause of the rescue keeps out."""
        return tuple(
            row
            for row in rows
            if not any(row.get(name) in ids for name, ids in self.ids.items() if name in row)
        )


def taboos(ground: Ground, cases: Sequence[Case]) -> Taboo:
    """Return how the ids in quarantine of a step are kept out of its rescues.

    An id of an axis is taken out as a whole where nothing else of it is lacking: then nothing that is to be
    run goes with it.
    """
    tickets: dict[tuple[str, Id], str] = {}
    for name, value, ticket in _candidates(ground, cases):
        tickets.setdefault((name, value), ticket)
    known = {
        name: frozenset(v for v in ids if isinstance(v, int | str)) for name, ids in ground.excluded.items()
    }
    found: dict[str, set[Id]] = {name: set(ids) for name, ids in known.items()}
    by_hand: list[ByHand] = []
    fresh: dict[tuple[str, str], list[Id]] = {}
    for name in dict.fromkeys(name for name, _ in tickets):
        ids = {v for n, v in tickets if n == name} - known.get(name, frozenset())
        for one in _by_hand(ground, name, ids):
            by_hand.append(one)
            found.setdefault(name, set()).update(one.ids)
            ids -= one.ids
        found.setdefault(name, set()).update(ids)
        for value in sorted(ids, key=lambda v: (isinstance(v, str), v)):
            fresh.setdefault((name, tickets[name, value]), []).append(value)
    excludes = [_exclude(ground.step.name, *key, ids) for key, ids in fresh.items()]
    return Taboo({name: frozenset(ids) for name, ids in found.items()}, tuple(excludes), tuple(by_hand))


def _exclude(step: str, name: str, ticket: str, ids: Sequence[Id]) -> dict[str, object]:
    entry: dict[str, object] = {
        name: ids[0] if len(ids) == 1 else shortened(map(str, ids)),
        "steps": [step],
        "because": "in quarantine: its quanta fail, and would fail again",
    }
    return {**entry, "ticket": ticket} if ticket else entry


def _candidates(ground: Ground, cases: Sequence[Case]) -> Iterator[tuple[str, Id, str]]:
    """Yield the ids of axes of which nothing is lacking but what is in quarantine."""
    names = [axis.dimension for axis in ground.step.split if axis.dimension]
    for name in names:
        ill: dict[Id, str] = {}
        well: set[Id] = set()
        everywhere = False
        for case in cases:
            rows = [one.row for one in case.quanta if one.cure.remedy is Remedy.QUARANTINE]
            never = Rows(rows)
            for one in case.quanta:
                value = one.row.get(name)
                if value is None:
                    everywhere = everywhere or bool(rows)
                elif one.cure.remedy is Remedy.QUARANTINE:
                    ill[value] = ill.get(value) or one.cure.ticket
                elif not never.hold(one.row):
                    well.add(value)
        waiting = {
            i
            for g in ground.first
            if g.id not in ground.sent and (p := g.part(name)) is not None
            for i in p.ids
        }
        if not everywhere:
            yield from ((name, value, ticket) for value, ticket in ill.items() if value not in well | waiting)


def _by_hand(ground: Ground, name: str, ids: set[Id]) -> Iterator[ByHand]:
    """Yield overrides of the step that take some of these ids, and no others, out of part of the groups."""
    for at, override in enumerate(ground.step.overrides):
        text = _text(override)
        hit = [g for g in ground.first if at in ground.hits.get(g.id, ())]
        held_ids = sorted(
            {i for g in hit if (part := g.part(name)) is not None for i in part.ids if isinstance(i, int)}
        )
        expr = parse(text).expr if text else None
        if expr is None or not held_ids:
            continue
        taken = evaluate(expr, text, {name: tuple(held_ids)})
        if taken.unknown:
            continue
        out = set(held_ids) - {i for box in taken.boxes for i in box[name].ids()}
        if out and out <= ids:
            because = override.because or "as in the step"
            yield ByHand(name, frozenset(out), text, because, frozenset(g.id for g in hit))


def _text(override: Override) -> str:
    """Return the clause of an override that does nothing else; empty: it is another one."""
    node = override.layer.get("where")
    if not isinstance(node, Scalar) or set(override.layer.body.entries) - {"groups", "because", "where"}:
        return ""
    text = str(node.value)
    return "" if "${{" in text else text
