"""How the predicate of a group differs, clause by clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from cmcompile.compiler.difference.sides import Side
from cmcompile.compiler.where import clauses
from cmcompile.model.resolved import Origin

EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause of a group.

    Attributes
    ----------
    kind, origin
        As in ``ClauseText``.
    written
        The clause as written; None for the exact predicate of ids.
    axis
        The axis that it belongs to; empty for that of an extra group; None for no axis.
    """

    text: str
    kind: str
    origin: Origin
    written: str | None
    axis: str | None


@dataclass(frozen=True, slots=True)
class ClausePair:
    """A clause that differs: its old form, its new form, or both."""

    old: Piece | None
    new: Piece | None

    @property
    def axis(self) -> str | None:
        """The axis that the clause belongs to; empty for that of an extra group."""
        piece = self.new or self.old
        return None if piece is None else piece.axis

    @property
    def is_exclusion(self) -> bool:
        """Whether the clause takes out what `exclude` names."""
        return any(p is not None and p.kind == EXCLUDE for p in (self.old, self.new))

    @property
    def same_text(self) -> bool:
        """Whether both are written the same, so that only names in it have other values."""
        return self.old is not None and self.new is not None and self.old.written == self.new.written


def clause_pairs(old: Side, new: Side) -> Iterator[ClausePair]:
    """Yield the clauses that differ, those that belong together in pairs."""
    kept = _texts(old) & _texts(new)
    gone = [p for p in _pieces(old) if p.text not in kept]
    for piece in [p for p in _pieces(new) if p.text not in kept]:
        partner = _partner(piece, gone)
        if partner is not None:
            gone.remove(partner)
        yield ClausePair(partner, piece)
    for piece in gone:
        yield ClausePair(piece, None)


def _texts(side: Side) -> frozenset[str]:
    return frozenset(piece.text for piece in side.shape.clause_texts(side.names))


def _pieces(side: Side) -> list[Piece]:
    frame = side.shape.frame
    texts = side.shape.clause_texts(side.names)
    written = {c.origin: c for c in clauses(frame.stack, frame.axes, frame.extra, is_extra=frame.is_extra)}
    out = []
    for piece in texts:
        clause = written.get(piece.origin)
        text, axis = (clause.text, clause.axis) if clause else (None, None)
        out.append(Piece(piece.text, piece.kind, piece.origin, text, axis))
    return out


def _partner(piece: Piece, gone: Sequence[Piece]) -> Piece | None:
    alike = [p for p in gone if p.kind == piece.kind and p.axis == piece.axis]
    if piece.axis is not None:
        return next(iter(alike), None)
    written = [p for p in alike if p.written == piece.written]
    layer = [p for p in alike if p.origin.layer == piece.origin.layer]
    return max(written or layer, key=lambda p: _likeness(p, piece), default=None)


def _likeness(old: Piece, new: Piece) -> float:
    return SequenceMatcher(None, str(old.written), str(new.written), autojunk=False).ratio()
