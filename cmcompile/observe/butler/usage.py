"""What quanta took, by the metadata that the stack writes for each one that succeeds.

``lsst.pipe.base.single_quantum_executor`` calls ``lsst.utils.timer.logInfo`` before and after a quantum; what
that notes stands below ``quantum`` in ``<task>_metadata``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, TypeVar

from cmcompile.model.stamp import stamp
from cmcompile.model.usage import QuantumUsage, TaskUsage, Usage, task_usage

T = TypeVar("T")

#: Of so many quanta of a task metadata are read at most, evenly strewn; each is a file that is opened.
SAMPLE = 200
#: The sample is drawn from so many of them at most: those that the registry names first.
NAMED = 20_000
#: After so many seconds no further metadata are read.
READING = 120.0
_SUFFIX = "_metadata"
_STORAGE = "TaskMetadata"
_MIB = 1024 * 1024


def usage(butler: Any, runs: Sequence[str], clock: Callable[[], float], sample: int = SAMPLE) -> Usage:
    """Return what the quanta of some RUN collections took.

    Parameters
    ----------
    clock
        Seconds that only grow.
    sample
        See `SAMPLE`.
    """
    until = clock() + READING
    counts: dict[str, int] = {}
    chosen: dict[str, list[Any]] = {}
    for run in dict.fromkeys(runs):
        for kind in sorted(butler.collections.get_info(run, include_summary=True).dataset_types):
            task = kind.removesuffix(_SUFFIX)
            if task == kind or butler.get_dataset_type(kind).storageClass_name != _STORAGE:
                continue
            count, refs = _named(butler, kind, run)
            counts[task] = counts.get(task, 0) + count
            chosen.setdefault(task, []).extend(refs)
    found: dict[str, list[QuantumUsage]] = {task: [] for task in chosen}
    # All tasks in turn: where time is short, each has a part of it.
    for task, ref in _in_turn({task: strewn(refs, sample) for task, refs in chosen.items()}):
        if clock() > until:
            break
        one = _read(butler, ref)
        if one is not None:
            found[task].append(one)
    tasks: Iterable[TaskUsage] = (task_usage(t, counts[t], some) for t, some in found.items() if some)
    return Usage(tuple(sorted(tasks, key=lambda one: (one.started, one.task))))


def strewn(values: Sequence[T], most: int) -> Sequence[T]:
    """Return at most so many values, evenly strewn over all, the first and the last among them."""
    if len(values) <= most:
        return values
    last = len(values) - 1
    return [values[round(place * last / (most - 1))] for place in range(most)]


def _named(butler: Any, kind: str, run: str) -> tuple[int, list[Any]]:
    """Return how many datasets a run has of a type, and the first of them, in the order of their data ids."""
    with butler.query() as query:
        results = query.datasets(kind, collections=run, find_first=False)
        count = int(results.count())
        refs = list(results.limit(NAMED) if count > NAMED else results)
    return count, sorted(refs, key=lambda ref: str(ref.dataId))


def _in_turn(chosen: Mapping[str, Sequence[Any]]) -> Iterable[tuple[str, Any]]:
    for place in range(max(map(len, chosen.values()), default=0)):
        yield from ((task, refs[place]) for task, refs in chosen.items() if place < len(refs))


def _read(butler: Any, ref: Any) -> QuantumUsage | None:
    """Return what one quantum took; None where its metadata are gone, or do not tell."""
    from lsst.daf.butler import DatasetNotFoundError

    try:
        metadata = butler.get(ref, storageClass=_STORAGE)
    except (FileNotFoundError, DatasetNotFoundError):
        return None
    try:
        return quantum_usage(metadata["quantum"])
    except LookupError:
        return None


def quantum_usage(noted: Any) -> QuantumUsage | None:
    """Return what one quantum took, by what was noted of it; None where that is not to be used.

    Parameters
    ----------
    noted
        ``prepUtc``, ``endUtc``, ``prepCpuTime`` and ``endCpuTime`` in seconds, ``endMaxResidentSetSize`` in
        bytes, and ``__version__``: where that is below 1, memory is in a unit of the machine, and left out.
    """
    try:
        started, ended = _moment(noted["prepUtc"]), _moment(noted["endUtc"])
        cpu = float(noted["endCpuTime"]) - float(noted["prepCpuTime"])
        memory = int(noted["endMaxResidentSetSize"]) if int(noted["__version__"]) >= 1 else 0
    except (LookupError, ValueError, TypeError):
        return None
    wall = (ended - started).total_seconds()
    if wall < 0 or not 0 <= cpu < float("inf"):
        return None
    peak = ceil(memory / _MIB) if memory > 0 else None
    return QuantumUsage(stamp(started), stamp(ended), round(cpu * 1000), round(wall * 1000), peak)


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
