"""A comparison as Markdown for the page of a forge."""

from __future__ import annotations

from cmcompile.model.compare import Comparison
from cmcompile.model.difference import Edit
from cmcompile.report.compare.as_text import source_of
from cmcompile.report.compare.tables import tables, verdict
from cmcompile.report.difference import SHORT, edit_values, runs_text
from cmcompile.report.markdown import Section, code, head, page, row

_ROWS = 200


def render(found: Comparison) -> str:
    """Return the page, cut by rows to what a forge takes."""
    old, new = found.sides
    start = [f"# {code(old.asked)} and {code(new.asked)}", "", verdict(found)]
    start += ["", f"- {code(old.asked)}: {code(source_of(old))}"]
    start += [f"- {code(new.asked)}: {code(source_of(new))}"]
    sections = [Section(tuple(start))]
    if found.found.edits:
        rows = tuple(row(_edit(edit)) for edit in found.found.edits)
        names = ["key", "values", "groups", "place"]
        sections.append(Section(("", "## Spec", "", *head(names)), rows, (), _ROWS))
    for table in tables(found):
        rows = tuple(row([code(cell) for cell in cells]) for cells in table.rows)
        foot = ("", table.note) if table.note else ()
        sections.append(Section(("", f"## {table.title}", "", *head(table.columns)), rows, foot, _ROWS))
    return page(sections, "`cmcompile compare --all` shows them")


def _edit(edit: Edit) -> list[str]:
    place = "" if edit.span is None else f"{edit.span.file}:{edit.span.line}"
    return [code(edit.key), code(edit_values(edit, SHORT)), code(runs_text(edit.runs, SHORT)), code(place)]
