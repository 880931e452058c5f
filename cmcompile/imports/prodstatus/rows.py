"""The list of exposures: ``<band> <id>`` per line."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.imports.fields import whole
from cmcompile.imports.imported import Fate, Note, few

#: Bands that mean all of them.
EVERY = ("all", "f")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One exposure of the list."""

    band: str
    id: int


@dataclass(frozen=True, slots=True)
class Rows:
    """The list as it was read.

    Attributes
    ----------
    rows
        In the order of the file, each id once.
    plain
        Whether every line of the file is a row of ours as it stands.
    """

    rows: tuple[Row, ...]
    plain: bool
    notes: tuple[Note, ...] = ()

    def of(self, band: str) -> tuple[Row, ...]:
        """Return the rows of a band, by id."""
        kept = (r for r in self.rows if band in EVERY or r.band == band)
        return tuple(sorted(kept, key=lambda row: row.id))


def read_rows(name: str, data: bytes) -> Rows:
    """Read a list; lines that are none of its rows are named and left out, as is an id that came before."""
    rows: dict[int, Row] = {}
    bad: list[str] = []
    twice: list[int] = []
    count = 0
    for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        count += 1
        id_ = whole(words[1]) if len(words) == 2 and not words[0].startswith("#") else None
        if id_ is None:
            bad.append(str(number))
        elif id_ in rows:
            twice.append(id_)
        else:
            rows[id_] = Row(words[0], id_)
    notes = []
    if bad:
        text = f"not rows `<band> <id>`, and left out: {few(bad, _SHOWN)}; make-prod-groups makes ids of them"
        notes.append(Note(Fate.DEFECT, f"{name}, lines", text))
    if twice:
        ids = few(list(map(str, twice)), _SHOWN)
        text = f"stand twice, and are taken once: {ids}; make-prod-groups counts them twice, so bounds of its"
        notes.append(Note(Fate.DIFFERENT, f"{name}, ids", f"{text} groups differ"))
    return Rows(tuple(rows.values()), count == len(rows), tuple(notes))


def rows_text(rows: tuple[Row, ...]) -> bytes:
    """Return rows as a list of ours."""
    return "".join(f"{row.band} {row.id}\n" for row in rows).encode()
