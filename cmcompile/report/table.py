"""A table of rows as text, JSON or CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from cmcompile.report.terminal import visible, width

TableFormat: TypeAlias = Literal["text", "json", "csv"]

TABLE_FORMATS: tuple[TableFormat, ...] = ("text", "json", "csv")

FORMAT = 1

_NUMBER = re.compile(r"[+-]?[0-9][0-9,.]*%?")


def render_table(columns: Sequence[str], rows: Sequence[Sequence[str]], format: TableFormat) -> str:  # noqa: A002
    """Render a table, ending with a newline.

    Parameters
    ----------
    columns
        The names of the columns, in lower case; keys in JSON, a header elsewhere.
    rows
        The cells, as many per row as there are columns.
    format
        ``text`` is aligned, numbers to the right, without trailing spaces; ``json`` is
        ``{"format": 1, "rows": [{column: cell, …}, …]}``; ``csv`` has a header and ends lines with a newline.

    Raises
    ------
    ValueError
        When a row has too many or too few cells.
    """
    if any(len(row) != len(columns) for row in rows):
        raise ValueError("a row has more or fewer cells than there are columns")
    if format == "json":
        return _as_json(columns, rows)
    return _as_csv(columns, rows) if format == "csv" else _as_text(columns, rows)


def _as_json(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    listed = [dict(zip(columns, row, strict=True)) for row in rows]
    return json.dumps({"format": FORMAT, "rows": listed}, indent=2) + "\n"


def _as_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "".join(",".join(_quoted(cell) for cell in row) + "\n" for row in [columns, *rows])


def _quoted(cell: str) -> str:
    # The csv module of Python 3.11 leaves a lone carriage return bare where lines end with a newline.
    bare = cell and not any(c in cell for c in ',"\r\n')
    return cell if bare else '"' + cell.replace('"', '""') + '"'


def _as_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    shown = [[visible(cell) for cell in row] for row in [[c.upper() for c in columns], *rows]]
    widths = [max(width(row[i]) for row in shown) for i in range(len(columns))]
    right = [_numeric([row[i] for row in shown[1:]]) for i in range(len(columns))]
    return "".join(_line(row, widths, right) + "\n" for row in shown)


def _numeric(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def _line(row: list[str], widths: list[int], right: list[bool]) -> str:
    cells = []
    for cell, wanted, to_right in zip(row, widths, right, strict=True):
        space = " " * (wanted - width(cell))
        cells.append(space + cell if to_right else cell + space)
    return "  ".join(cells).rstrip()
