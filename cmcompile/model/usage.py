"""What the quanta of a workflow took: time and memory, by task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from cmcompile.model.stamp import moment_of

#: The source of what the task metadata in the Butler say.
BUTLER = "butler"
#: Into so many parts the time of a task is cut to say how many quanta ran in each.
BINS = 20
#: Of fewer quanta there are no deciles: the middle value, 95 % and the longest tell as much.
FEW = 10


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over the quanta of a task that were looked at.

    Attributes
    ----------
    median, p95, max
        Half are not above the first, 95 of 100 not above the second.
    """

    median: int
    p95: int
    max: int


@dataclass(frozen=True, slots=True)
class TaskUsage:
    """What the quanta of one task took, in one workflow.

    A quantum that failed leaves no metadata: it is in none of the figures.

    Attributes
    ----------
    quanta
        How many left metadata.
    sampled
        Of how many of them the metadata were read: the figures are of these.
    cpu, wall
        Of a quantum, in milliseconds: CPU time of its process, and time from its start to its end.
    cpu_sum, wall_sum
        Of all quanta together, in milliseconds; where some were not read, the mean of the others stands for
        them.
    started, ended
        When the first of those that were read began and the last ended, UTC, ``2026-11-20T08:00:00Z``.
    memory
        The largest resident memory of the process of a quantum, in MiB; a job that ran several quanta had
        the highest of them. None: not told.
    deciles
        Wall time of a quantum, in milliseconds: 10, 20, … 90 of 100 are not above; empty where fewer than
        `FEW` were read.
    running
        How many quanta ran, in hundredths: the means over `BINS` equal parts of the time from ``started`` to
        ``ended``. Where some were not read, the others stand for them. Empty where that time is no second.
    """

    task: str
    quanta: int
    sampled: int
    cpu: Spread
    wall: Spread
    cpu_sum: int
    wall_sum: int
    started: str
    ended: str
    memory: Spread | None = None
    deciles: tuple[int, ...] = ()
    running: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What the quanta of some runs took.

    Attributes
    ----------
    tasks
        In the order in which they began; empty where no quantum left metadata.
    source
        `BUTLER`.
    """

    tasks: tuple[TaskUsage, ...] = ()
    source: str = BUTLER


@dataclass(frozen=True, slots=True)
class Measured:
    """An event: what the quanta of a workflow that has ended took; see `Usage`."""

    source: str
    tasks: tuple[TaskUsage, ...] = ()

    @property
    def core_seconds(self) -> int:
        """The wall time of all quanta together, rounded up: core hours where each has one core."""
        return ceil(sum(task.wall_sum for task in self.tasks) / 1000)


@dataclass(frozen=True, slots=True)
class QuantumUsage:
    """What one quantum took.

    Attributes
    ----------
    started, ended
        UTC, as `TaskUsage`.
    cpu, wall
        In milliseconds.
    memory
        In MiB, rounded up; None: not told.
    """

    started: str
    ended: str
    cpu: int
    wall: int
    memory: int | None = None


def spread_of(values: Sequence[int]) -> Spread:
    """Return the figures of some values, at least one."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return Spread(ordered[last // 2], ordered[ceil(last * 0.95)], ordered[last])


def task_usage(task: str, quanta: int, sample: Sequence[QuantumUsage]) -> TaskUsage:
    """Return the figures of a task from a sample of its quanta, at least one."""
    known = [one.memory for one in sample if one.memory is not None]
    cpu, wall = [one.cpu for one in sample], [one.wall for one in sample]
    return TaskUsage(
        task,
        quanta,
        len(sample),
        spread_of(cpu),
        spread_of(wall),
        round(sum(cpu) * quanta / len(sample)),
        round(sum(wall) * quanta / len(sample)),
        min(one.started for one in sample),
        max(one.ended for one in sample),
        spread_of(known) if known else None,
        _deciles(wall) if len(wall) >= FEW else (),
        _running(sample, quanta / len(sample)),
    )


def _deciles(values: Sequence[int]) -> tuple[int, ...]:
    ordered = sorted(values)
    return tuple(ordered[ceil((len(ordered) - 1) * tenth / 10)] for tenth in range(1, 10))


def _running(sample: Sequence[QuantumUsage], weight: float) -> tuple[int, ...]:
    """Return how many quanta ran in each part of the time; one that was read stands for some others too."""
    begun = [moment_of(one.started).timestamp() for one in sample]
    first, last = min(begun), max(moment_of(one.ended).timestamp() for one in sample)
    width = (last - first) / BINS
    if width <= 0:
        return ()
    busy = [0.0] * BINS
    for start, one in zip(begun, sample, strict=True):
        # Stamps are of whole seconds: the wall time says more of a short one.
        end = min(start + one.wall / 1000, last)
        for at in range(int((start - first) / width), BINS):
            low = first + at * width
            if low >= end:
                break
            busy[at] += min(end, low + width) - max(start, low)
    return tuple(round(100 * weight * some / width) for some in busy)
