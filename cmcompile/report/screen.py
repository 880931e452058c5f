"""What text for people shares: how wide it is, its colours, ages, bars, counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap
from typing import Literal, TypeAlias

from cmcompile.report.groups import cut_lines
from cmcompile.report.terminal import visible, width

Colour: TypeAlias = Literal["alarm", "good", "busy", "dim", "bold"]

#: Lines fit so many cells where the width of the terminal is not known.
WIDTH = 100
_COLOURS: dict[Colour, str] = {"alarm": "1;31", "good": "32", "busy": "36", "dim": "2", "bold": "1"}
#: So many digits of a commit or digest tell it apart for a person.
_SHORT = 12
_STEPS = ((86400 * 2, 86400, "d"), (3600 * 2, 3600, "h"), (120, 60, "min"), (0, 1, "s"))


@dataclass(frozen=True, slots=True)
class Screen:
    """How text is shown.

    Attributes
    ----------
    columns
        The width of the terminal; None where the reader is no terminal, and nothing is cut.
    colour
        Whether ANSI codes are used.
    now
        The time from which ages count; None: no ages.
    most
        At most so many lines of one sort; None: all.
    """

    columns: int | None = WIDTH
    colour: bool = False
    now: datetime | None = None
    most: int | None = 10

    @property
    def room(self) -> int:
        """How many cells a line may take."""
        return max(20, WIDTH if self.columns is None else self.columns)

    def paint(self, text: str, colour: Colour | None) -> str:
        """Return text in a colour, where colours are used."""
        if not self.colour or colour is None or not text:
            return text
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"

    def line(self, text: str, colour: Colour | None = None) -> str:
        """Return one line for the terminal: controls shown, cut to the width, in a colour, with its end."""
        return self.paint(self.cut(visible(text).rstrip()), colour) + "\n"

    def whole(self, text: str, colour: Colour | None = None) -> str:
        """Return a line that is never cut, such as a command to copy."""
        return self.paint(visible(text).rstrip(), colour) + "\n"

    def wrapped(self, text: str, indent: str = "", colour: Colour | None = None) -> Iterator[str]:
        """Yield a sentence as lines that fit; ``indent`` stands before all but the first."""
        shown = visible(text).rstrip()
        lines = [shown]
        if self.columns is not None and width(shown) > self.room:
            lines = wrap(
                shown, self.room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
        yield from (self.paint(line, colour) + "\n" for line in lines)

    def cut(self, text: str) -> str:
        """Cut a line where it is wider than the terminal."""
        if self.columns is None or width(text) <= self.room:
            return text
        return cut_lines(text, self.room)[:-1]

    def shown(self, number: int) -> int:
        """Return how many of so many lines are shown; one more line would say no more than the last."""
        return number if self.most is None or number <= self.most + 1 else self.most

    def ago(self, at: str) -> str:
        """Return an age such as ``5 h ago``; empty where it can't be told."""
        passed = self.age(at)
        return f"{passed} ago" if passed else ""

    def age(self, at: str) -> str:
        """Return an age such as ``5 h``; empty where it can't be told."""
        then = _time(at)
        if self.now is None or then is None:
            return ""
        seconds = int((self.now.astimezone(UTC) - then).total_seconds())
        if seconds < 0:
            return ""
        return next(f"{seconds // unit} {name}" for least, unit, name in _STEPS if seconds >= least)

    def time(self, at: str) -> str:
        """Return a time as recorded, with its age where that can be told."""
        passed = self.ago(at)
        return f"{at} ({passed})" if passed else at


def _time(at: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(at)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def short(commit: str) -> str:
    """Return the first digits of a commit or digest."""
    return commit[:_SHORT]


def count(number: int, what: str, many: str = "") -> str:
    """Return ``1 group``, ``2 groups``, ``1,200 groups``."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def percent(part: int, whole: int) -> str:
    """Return a share; never ``100%`` or ``0%`` for what is neither all nor nothing."""
    if whole == 0:
        return ""
    share = 100 * part / whole
    if 0 < part < whole:
        share = min(max(share, 0.1), 99.9)
        return f"{share:.1f}%" if share < 1 or share > 99 else f"{share:.0f}%"
    return f"{share:.0f}%"


def bar(shares: Iterable[tuple[str, int]], cells: int) -> str:
    """Return a bar such as ``[###=!....]``.

    Parameters
    ----------
    shares
        A sign, and how many are of that sort; what there is at all gets a cell at least.
    """
    parts = [(sign, n) for sign, n in shares if n > 0]
    total = sum(n for _, n in parts)
    if total == 0:
        return f"[{' ' * cells}]"
    sizes = [max(1, round(n * cells / total)) for _, n in parts]
    while sum(sizes) != cells:
        sizes[sizes.index(max(sizes))] += 1 if sum(sizes) < cells else -1
    return f"[{''.join(sign * size for (sign, _), size in zip(parts, sizes, strict=True))}]"


def columns(rows: list[list[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Return rows as lines with aligned columns.

    Parameters
    ----------
    right
        The columns that are aligned to the right.
    """
    if not rows:
        return []
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in shown) for i in range(len(rows[0]))]
    lines = []
    for row in shown:
        spaces = [" " * (wanted - width(cell)) for cell, wanted in zip(row, widths, strict=True)]
        pairs = enumerate(zip(row, spaces, strict=True))
        lines.append("  ".join(s + c if i in right else c + s for i, (c, s) in pairs).rstrip())
    return lines
