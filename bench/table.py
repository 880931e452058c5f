"""The table of figures on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import Ratio, Told

_HEAD = ("ours s", "floor s", "ratio", "bound", "", "min..max of pairs")


def ratio_lines(ratios: Sequence[Ratio]) -> list[str]:
    """Return the table of the judged ratios."""
    rows = [("ratio of processor time", *_HEAD)]
    rows += [
        (
            r.name,
            f"{r.ours:.3f}",
            f"{r.floor:.3f}",
            f"{r.ratio:.2f}",
            f"{r.bound:.2f}",
            "over" if r.over else "ok",
            f"{min(r.ratios):.2f}..{max(r.ratios):.2f}",
        )
        for r in ratios
    ]
    return _aligned(rows)


def told_lines(told: Told) -> list[str]:
    """Return the table of one group of figures."""
    lines = ["", told.title, *("  " + line for line in _aligned(told.rows, right=0))]
    return [*lines, "  " + told.remark] if told.remark else lines


def _aligned(rows: Sequence[tuple[str, ...]], right: int = 1) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if at >= right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
