"""A comparison as text that a person reads."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.compare import Compared, Comparison
from cmcompile.report.compare.tables import tables, verdict
from cmcompile.report.difference import ALL, SHORT, difference_text
from cmcompile.report.screen import Screen, short
from cmcompile.report.screen_table import screen_table
from cmcompile.report.status.words import ledger


def render(found: Comparison, screen: Screen) -> str:
    """Return the text; tables are cut where the screen shows only some lines of a sort."""
    return "".join(_lines(found, screen))


def _lines(found: Comparison, screen: Screen) -> Iterator[str]:
    old, new = found.sides
    yield screen.line(f"{old.asked} → {new.asked}: {verdict(found)}", "bold")
    yield screen.line(f"old: {source_of(old)}", "dim")
    yield screen.line(f"new: {source_of(new)}", "dim")
    if not found.found.empty:
        yield "\n" + screen.line("Spec", "bold")
        bounds = ALL if screen.most is None else SHORT
        head, _, rest = difference_text(found.found, (old.asked, new.asked), bounds).partition("\n")
        yield rest or f"{head}\n"
    for table in tables(found):
        yield from screen_table(table.title, table.columns, table.rows, screen)
        if table.note:
            yield screen.line(table.note, "dim")


def source_of(side: Compared) -> str:
    """Return where the spec and the ledger of a side come from, in words."""
    spec = f"spec of {short(side.commit)}" if side.commit else "spec of the working tree"
    seen = side.status.seen
    said = [spec, ledger(side.status) + (f" of {seen.at}" if seen.commit and seen.at else "")]
    said += ["as last seen"] if seen.asked != "fresh" else []
    said += [f"stale since {seen.stale_since}"] if seen.stale_since else []
    return ", ".join(said)
