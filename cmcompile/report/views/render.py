"""Views as text, JSON, CSV and Markdown, and as lists that commands read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from cmcompile.model.view import Cell, Unit, View
from cmcompile.report.groups import render_rows
from cmcompile.report.markdown import code, row
from cmcompile.report.screen import Screen, columns

ViewFormat: TypeAlias = Literal["text", "json", "csv", "markdown", "ids", "rows"]

FORMAT = 1
_NOTHING = "nothing"


def render_views(views: Sequence[View], format: ViewFormat, screen: Screen) -> str:  # noqa: A002
    """Render the views of some campaigns, ending with a newline unless it is empty.

    Parameters
    ----------
    format
        ``ids`` are selectors of groups, one per line, and ``rows`` the columns of jobs, as a list of a
        campaign has them; both are empty where nothing is meant.
    """
    if format == "json":
        return json.dumps(_document(views), indent=1, ensure_ascii=False) + "\n"
    if format == "csv":
        names = ("campaign", *(views[0].columns if views else ()))
        return render_rows(names, [(v.campaign, *cells) for v in views for cells in v.rows], "csv")
    if format == "ids":
        return "".join(f"{view.campaign}/{subject}\n" for view in views for subject in view.subjects)
    if format == "rows":
        return "".join(_lists(views))
    if format == "markdown":
        return "\n".join(_markdown(view) for view in views)
    return "\n".join("".join(_text(view, screen)) for view in views)


def _document(views: Sequence[View]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "kind": "view",
        "view": views[0].name if views else None,
        "campaigns": [
            {
                "campaign": view.campaign,
                "columns": list(view.columns),
                "rows": [dict(zip(view.columns, cells, strict=True)) for cells in view.rows],
                "groups": [f"{view.campaign}/{subject}" for subject in view.subjects],
                "jobs": [_job(unit) for unit in view.units],
                "faults": list(view.faults),
            }
            for view in views
        ],
    }


def _job(unit: Unit) -> dict[str, object]:
    return {
        "step": unit.step,
        "group": unit.group,
        "workflow": unit.workflow or None,
        "run": unit.run or None,
        "task": unit.task or unit.step,
        "ids": dict(unit.ids),
        "count": unit.count,
        "state": unit.state.value,
        "cause": unit.cause or None,
        "exit": unit.exit,
        "says": unit.reason or None,
        "outputs": list(unit.outputs),
    }


def _lists(views: Sequence[View]) -> Iterator[str]:
    """Yield the rows of a list: for each job what its columns hold, each once."""
    found: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
    for unit in (unit for view in views for unit in view.units if unit.ids):
        names = tuple(name for name, _ in unit.ids)
        found.setdefault(names, {})[tuple(value for _, value in unit.ids)] = None
    for names, rows in found.items():
        yield f"# {' '.join(names)}\n"
        yield from (f"{' '.join(values)}\n" for values in rows)


def _text(view: View, screen: Screen) -> Iterator[str]:
    yield screen.line(f"{view.campaign}: {view.name}")
    shown = screen.shown(len(view.rows))
    kept = _kept(view)
    rows = [[_cell(cells[at]) for at in kept] for cells in view.rows[:shown]]
    if rows:
        head = [view.columns[at].upper() for at in kept]
        right = frozenset(n for n, at in enumerate(kept) if _is_number(view, at))
        yield from (screen.line(f"  {line}") for line in columns([head, *rows], right))
    else:
        yield screen.line(f"  {_NOTHING}", "dim")
    if shown < len(view.rows):
        yield screen.line(f"  … and {len(view.rows) - shown:,} more; --all lists them", "dim")
    for fault in view.faults:
        yield from screen.wrapped(f"  {fault}", "    ", "alarm")


def _kept(view: View) -> list[int]:
    """Return the columns that say anything."""
    return [at for at in range(len(view.columns)) if any(cells[at] is not None for cells in view.rows)]


def _is_number(view: View, at: int) -> bool:
    return all(isinstance(cells[at], int | float | None) for cells in view.rows)


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value


def _markdown(view: View) -> str:
    kept = _kept(view)
    lines = [f"### {code(view.campaign)}: {view.name}", ""]
    if view.rows:
        lines += [row([view.columns[at] for at in kept]), row(["---"] * len(kept))]
        lines += [row([code(_cell(cells[at])) for at in kept]) for cells in view.rows]
    else:
        lines.append(_NOTHING)
    lines += ["", *(f"- {code(fault)}" for fault in view.faults)]
    return "\n".join(lines).rstrip() + "\n"
