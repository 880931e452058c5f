"""What an update of lists changes, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from cmcompile.model.ids import Id, in_words
from cmcompile.model.list_update import Left, ListUpdate
from cmcompile.report.screen import count
from cmcompile.report.terminal import visible

FORMAT = 1
#: Rows of several columns are named up to this many; more are counted.
_SHOWN = 8


def updates_text(updates: Sequence[ListUpdate]) -> str:
    """Return what came and what went, list by list."""
    return "".join(f"{visible(line)}\n" for update in updates for line in _lines(update))


def updates_json(updates: Sequence[ListUpdate], *, written: bool, left: Sequence[Left] = ()) -> str:
    """Return the same for programs, with all rows."""
    rows = [
        {
            "name": update.name,
            "file": update.path,
            "rows": update.rows,
            "came": list(update.came),
            "went": list(update.went),
            "changed": update.changes,
        }
        for update in updates
    ]
    stays = [{"name": one.name, "why": one.why, "answered": one.known} for one in left]
    found = {"format": FORMAT, "written": written, "lists": rows, "left": stays}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _lines(update: ListUpdate) -> Iterator[str]:
    if not update.changes:
        yield f"{update.name}: {count(update.rows, 'row')}, unchanged"
        return
    what = [f"{len(rows)} {word}" for rows, word in ((update.came, "new"), (update.went, "gone")) if rows]
    yield f"{update.name}: {count(update.rows, 'row')}, {', '.join(what) or 'the same, for another query'}"
    for sign, rows in (("+", update.came), ("-", update.went)):
        if rows:
            yield f"  {sign} {_words(rows)}"


def _words(rows: Sequence[str]) -> str:
    if all(row.isdecimal() for row in rows):
        ids: list[Id] = sorted(map(int, rows))
        return in_words(ids)
    more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return "; ".join(rows[:_SHOWN]) + more
