"""Words among the whole numbers of a list: a heading or a remark that would become an id."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cmcompile.model import codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ids import Id
from cmcompile.model.ports import Documents
from cmcompile.model.source import Span

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
#: What a table writes where there is no value.
_NO_VALUE = frozenset({"-", "--", "na", "n/a", "nan", "none", "null"})
#: More rows than this are counted, not shown.
_SHOWN = 5


def report_odd_rows(
    documents: Documents, name: str, path: str, columns: Mapping[str, Sequence[Id]], findings: Findings
) -> None:
    """Report words among the whole numbers of a list that was read, each at its row."""
    for column, cells in columns.items():
        odd = odd_cells(cells)
        if not odd:
            continue
        lines = _rows(documents.read(path).decode("utf-8-sig"), len(cells))
        of = f"column {column} of list {name}" if column else f"list {name}"
        for at in odd[:_SHOWN]:
            findings.add(
                codes.splitting.BAD_LIST,
                Span(path, lines[at], 1),
                f"{cells[at]!r} stands among the whole numbers of {of}",
                "start a heading or a remark with `#`; an id is digits only, with no zero in front",
            )
        if len(odd) > _SHOWN:
            findings.add(
                codes.splitting.BAD_LIST, Span(path, 1, 1), f"{of} has {len(odd) - _SHOWN} more such rows"
            )


def odd_cells(cells: Sequence[Id]) -> list[int]:
    """Return where words stand in a column of whole numbers.

    A column of which half or more is words is a column of words.
    """
    ends = [cell for cell in (*cells[:2], *cells[-1:]) if isinstance(cell, str)]
    if not any(map(_WHOLE.match, ends)):
        return []
    odd = [at for at, cell in enumerate(cells) if not _WHOLE.match(str(cell))]
    if odd != [0] and 2 * len(odd) >= len(cells):
        return []
    return [at for at in odd if str(cells[at]).lower() not in _NO_VALUE]


def _rows(data: str, count: int) -> list[int]:
    """Return the number of the line of each row; the last ones, as a heading of names may come first."""
    lines = [at for at, line in enumerate(data.split("\n"), 1) if line.strip() and line.lstrip()[0] != "#"]
    return lines[-count:]
