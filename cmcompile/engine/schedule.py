"""Which job may be run next, and what becomes of a run. Pure: no clock, no process, no file."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterator
from enum import Enum

from cmcompile.engine.workflow import Job, Workflow


class JobState(Enum):
    """How a job stands."""

    UNREADY = "unready"
    """Waits for its parents."""
    READY = "ready"
    """May be started."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Ended with a failure, and is not tried again."""
    PRUNED = "pruned"
    """Is not run: what it waits for has failed."""
    DELETED = "deleted"
    """Somebody ended the run."""


OVER = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.PRUNED, JobState.DELETED})


class Schedule:
    """The jobs of a run: what is told about them, and what follows.

    Parameters
    ----------
    done
        Jobs that succeeded before the run was taken up again. The final job counts only if all others do.
    """

    def __init__(self, workflow: Workflow, done: Collection[str] = ()) -> None:
        self._jobs = {job.name: job for job in workflow.jobs}
        self._place = {name: place for place, name in enumerate(self._jobs)}
        self._final = workflow.final
        self._states = dict.fromkeys(self._jobs, JobState.UNREADY)
        self._waits = {job.name: len(job.parents) for job in workflow.jobs}
        self._children: dict[str, list[str]] = {name: [] for name in self._jobs}
        for job in workflow.jobs:
            for parent in job.parents:
                self._children[parent].append(job.name)
        self._tries: Counter[str] = Counter()
        self._ready: list[tuple[int, int, str]] = []
        self._open = len(self._jobs)
        self._cancelled = self._aborted = False
        self._begin(set(done))

    def _begin(self, done: set[str]) -> None:
        if any(name not in done for name, job in self._jobs.items() if job.argv and name != self._final):
            done.discard(self._final)
        kept = [name for name in self._jobs if name in done]
        for name in kept:
            self._states[name] = JobState.SUCCEEDED
            self._open -= 1
        for name in kept:
            self._release(name, JobState.SUCCEEDED)
        for name in self._jobs:
            if self._states[name] is JobState.UNREADY and not self._waits[name] and name != self._final:
                self._offer(name)
        self._offer_final()

    @property
    def is_over(self) -> bool:
        """Whether all jobs have ended."""
        return self._open == 0

    @property
    def is_aborted(self) -> bool:
        """Whether a job's exit code asked for the end."""
        return self._aborted

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked for the end."""
        return self._cancelled

    def job(self, name: str) -> Job:
        """Return a job by its name."""
        return self._jobs[name]

    def state(self, name: str) -> JobState:
        """Return how a job stands."""
        return self._states[name]

    def states(self) -> Iterator[tuple[Job, JobState]]:
        """Return all jobs and how they stand."""
        for name, job in self._jobs.items():
            yield job, self._states[name]

    def ready(self) -> tuple[Job, ...]:
        """Return the jobs that may be started, in the order in which they should be."""
        return tuple(self._jobs[name] for _, _, name in sorted(self._ready))

    def memory(self, name: str) -> int:
        """Return what the next try of a job asks for, in MiB."""
        job = self._jobs[name]
        wanted = int(job.memory * max(job.memory_factor, 1.0) ** self._tries[name])
        return min(wanted, job.memory_max) if job.memory_max else wanted

    def start(self, name: str) -> None:
        """Say that a job that was ready has been started."""
        self._expect(name, JobState.READY)
        self._ready.remove(self._key(name))
        heapq.heapify(self._ready)
        self._tries[name] += 1
        self._states[name] = JobState.RUNNING

    def end(self, name: str, code: int) -> None:
        """Say that a job has ended with an exit code, or with a signal (negative)."""
        self._expect(name, JobState.RUNNING)
        job = self._jobs[name]
        if code == 0:
            self._end(name, JobState.SUCCEEDED)
        elif self._cancelled:
            self._end(name, JobState.DELETED)
        elif job.abort_on is not None and code == job.abort_on:
            self._aborted = True
            self._end(name, JobState.FAILED)
            self._drop(JobState.PRUNED)
        elif self._tries[name] <= job.retries and code not in job.no_retry and not self._aborted:
            self._offer(name)
        else:
            self._end(name, JobState.FAILED)
        self._offer_final()

    def cancel(self) -> None:
        """Say that somebody asked for the end: nothing more is started, the final job neither."""
        self._cancelled = True
        self._drop(JobState.DELETED)

    def _expect(self, name: str, state: JobState) -> None:
        if self._states[name] is not state:
            raise ValueError(f"job {name} is {self._states[name].value}, not {state.value}")

    def _key(self, name: str) -> tuple[int, int, str]:
        return -self._jobs[name].priority, self._place[name], name

    def _offer(self, name: str) -> None:
        if not self._jobs[name].argv:
            self._end(name, JobState.SUCCEEDED)
            return
        self._states[name] = JobState.READY
        heapq.heappush(self._ready, self._key(name))

    def _offer_final(self) -> None:
        is_left = self._open == 1 and self._final
        if is_left and self._states[self._final] is JobState.UNREADY and not self._cancelled:
            self._offer(self._final)

    def _end(self, name: str, state: JobState) -> None:
        """End a job, and all that follows from it; a loop, for chains may be long."""
        ends = [(name, state)]
        while ends:
            at, how = ends.pop()
            if self._states[at] not in OVER:
                self._states[at] = how
                self._open -= 1
                ends += self._released(at, how)

    def _release(self, name: str, how: JobState) -> None:
        for child, state in self._released(name, how):
            self._end(child, state)

    def _released(self, name: str, how: JobState) -> Iterator[tuple[str, JobState]]:
        """Offer the children that waited for this job only; return those that end with it."""
        for child in self._children[name]:
            self._waits[child] -= 1
            job = self._jobs[child]
            if self._states[child] is not JobState.UNREADY:
                continue
            if how is not JobState.SUCCEEDED and not job.regardless:
                yield child, JobState.DELETED if how is JobState.DELETED else JobState.PRUNED
            elif not self._waits[child] and job.argv:
                self._offer(child)
            elif not self._waits[child]:
                yield child, JobState.SUCCEEDED

    def _drop(self, state: JobState) -> None:
        """End all that was not started; the final job only when somebody asked for the end."""
        kept = "" if state is JobState.DELETED else self._final
        self._ready = [entry for entry in self._ready if entry[2] == kept]
        for name, now in self._states.items():
            if now in (JobState.UNREADY, JobState.READY) and name != kept:
                self._states[name] = state
                self._open -= 1


def outcome(schedule: Schedule, final: str) -> tuple[str, str]:
    """Return what became of a run whose jobs have ended.

    Returns
    -------
    state, word
        ``succeeded``: every job succeeded. ``partial``: a job failed, but jobs with quanta were run and the
        final job succeeded, so that the Butler holds what was made. ``failed``: there is no final job, it
        failed, or no quantum was tried. ``cancelled``: somebody asked for the end in time.
    """
    jobs = tuple(schedule.states())
    if all(state is JobState.SUCCEEDED for _, state in jobs):
        return "succeeded", "SUCCEEDED"
    if schedule.is_cancelled:
        return "cancelled", "CANCELLED"
    if schedule.is_aborted:
        return "failed", "ABORTED"
    if final and schedule.state(final) is not JobState.SUCCEEDED:
        return "failed", "FINAL_JOB_FAILED"
    tried = {JobState.SUCCEEDED, JobState.FAILED}
    if final and any(job.quanta and state in tried for job, state in jobs):
        return "partial", "PARTIAL"
    return "failed", "FAILED"
