"""Runs and outcomes as JSON has them, and back; reading raises on anything that was not written here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.tagged import TagContent
from cmcompile.model.wms import RunSeen
from cmcompile.sim.served.wire import Object

T = TypeVar("T")


class UntoldError(ValueError):
    """What was read is not what is written here."""


def text(found: object) -> str:
    """Read a text."""
    return _a(str, found)


def texts(found: object) -> tuple[str, ...]:
    """Read some texts."""
    return tuple(text(one) for one in _a(list, found))


def number(found: object) -> float:
    """Read a number that is not negative."""
    if isinstance(found, bool) or not isinstance(found, int | float) or not found >= 0:
        raise UntoldError(f"{found!r} is no number that can be used")
    return float(found)


def content(found: object) -> TagContent:
    """Read what a tagged collection holds."""
    value = _object(found, TagContent.__slots__)
    return TagContent(int(number(value["count"])), text(value["digest"]))


def quanta(found: object) -> tuple[Quantum, ...]:
    """Read quanta: pairs of task and data id."""
    return tuple(Quantum(*_texts(one, 2)) for one in _a(list, found))


def quanta_told(some: Sequence[Quantum]) -> list[list[str]]:
    """Write quanta."""
    return [[quantum.task, quantum.data_id] for quantum in some]


def run_told(run: RunSeen) -> Object:
    """Write a run."""
    return {
        "run_id": run.run_id,
        "name": run.name,
        "state": run.state,
        "wms_state": run.wms_state,
        "changed": run.changed,
        "outcome": None if run.outcome is None else outcome_told(run.outcome),
    }


def run(found: object) -> RunSeen:
    """Read a run."""
    value = _object(found, RunSeen.__slots__)
    outcome_ = value.pop("outcome")
    words = {key: text(one) for key, one in value.items()}
    return RunSeen(**words, outcome=None if outcome_ is None else outcome(outcome_))


def outcome_told(found: Outcome) -> Object:
    """Write what became of quanta."""
    return {
        "tasks": [_task_told(task) for task in found.tasks],
        "failures": [[f.quantum.task, f.quantum.data_id, f.fault.value, f.message] for f in found.failures],
        "cleared": quanta_told(found.cleared),
        "complete": found.complete,
    }


def _task_told(t: TaskOutcome) -> list[object]:
    return [t.task, t.quanta, t.succeeded, t.failed, t.blocked, t.other, t.caveats]


def outcome(found: object) -> Outcome:
    """Read what became of quanta."""
    value = _object(found, Outcome.__slots__)
    tasks = []
    for one in _a(list, value["tasks"]):
        name, quanta_, succeeded, *faults, caveats = _a(list, one)
        failed, blocked, other = (_a(int, count) for count in faults)
        named = {text(caveat): _a(int, count) for caveat, count in _a(dict, caveats).items()}
        counts = (_a(int, quanta_), _a(int, succeeded), failed, blocked, other)
        tasks.append(TaskOutcome(text(name), *counts, named))
    failures = []
    for one in _a(list, value["failures"]):
        task, data_id, fault, message = _texts(one, 4)
        failures.append(Failure(Quantum(task, data_id), Fault(fault), message))
    cleared, complete = quanta(value["cleared"]), _a(bool, value["complete"])
    return Outcome(tuple(tasks), tuple(failures), cleared, complete)


def _texts(found: object, length: int) -> tuple[str, ...]:
    read = texts(found)
    if len(read) != length:
        raise UntoldError(f"{found!r} does not hold {length} texts")
    return read


def _object(found: object, keys: Sequence[str]) -> Object:
    value = _a(dict, found)
    if set(value) != set(keys):
        raise UntoldError(f"it does not hold {', '.join(keys)}")
    return dict(value)


def _a(kind: type[T], found: object) -> T:
    if type(found) is not kind:
        raise UntoldError(f"{found!r} is no {kind.__name__}")
    return found
