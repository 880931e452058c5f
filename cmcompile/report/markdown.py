"""Markdown for the page of a forge: text that can't be taken for markup, and a size that is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from cmcompile.report.terminal import visible

#: A forge refuses a comment of 65,536 characters; the rest is left for what surrounds the page.
LIMIT = 60_000
#: A value that is longer is cut: one row must not take the room of all others.
_VALUE = 160
_TICKS = re.compile("`+")


def code(text: str, most: int = _VALUE) -> str:
    """Return foreign text as a code span for a cell of a table; empty for empty text.

    Nothing in it is markup, a mention of a person, or a link.
    """
    shown = visible(text[: most + 1])
    if not shown.strip():
        return ""
    if len(shown) > most:
        shown = shown[: most - 1] + "…"
    # A bar ends a cell also within a code span, and a backslash before it would undo its escape.
    shown = re.sub(r"\\+\|", lambda found: found[0][:-1] + " |", shown).replace("|", "\\|")
    fence = "`" * (max((len(t) for t in _TICKS.findall(shown)), default=0) + 1)
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{space}{shown}{space}{fence}"


def block(command: str) -> list[str]:
    """Return a command as a block of its own, which a forge shows with a button to copy it.

    Nothing in it ends the block: it is one line, and the fence is longer than any in it.
    """
    shown = visible(command)
    fence = "`" * max(3, max((len(t) for t in _TICKS.findall(shown)), default=0) + 1)
    return [f"{fence}sh", shown, fence]


def row(cells: Sequence[str]) -> str:
    """Return a row of a table; the cells are Markdown."""
    return f"| {' | '.join(cells)} |"


def head(names: Sequence[str], right: frozenset[int] = frozenset()) -> list[str]:
    """Return the head of a table.

    Parameters
    ----------
    right
        The columns that are aligned to the right.
    """
    return [row(names), row(["---:" if i in right else "---" for i in range(len(names))])]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Attributes
    ----------
    head, foot
        Lines that are always there.
    rows
        Lines of which the first ones are there, as many as fit.
    most
        At most so many rows; None: as many as fit.
    """

    head: tuple[str, ...]
    rows: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    most: int | None = None


def details(summary: str, head: Sequence[str], rows: Sequence[str], most: int | None = None) -> Section:
    """Return a section that is folded up until it is clicked; ``summary`` is plain text."""
    start = ("", f"<details><summary>{escape(visible(summary))}</summary>", "", *head)
    return Section(start, tuple(rows), ("", "</details>"), most)


def page(sections: Sequence[Section], more: str, limit: int = LIMIT) -> str:
    """Return the sections as one text below ``limit`` bytes, cut by rows.

    Parameters
    ----------
    more
        What follows the number of rows left out, such as ``see the file``.
    """
    notes = [["", f"_{len(s.rows):,} more; {more}_"] for s in sections]
    sizes = [_size([*s.head, *n, *s.foot]) for s, n in zip(sections, notes, strict=True)]
    last = f"_{len(sections):,} more parts; {more}_"
    kept = _prefix(sizes, limit - _size(["", last]))
    left = limit - _size(["", last]) - sum(sizes[:kept])
    lines: list[str] = []
    for section in sections[:kept]:
        shown, left = _fitting(section, left)
        lines += [*section.head, *shown]
        if len(shown) < len(section.rows):
            lines += ["", f"_{len(section.rows) - len(shown):,} more; {more}_"]
        lines += section.foot
    if kept < len(sections):
        lines += ["", f"_{len(sections) - kept:,} more parts; {more}_"]
    return "\n".join(lines) + "\n"


def _prefix(sizes: Sequence[int], limit: int) -> int:
    """Return how many of the sizes fit."""
    total = 0
    for number, size in enumerate(sizes):
        total += size
        if total > limit:
            return number
    return len(sizes)


def _fitting(section: Section, left: int) -> tuple[list[str], int]:
    shown = []
    for line in section.rows[: section.most]:
        size = _size([line])
        if size > left:
            break
        left -= size
        shown.append(line)
    return shown, left


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
