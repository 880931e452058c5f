"""What output runs hold, by task and dataset type, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from cmcompile.model.holding import Held, Holding, total
from cmcompile.report.screen import Screen, count
from cmcompile.report.table import render_table

OutputsFormat: TypeAlias = Literal["text", "json"]

FORMAT = 1

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_COLUMNS = ("task", "dataset type", "datasets", "size")


def render_outputs(
    title: str,
    found: Sequence[Holding],
    format: OutputsFormat,  # noqa: A002 - the name of the option
    screen: Screen,
) -> str:
    """Render what runs hold, and what they hold together.

    Parameters
    ----------
    title
        What was asked for, such as ``dp02/step1``.
    """
    if format == "json":
        return json.dumps(_document(title, found), indent=2, ensure_ascii=False) + "\n"
    return "".join(_text(title, found, screen))


def size(number: int | None) -> str:
    """Return bytes in decimal units, such as ``3.2 GB``; ``?`` where they are not known."""
    if number is None:
        return "?"
    value, unit = float(number), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{number:,} B" if unit == 0 else f"{value:.3g} {_UNITS[unit]}"


def _document(title: str, found: Sequence[Holding]) -> dict[str, object]:
    runs = [
        {
            "workflow": one.workflow,
            "run": one.run,
            "state": one.state,
            "types": None if one.held is None else [_row(held) for held in one.held],
        }
        for one in found
    ]
    return {"format": FORMAT, "of": title, "runs": runs, "total": [_row(held) for held in _together(found)]}


def _row(held: Held) -> dict[str, object]:
    return {
        "task": held.task,
        "dataset_type": held.dataset_type,
        "datasets": held.datasets,
        "bytes": held.bytes,
    }


def _together(found: Iterable[Holding]) -> tuple[Held, ...]:
    return total(held for one in found for held in one.held or ())


def _text(title: str, found: Sequence[Holding], screen: Screen) -> Iterator[str]:
    if not found:
        yield screen.line(f"{title}: no run of it was submitted, or all are retired")
        return
    shown = screen.shown(len(found))
    for one in found[:shown]:
        yield screen.line(f"{one.workflow}  {one.state}  {one.run}", "bold")
        if one.held is None:
            yield screen.line(
                "  there is no such collection: the run has not ended, or it was removed", "dim"
            )
        else:
            yield from _table(one.held, screen)
        yield "\n"
    if shown < len(found):
        yield screen.line(f"… and {count(len(found) - shown, 'run')} more: --all shows them", "dim")
        yield "\n"
    together = _together(found)
    there = sum(one.held is not None for one in found)
    yield screen.line(f"{title}: {_sum(together)} in {count(there, 'run')}", "bold")
    if len(found) > 1:
        yield from _table(together, screen)


def _table(held: Sequence[Held], screen: Screen) -> Iterator[str]:
    if not held:
        yield screen.line("  it is empty", "dim")
        return
    rows = [(one.task, one.dataset_type, f"{one.datasets:,}", size(one.bytes)) for one in held]
    for line in render_table(_COLUMNS, rows, "text").splitlines():
        yield screen.line(f"  {line}")


def _sum(held: Sequence[Held]) -> str:
    sizes = [one.bytes for one in held]
    known = sum(one for one in sizes if one is not None)
    room = size(known) if None not in sizes else f"more than {size(known)}"
    return f"{count(sum(one.datasets for one in held), 'dataset')}, {room}"
