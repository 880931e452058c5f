"""Views with a row for each job: what failed, what is held, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cmcompile.model.view import Cell, Unit, Units, UnitState, View, ViewName

_COLUMNS = ("workflow", "for", "state", "cause", "exit", "node", "run id", "says")


def failed(units: Units, now: datetime) -> View:
    """Return the jobs that failed, each with what was said of it; one that nobody tells of did not."""
    del now
    return _view("failed", units, [unit for unit in units.units if unit.state is UnitState.FAILED])


def held(units: Units, now: datetime) -> View:
    """Return the jobs that their system holds, and the groups that are held before they are sent."""
    del now
    some = [unit for unit in units.units if unit.state is UnitState.HELD]
    found = _view("held", units, some)
    waits = [wait for wait in units.waits if wait.state == "held"]
    rows: list[tuple[Cell, ...]] = [
        (f"{wait.step}/{wait.group}", None, "not sent", wait.reason, None, None, None, wait.detail or None)
        for wait in waits
    ]
    subjects = dict.fromkeys((*found.subjects, *(f"{wait.step}/{wait.group}" for wait in waits)))
    return View(
        "held", units.campaign, _COLUMNS, (*found.rows, *rows), tuple(subjects), found.units, units.faults
    )


def missing(units: Units, now: datetime) -> View:
    """Return what is expected and is not there, whatever keeps it."""
    del now
    some = [unit for unit in units.units if unit.state is not UnitState.FINISHED]
    return _view("missing", units, some)


def _view(name: ViewName, units: Units, some: Iterable[Unit]) -> View:
    listed = tuple(some)
    rows = tuple(_row(unit) for unit in listed)
    subjects = dict.fromkeys(f"{unit.step}/{unit.group}" for unit in listed)
    return View(name, units.campaign, _COLUMNS, rows, tuple(subjects), listed, units.faults)


def _row(unit: Unit) -> tuple[Cell, ...]:
    what = " ".join(f"{column}={value}" for column, value in unit.ids)
    if unit.task and unit.task != unit.step:
        what = f"{unit.task} {what}".strip()
    if unit.count != 1:
        what = f"{'?' if unit.count is None else unit.count} quanta"
    return (
        *(unit.subject, what or None, unit.state.value, unit.cause or None, unit.exit),
        *(unit.node or None, unit.run_id or None, unit.reason or None),
    )
