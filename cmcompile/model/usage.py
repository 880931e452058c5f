"""What the quanta of a workflow took: time and memory, by task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

#: The source of what the task metadata in the Butler say.
BUTLER = "butler"


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
    )
