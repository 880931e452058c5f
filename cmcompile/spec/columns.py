"""Columns of plain lists, read whole: millions of rows must not cost a call each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmcompile.model.ids import Id


def quick_columns(data: str, width: int | None) -> list[list[str]] | None:
    """Return the columns of a list of plain rows, or None when it must be read row by row.

    Parameters
    ----------
    data
        The whole list: rows of words parted by blanks, nothing else.
    width
        Words in a row; None for as many as in the first row.
    """
    if not data or not data.isascii() or "#" in data or "," in data:
        return None
    if width is None:
        width = len(data.split("\n", 1)[0].split())
    if width == 0:
        return None
    words = rf"\S+(?:[ \t]++\S+){{{width - 1}}}[ \t]*+"
    if re.fullmatch(rf"(?>(?:{words}\n)*)(?>(?:{words})?)", data) is None:
        return None
    cells = data.split()
    return [cells[at::width] for at in range(width)]


def typed(cells: Sequence[str]) -> tuple[Id, ...]:
    """Return whole numbers where every cell is one as people write it (no ``007``), else texts."""
    try:
        numbers = tuple(map(int, cells))
    except ValueError:
        return tuple(cells)
    return numbers if " ".join(map(str, numbers)) == " ".join(cells) else tuple(cells)
