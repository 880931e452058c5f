"""Views that count: what waits, what was begun, by workflow, and by run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from cmcompile.model.ids import natural
from cmcompile.model.view import Cell, Unit, Units, UnitState, View

_WAITING, _RUNNING, _HELD = UnitState.WAITING, UnitState.RUNNING, UnitState.HELD
_FINISHED, _FAILED, _UNKNOWN = UnitState.FINISHED, UnitState.FAILED, UnitState.UNKNOWN
_STATES = (UnitState.UNSENT, _WAITING, _RUNNING, _HELD, _FINISHED, _FAILED, _UNKNOWN)


def pending(units: Units, now: datetime) -> View:
    """Return what waits: groups that were not sent, by why; and jobs that were sent and have not begun."""
    jobs: Counter[tuple[str, str]] = Counter()
    for unit in units.units:
        if unit.state is UnitState.UNSENT:
            jobs[unit.step, unit.group] += unit.count or 0
    found: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for wait in units.waits:
        key = (wait.step, wait.state, wait.reason)
        found.setdefault(key, []).append((wait.group, jobs[wait.step, wait.group]))
    rows: list[tuple[Cell, ...]] = []
    subjects: dict[str, None] = {}
    for (step, state, reason), groups in found.items():
        rows.append((step, state, reason, len(groups), sum(n for _, n in groups) or None, None, None))
        subjects.update(dict.fromkeys(f"{step}/{group}" for group, _ in groups))
    waiting = [unit for unit in units.units if unit.state is _WAITING]
    for (step,), some in _by(waiting, lambda u: (u.step,)).items():
        waits = [now.timestamp() - u.sent for u in some if u.sent is not None]
        groups_ = {unit.group for unit in some}
        rows.append(
            (step, "waiting", "submitted", len(groups_), _sum(some), _mean(waits), max(waits, default=None))
        )
        subjects.update(dict.fromkeys(f"{step}/{unit.group}" for unit in some))
    columns = ("step", "state", "reason", "groups", "jobs", "waits mean s", "waits most s")
    return View("pending", units.campaign, columns, tuple(rows), tuple(subjects), faults=units.faults)


def started(units: Units, now: datetime) -> View:
    """Return how the jobs of each step stand that were sent, and what they took."""
    del now
    sent = [unit for unit in units.units if unit.state is not UnitState.UNSENT]
    rows: list[tuple[Cell, ...]] = []
    for (step,), some in _by(sent, lambda u: (u.step,)).items():
        begins = [u.begun - u.sent for u in some if u.begun is not None and u.sent is not None]
        took = [u.ended - u.begun for u in some if u.begun is not None and u.ended is not None]
        counts = _counts(some)
        rows.append(
            (
                *(step, _sum(some), *(counts[state] for state in _STATES[1:]), _events(some)),
                *(_mean(begins), min(took, default=None), _mean(took), max(took, default=None)),
            )
        )
    columns = (
        *("step", "jobs", *(state.value for state in _STATES[1:]), "events"),
        *("to begin mean s", "took least s", "took mean s", "took most s"),
    )
    subjects = dict.fromkeys(f"{unit.step}/{unit.group}" for unit in sent)
    return View("started", units.campaign, columns, tuple(rows), tuple(subjects), faults=units.faults)


def clusters(units: Units, now: datetime) -> View:
    """Return how the jobs of each workflow stand that last had them."""
    del now
    sent = [unit for unit in units.units if unit.workflow]
    rows: list[tuple[Cell, ...]] = []
    found = _by(sent, lambda u: (u.step, u.group, u.workflow))
    for some in found.values():
        one, counts = some[0], _counts(some)
        lowest, highest = _ends(some)
        rows.append(
            (
                *(one.subject, one.system, one.run_id or None, _sum(some)),
                *(counts[state] for state in _STATES[1:]),
                *(lowest, highest),
            )
        )
    columns = (
        *("workflow", "system", "run id", "jobs"),
        *(state.value for state in _STATES[1:]),
        *("first", "last"),
    )
    subjects = dict.fromkeys(f"{unit.step}/{unit.group}" for unit in sent)
    return View("clusters", units.campaign, columns, tuple(rows), tuple(subjects), faults=units.faults)


def runs(units: Units, now: datetime) -> View:
    """Return what is finished against what is expected, by step and run; of BPS steps by group."""
    del now
    rows: list[tuple[Cell, ...]] = []
    subjects: dict[str, None] = {}
    found = _by(units.units, lambda u: (u.step, _run(u)))
    steps = {step: at for at, step in enumerate(dict.fromkeys(step for step, _ in found))}
    for (step, run), some in sorted(found.items(), key=lambda item: (steps[item[0][0]], natural(item[0][1]))):
        counts, expected = _counts(some), _sum(some)
        share = None if not expected else round(100 * counts[_FINISHED] / expected, 1)
        rows.append((step, run, expected, *(counts[state] for state in _STATES), share, _events(some)))
        if counts[_FINISHED] != expected:
            subjects.update(dict.fromkeys(f"{unit.step}/{unit.group}" for unit in some))
    columns = (
        "step", "run", "expected", *(state.value for state in _STATES), "finished %", "events",
    )  # fmt: skip
    return View("runs", units.campaign, columns, tuple(rows), tuple(subjects), faults=units.faults)


def _run(unit: Unit) -> str:
    """Return the first of what a job is for: the run, or whatever stands in that column; else its group."""
    return unit.ids[0][1] if unit.ids and unit.outputs else unit.group.partition(".")[2] or unit.group


def _by(units: Iterable[Unit], key: Callable[[Unit], tuple[str, ...]]) -> dict[tuple[str, ...], list[Unit]]:
    found: dict[tuple[str, ...], list[Unit]] = {}
    for unit in units:
        found.setdefault(key(unit), []).append(unit)
    return found


def _counts(units: Iterable[Unit]) -> Counter[UnitState]:
    found: Counter[UnitState] = Counter()
    for unit in units:
        found[unit.state] += unit.count or 0
    return found


def _sum(units: Iterable[Unit]) -> int | None:
    """Return how many there are; None: of some that is not known."""
    counts = [unit.count for unit in units]
    known = [n for n in counts if n is not None]
    return sum(known) if len(known) == len(counts) else None


def _events(units: Iterable[Unit]) -> int | None:
    told = [unit.events for unit in units if unit.events is not None]
    return sum(told) if told else None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 1) if values else None


def _ends(units: Iterable[Unit]) -> tuple[str | None, str | None]:
    """Return the first and the last of what some jobs are for."""
    firsts = sorted({unit.ids[0][1] for unit in units if unit.ids}, key=natural)
    return (firsts[0], firsts[-1]) if firsts else (None, None)
