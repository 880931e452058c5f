"""Rows of values of any kind as text, JSON or CSV, and ids and needs in few words."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cmcompile.model.campaign import Need
from cmcompile.model.group import Group, Part
from cmcompile.model.ids import Id
from cmcompile.report.table import FORMAT, TableFormat, render_table
from cmcompile.report.terminal import width


def render_rows(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    format: TableFormat,  # noqa: A002
) -> str:
    """Render a table whose cells have types.

    In JSON (``{"format": 1, "rows": [{column: value}]}``) they are kept; in text and CSV a list is joined by
    commas, a mapping is JSON, and null is empty.
    """
    if format == "json":
        listed = [dict(zip(columns, row, strict=True)) for row in rows]
        return json.dumps({"format": FORMAT, "rows": listed}, indent=1, ensure_ascii=False) + "\n"
    return render_table(columns, [[cell_text(cell) for cell in row] for row in rows], format)


def cell_text(value: object) -> str:
    """Return a value as one cell of text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and not any(isinstance(v, list | tuple | dict) for v in value):
        return ",".join(cell_text(v) for v in value)
    return json.dumps(value, ensure_ascii=False)


def cut_lines(text: str, columns: int) -> str:
    """Cut each line that is wider than a terminal, with an ellipsis at its end."""
    return "".join(f"{_cut(line, columns)}\n" for line in text.splitlines())


def _cut(line: str, columns: int) -> str:
    if width(line) <= columns:
        return line
    kept, used = [], 0
    for character in line:
        used += width(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def left_ids(group: Group, part: Part) -> tuple[Id, ...]:
    """Return the ids of a part that ``exclude`` leaves."""
    taken = frozenset(group.excluded.get(part.axis, ()))
    return tuple(i for i in part.ids if i not in taken) if taken else part.ids


def ids_in_words(group: Group) -> str:
    """Return the ids of a group per axis, such as ``detector 0..62 (63), exposure 1472..206020 (1500)``."""
    return ", ".join(_part_in_words(group, part) for part in group.parts)


def _part_in_words(group: Group, part: Part) -> str:
    name, ids = part.dimension or part.axis, left_ids(group, part)
    if len(ids) == 1:
        return f"{name} {ids[0]}"
    return f"{name} {ids[0]}..{ids[-1]} ({len(ids)})" if ids else f"{name} none"


def ids_in_brief(group: Group) -> dict[str, object]:
    """Return by axis the lowest and the highest id and their number."""
    brief: dict[str, object] = {}
    for part in group.parts:
        ids = left_ids(group, part)
        brief[part.dimension or part.axis] = {
            "lo": ids[0] if ids else None,
            "hi": ids[-1] if ids else None,
            "count": len(ids),
        }
    return brief


def need_in_words(need: Need) -> str:
    """Return a need, such as ``step1``, ``step1 (same)``, ``step1/halves``, ``step1 (95% accepted)``."""
    name = need.step if need.rescue is None else f"{need.step}/{need.rescue}"
    if need.accepted is not None:
        return f"{name} ({need.accepted * 100:.4g}% accepted)"
    return name if need.kind == "all" else f"{name} ({need.kind})"


def in_common(texts: Sequence[str]) -> str:
    """Return what texts have in common: the text, or what they start with and ``*``."""
    if len(set(texts)) <= 1:
        return texts[0] if texts else ""
    low, high = min(texts), max(texts)
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return f"{low[:same]}*"
