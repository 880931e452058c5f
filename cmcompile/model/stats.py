"""Figures of what was measured, over some workflows."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.diagnosed import Diagnosed
from cmcompile.model.outcome import Outcome
from cmcompile.model.usage import Measured


@dataclass(frozen=True, slots=True)
class Ran:
    """A workflow whose run was submitted, with what was told of it.

    Attributes
    ----------
    state
        The value of a `cmcompile.model.states.WorkflowState`.
    live
        Whether it is not known to have ended.
    created
        When the workload system got it, or empty.
    outcome, measured, diagnosed
        None where it is not known.
    restarts
        How often its run was restarted.
    """

    step: str
    group: str
    workflow: str
    state: str
    created: str = ""
    outcome: Outcome | None = None
    measured: Measured | None = None
    restarts: int = 0
    live: bool = False
    diagnosed: Diagnosed | None = None

    @property
    def name(self) -> str:
        """``step/group@w00``."""
        return f"{self.step}/{self.group}@{self.workflow}"


@dataclass(frozen=True, slots=True)
class StatsRow:
    """Figures of some workflows, or of a task in them; None, or an empty text, is not known.

    Attributes
    ----------
    workflow, task, state
        Empty where the row is of several.
    workflows, under_way, told, measured
        How many; how many have not ended; of how many it is known what became of their quanta, and how many
        tell what these took: all figures of time and memory are of those.
    quanta, succeeded, failed
        By what became of them, over the workflows of which that is known; a quantum that ran in two counts
        twice.
    taken, sampled
        How many quanta left metadata, and how many of these were read.
    created
        When the first of the workflows was submitted.
    started, ended
        When the first quantum began and the last was done.
    queued
        Seconds from submission to the first quantum: the middle value over workflows.
    cpu, wall
        Of all quanta, milliseconds.
    cpu_median, wall_median
        Of a quantum, milliseconds: of several workflows the middle one of their medians.
    wall_p95, wall_max
        The highest of all.
    memory, memory_p95
        The largest resident memory of a process, MiB: the highest of all, and of the 95 % marks.
    whole, bad, part
        How many tasks made all of their quanta, none, or some.
    diagnosed
        Of how many workflows a monitor told something of the attempts that failed: the figures below are of
        those.
    retries
        Attempts that were not the first of their job.
    job_queue, job_queue_p95
        Seconds that an attempt that failed waited for its start: of several workflows and labels the middle
        one of their medians, and the highest of the 95 % marks.
    efficiency
        CPU time in percent of wall time, of attempts that failed: the middle one of several.
    failed_memory
        The highest peak of an attempt that failed, MB.
    deciles, running
        As of `cmcompile.model.usage.TaskUsage`; empty where the row is of several.
    """

    step: str = ""
    workflow: str = ""
    task: str = ""
    state: str = ""
    workflows: int = 0
    under_way: int = 0
    told: int = 0
    measured: int = 0
    restarts: int = 0
    quanta: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    taken: int = 0
    sampled: int = 0
    created: str = ""
    started: str = ""
    ended: str = ""
    queued: int | None = None
    cpu: int | None = None
    wall: int | None = None
    cpu_median: int | None = None
    wall_median: int | None = None
    wall_p95: int | None = None
    wall_max: int | None = None
    memory: int | None = None
    memory_p95: int | None = None
    whole: int | None = None
    bad: int | None = None
    part: int | None = None
    diagnosed: int = 0
    retries: int | None = None
    job_queue: int | None = None
    job_queue_p95: int | None = None
    efficiency: int | None = None
    failed_memory: int | None = None
    deciles: tuple[int, ...] = ()
    running: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stats:
    """A table.

    Attributes
    ----------
    total
        Of all that was asked about.
    """

    rows: tuple[StatsRow, ...]
    total: StatsRow
