"""How the predicate of a group differs, clause by clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from cmcompile.compiler.difference.sides import Side
from cmcompile.compiler.where import Clause

Piece = tuple[str, Clause]
EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class ClausePair:
    """A clause that differs: its old form, its new form, or both."""

    old: Piece | None
    new: Piece | None

    @property
    def axis(self) -> str | None:
        """The axis that the clause belongs to; empty for that of an extra group."""
        piece = self.new or self.old
        return None if piece is None else piece[1].axis

    @property
    def is_exclusion(self) -> bool:
        """Whether the clause takes out what `exclude` names."""
        return any(p is not None and p[1].origin.layer == EXCLUDE for p in (self.old, self.new))

    @property
    def same_text(self) -> bool:
        """Whether both are written the same, so that only names in it have other values."""
        return self.old is not None and self.new is not None and self.old[1].text == self.new[1].text


def clause_pairs(old: Side, new: Side) -> Iterator[ClausePair]:
    """Yield the clauses that differ, those that belong together in pairs."""
    before = old.shape.clause_texts(old.names)
    after = new.shape.clause_texts(new.names)
    kept = {text for text, _ in before} & {text for text, _ in after}
    gone = [p for p in before if p[0] not in kept]
    for piece in [p for p in after if p[0] not in kept]:
        partner = _partner(piece, gone)
        if partner is not None:
            gone.remove(partner)
        yield ClausePair(partner, piece)
    for piece in gone:
        yield ClausePair(piece, None)


def _partner(piece: Piece, gone: list[Piece]) -> Piece | None:
    clause = piece[1]
    excludes = clause.origin.layer == EXCLUDE
    alike = [p for p in gone if (p[1].origin.layer == EXCLUDE) == excludes and p[1].axis == clause.axis]
    if clause.axis is not None:
        return alike[0] if alike else None
    written = [p for p in alike if p[1].text == clause.text]
    layer = [p for p in alike if p[1].origin.layer == clause.origin.layer]
    return max(written or layer, key=lambda p: _likeness(p, piece), default=None)


def _likeness(old: Piece, new: Piece) -> float:
    return SequenceMatcher(None, str(old[1].text), str(new[1].text), autojunk=False).ratio()
