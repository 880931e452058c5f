"""Figures of what was measured, as text, JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from math import floor, log10
from typing import Literal, TypeAlias

from cmcompile.model.stamp import moment_of
from cmcompile.model.stats import Stats, StatsRow
from cmcompile.report.screen import Screen, count
from cmcompile.report.table import render_table
from cmcompile.report.terminal import visible

StatsFormat: TypeAlias = Literal["text", "json", "csv"]
By: TypeAlias = Literal["task", "step", "workflow", "series"]
Cell: TypeAlias = Callable[[StatsRow], "str | None"]

FORMAT = 1
#: Stands in a cell of the text; JSON has null there, CSV nothing.
UNKNOWN = "not known"
#: In milliseconds.
HOUR = 3_600_000


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _scaled(value: int | None, by: float, digits: int) -> str | None:
    """Return a figure; small ones with three digits that say something, and never with an exponent."""
    if value is None:
        return None
    found = value / by
    return f"{found:.{digits}f}" if found >= 1 or not found else f"{found:.{2 - floor(log10(found))}f}"


def _remaining(row: StatsRow) -> str | None:
    return None if row.quanta is None or row.succeeded is None else str(row.quanta - row.succeeded)


def span(row: StatsRow) -> int | None:
    """Return the seconds from the first quantum to the last; None: not known."""
    if not row.started or not row.ended:
        return None
    return int((moment_of(row.ended) - moment_of(row.started)).total_seconds())


def parallel(row: StatsRow) -> float | None:
    """Return how many quanta ran at once, in the mean; None: not known, or it was too short to tell."""
    whole = span(row)
    return None if not whole or row.wall is None else row.wall / 1000 / whole


def _parallel(row: StatsRow) -> str | None:
    found = parallel(row)
    return None if found is None else f"{found:.1f}"


def _mean(row: StatsRow) -> str | None:
    return _scaled(row.cpu, 1000 * row.taken, 2) if row.taken else None


_STEP: dict[str, Cell] = {"step": lambda r: r.step or "campaign"}
_WORKFLOW: dict[str, Cell] = {"workflow": lambda r: r.workflow or "campaign"}
_TASK: dict[str, Cell] = {"task": lambda r: r.task or "all"}
_COUNTS: dict[str, Cell] = {"quanta": lambda r: _number(r.quanta), "failed": lambda r: _number(r.failed)}
_OF: dict[str, Cell] = {
    "workflows": lambda r: str(r.workflows),
    "measured": lambda r: str(r.measured),
}
_TIMES: dict[str, Cell] = {
    "started": lambda r: r.started or None,
    "wall s": lambda r: _number(span(r)),
    "cpu s/quantum": _mean,
    "wall s/quantum": lambda r: _scaled(r.wall_median, 1000, 2),
    "cpu hours": lambda r: _scaled(r.cpu, HOUR, 2),
    "core hours": lambda r: _scaled(r.wall, HOUR, 2),
    "parallel": _parallel,
    "max rss GB": lambda r: _scaled(r.memory, 1024, 2),
}
#: What a monitor tells; a text leaves out what is known of no row.
_TRIED: dict[str, Cell] = {
    "retries": lambda r: _number(r.retries),
    "job queue s": lambda r: _number(r.job_queue),
    "job queue p95": lambda r: _number(r.job_queue_p95),
    "failed cpu %": lambda r: _number(r.efficiency),
    "failed rss GB": lambda r: _scaled(r.failed_memory, 1024, 2),
}
_TABLES: dict[str, dict[str, Cell]] = {
    "task": {**_STEP, **_TASK, **_OF, **_COUNTS, **_TIMES, **_TRIED},
    "step": {**_STEP, **_OF, **_COUNTS, "queued s": lambda r: _number(r.queued), **_TIMES, **_TRIED},
    "workflow": {
        **_WORKFLOW,
        "status": lambda r: r.state or None,
        "tasks": lambda r: None if r.whole is None else str(r.whole + (r.bad or 0) + (r.part or 0)),
        "quanta": lambda r: _number(r.quanta),
        "remaining": _remaining,
        "processed": lambda r: _number(r.succeeded),
        "task finished": lambda r: _number(r.whole),
        "task failed": lambda r: _number(r.bad),
        "task subfinished": lambda r: _number(r.part),
        "created": lambda r: r.created or None,
        "restarts": lambda r: str(r.restarts),
        "queued s": lambda r: _number(r.queued),
        "core hours": lambda r: _scaled(r.wall, HOUR, 2),
        "max rss GB": lambda r: _scaled(r.memory, 1024, 2),
        **_TRIED,
    },
    "series": {
        "started": lambda r: r.started or None,
        "ended": lambda r: r.ended or None,
        **_WORKFLOW,
        **_TASK,
        "quanta": lambda r: _number(r.taken),
        "wall s/quantum": lambda r: _scaled(r.wall_median, 1000, 2),
        "p95": lambda r: _scaled(r.wall_p95, 1000, 2),
        "longest": lambda r: _scaled(r.wall_max, 1000, 2),
        "parallel": _parallel,
        "most at once": lambda r: f"{max(r.running) / 100:.1f}" if r.running else None,
        **_TRIED,
        "wall s deciles": lambda r: " ".join(f"{one / 1000:.3f}" for one in r.deciles) or None,
        "running": lambda r: " ".join(f"{one / 100:.2f}" for one in r.running) or None,
    },
}
#: For programs only: as wide as a screen.
_LONG = frozenset({"wall s deciles", "running"})


def render_stats(title: str, found: Stats, by: By, format: StatsFormat, screen: Screen) -> str:  # noqa: A002
    """Render a table; ``title`` is what was asked for, such as ``dp02/step1``.

    The last row of a text or CSV is of all of it, but with ``series``.
    """
    if format == "json":
        return _json(title, found, by)
    names, cells = cells_of(found, by, people=format == "text")
    if format == "csv":
        return render_table(names, cells, "csv")
    return "".join(_text(title, found, render_table(names, cells, "text") if cells else "", screen))


def cells_of(found: Stats, by: By, *, people: bool = True) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns, and the rows; the last row is of all of it, but with ``series``.

    Parameters
    ----------
    people
        Whether people read it: then what is known of no row is left out, and what is not known is said.
    """
    table, rows = _TABLES[by], list(found.rows)
    if found.rows and by != "series":
        rows.append(found.total)
    if people:
        table = {name: cell for name, cell in table.items() if name not in _LONG and _shown(name, cell, rows)}
    otherwise = UNKNOWN if people else ""
    return list(table), [[visible(cell(row) or otherwise) for cell in table.values()] for row in rows]


def _shown(name: str, cell: Cell, rows: Sequence[StatsRow]) -> bool:
    return name not in _TRIED or any(cell(row) is not None for row in rows)


def _text(title: str, found: Stats, table: str, screen: Screen) -> Iterator[str]:
    if not table:
        yield f"{title}: {'nothing was measured' if found.total.workflows else 'nothing has run'}\n"
    else:
        yield f"{title}: {count(found.total.workflows, 'workflow')}\n\n{table}\n"
    for note in notes(found):
        yield "".join(f"{line}\n" for line in screen.wrapped(note))


def notes(found: Stats) -> Iterator[str]:
    """Yield what the reader must know."""
    total = found.total
    if total.under_way:
        yield f"not ended yet, and in no figure: {count(total.under_way, 'workflow')}"
    if lacking := total.workflows - total.under_way - total.told:
        yield f"what became of their quanta is not known: {count(lacking, 'workflow')} that ended"
    if lacking := total.workflows - total.under_way - total.measured:
        yield (
            f"not measured, so in no figure of time or memory: {count(lacking, 'workflow')} that ended; "
            "`reconcile` asks the Butler at most once an hour"
        )
    if total.sampled < total.taken:
        yield f"{total.sampled:,} of {total.taken:,} quanta were read, and stand for all"
    if total.failed:
        yield "quanta that failed leave no metadata: they are in no figure of time or memory"
    if total.diagnosed:
        yield (
            f"of retries, the queue of jobs, and CPU and memory of what failed, a monitor told for "
            f"{count(total.diagnosed, 'workflow')}; of jobs that never failed it was not asked"
        )


def _json(title: str, found: Stats, by: By) -> str:
    document = {
        "format": FORMAT,
        "kind": "stats",
        "of": title,
        "by": by,
        "rows": [_plain(row) for row in found.rows],
        "total": _plain(found.total),
        "notes": list(notes(found)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plain(row: StatsRow) -> dict[str, object]:
    """Return all figures, in seconds, hours and MiB."""
    values = {key: value if value != "" else None for key, value in asdict(row).items()}
    for key in ("cpu", "wall"):
        values[f"{key}_hours"] = rounded(values.pop(key), HOUR)
    for key in ("cpu_median", "wall_median", "wall_p95", "wall_max"):
        values[f"{key}_seconds"] = rounded(values.pop(key), 1000)
    values["deciles_seconds"] = [one / 1000 for one in row.deciles]
    values["running"] = [one / 100 for one in row.running]
    del values["deciles"]
    found = parallel(row)
    values["span_seconds"] = span(row)
    values["parallel"] = None if found is None else round(found, 3)
    return values


def rounded(value: object, by: int) -> float | None:
    """Return a figure in another unit, as JSON has it; None: not known."""
    return round(value / by, 6) if isinstance(value, int) else None
