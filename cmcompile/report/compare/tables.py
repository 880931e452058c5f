"""The tables of a comparison, for text and Markdown: cells as plain text, ``old → new`` where both differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cmcompile.model.compare import Comparison, FailurePair, StepFigures, TaskPair
from cmcompile.model.failures import FailureRow
from cmcompile.model.stats import StatsRow
from cmcompile.report.screen import count
from cmcompile.report.stats import HOUR

T = TypeVar("T")

#: Stands where a side has no such figure, and where the whole cell would be empty.
NONE = "-"
_MUCH = 0.005
#: So many different values are named.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``note`` is said below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables(found: Comparison) -> Iterator[Table]:
    """Yield the tables that have a row; the specs are told elsewhere."""
    every = (_software(found), _steps(found), _tasks(found), _failures(found), _groups(found))
    yield from (table for table in every if table.rows)


def _software(found: Comparison) -> Table:
    rows = []
    for pair in found.software:
        same = pair.steps == tuple(found.sides[1].software)
        steps = "all" if same and len(pair.steps) > 1 else ", ".join(pair.steps)
        rows.append((pair.what, steps, _some(pair.old), _some(pair.new)))
    return Table("Software", ("what", "steps", "old", "new"), tuple(rows))


def _some(values: Sequence[str]) -> str:
    """Return some values, and how many more there are."""
    more = [f"{len(values) - _FEW:,} more"] if len(values) > _FEW else []
    return ", ".join([*values[:_FEW], *more]) or NONE


def _pair(old: str | None, new: str | None) -> str:
    """Return both texts, or one where they are the same."""
    then, now = (NONE if text is None else text for text in (old, new))
    return now if then == now else f"{then} → {now}"


def _number(value: int | None) -> str | None:
    return None if value is None else f"{value:,}"


def _hours(seconds: float | None) -> str | None:
    return None if seconds is None else f"{1000 * seconds / HOUR:,.2f}"


_STEP: dict[str, Callable[[StepFigures], str | None]] = {
    "groups": lambda s: _number(s.groups),
    "accepted": lambda s: _number(s.accepted),
    "rescues": lambda s: _number(s.rescues),
    "person": lambda s: _number(s.people),
    "quanta": lambda s: _number(s.quanta),
    "missing": lambda s: _number(s.missing),
    "workflows": lambda s: _number(s.workflows),
    "restarts": lambda s: _number(s.restarts),
    "most tries": lambda s: _number(s.most),
    "core hours": lambda s: _hours(s.core_seconds),
}


def _steps(found: Comparison) -> Table:
    rows = tuple((pair.step, *_cells(_STEP, pair.old, pair.new)) for pair in found.steps)
    return Table("Outcomes", ("step", *_STEP), rows)


def _cells(figures: Mapping[str, Callable[[T], str | None]], old: T | None, new: T | None) -> Iterator[str]:
    for cell in figures.values():
        yield _pair(None if old is None else cell(old), None if new is None else cell(new))


def _each(value: int | None, by: int) -> str | None:
    return None if value is None else f"{value / by:,.2f}"


_TASK: dict[str, Callable[[StatsRow], str | None]] = {
    "quanta": lambda r: _number(r.quanta),
    "failed": lambda r: _number(r.failed),
    "wall s/quantum": lambda r: _each(r.wall_median, 1000),
    "core hours": lambda r: _each(r.wall, HOUR),
    "max rss GB": lambda r: _each(r.memory, 1024),
}


def _tasks(found: Comparison) -> Table:
    rows = []
    for pair in found.tasks:
        cells = [
            _pair(*(None if row is None else cell(row) for row in (pair.old, pair.new)))
            for cell in _TASK.values()
        ]
        rows.append((pair.step, pair.task, *cells, _growth(pair)))
    note = "growth: of the wall time of a quantum, the middle value" if any(r[-1] for r in rows) else ""
    return Table("Usage", ("step", "task", *_TASK, "growth"), tuple(rows), note)


def _growth(pair: TaskPair) -> str:
    """Return how much longer a quantum took, in percent; empty where it is not known or next to nothing."""
    then = None if pair.old is None else pair.old.wall_median
    now = None if pair.new is None else pair.new.wall_median
    if not then or now is None or abs(now / then - 1) < _MUCH:
        return ""
    return f"{100 * (now / then - 1):+.0f}%"


def _failures(found: Comparison) -> Table:
    rows = tuple(
        (
            pair.row.kind.value,
            pair.row.task,
            pair.row.site or NONE,
            pair.row.rule or NONE,
            _counted(pair, lambda row: row.failures),
            _counted(pair, lambda row: row.open),
            _counted(pair, lambda row: row.groups),
        )
        for pair in found.failures
    )
    columns = ("class", "task", "site", "rule", "failed", "open", "groups")
    return Table("Failures", columns, rows)


def _counted(pair: FailurePair, figure: Callable[[FailureRow], int]) -> str:
    return _pair(*(f"{0 if row is None else figure(row):,}" for row in (pair.old, pair.new)))


def _groups(found: Comparison) -> Table:
    rows = tuple(
        (
            f"{pair.step}/{pair.group}",
            pair.old.value,
            pair.new.value,
            _pair(*(f"{n:,}" for n in pair.tries)),
        )
        for pair in found.groups
    )
    return Table("Groups that stand differently", ("group", "old", "new", "workflows"), rows)


def verdict(found: Comparison) -> str:
    """Return in one sentence whether, and in what, the sides differ."""
    if not found.differs:
        return "no difference"
    spec = found.found
    said = []
    if not spec.empty:
        said.append(f"{count(len(spec.edits), 'edit')} of the spec")
        said += [f"{spec.changed:,} of {count(spec.new, 'group')} with other files"] if spec.changed else []
        said += [
            f"{count(n, 'group')} {what}"
            for n, what in ((spec.added, "added"), (spec.removed, "removed"))
            if n
        ]
    what = dict.fromkeys(pair.what for pair in found.software)
    said += [f"other software ({_some(list(what))})"] if what else []
    said += [f"{count(len(found.groups), 'group')} that stand differently"] if found.groups else []
    return ", ".join(said) or "other figures"
