"""Which failed jobs were whose: from what a monitor shows of them to causes of the failures of an outcome.

The list of failed jobs names their tasks, and not their quanta. A job's own page names its input, which BPS
calls after the label and the data id. It also holds attempts of jobs that succeeded later: that a job failed
once tells nothing of a quantum unless its input, or the numbers, tell which it was.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from cmcompile.model.cause import Cause
from cmcompile.model.diagnosed import Diagnosis, JobCount
from cmcompile.model.jobs import Details, JobSeen, TaskSeen
from cmcompile.model.outcome import Failure, Fault, Outcome

#: BPS's `templateDataId`: the values that stand in the name of a job, in this order.
_DIMENSIONS = ("tract", "patch", "band", "visit", "exposure", "detector")
#: What BPS's plugin for PanDA puts before and behind the name of a job in that of its input.
_INPUT = re.compile(r"(?:\d+:)?(?P<name>[^+]+)(?:\+.*)?", re.DOTALL)
_WORDS = 300


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job with all its attempts that failed.

    Attributes
    ----------
    label
        As of `cmcompile.model.jobs.TaskSeen`.
    last
        Its last attempt.
    memory
        The highest peak of its attempts, in MB.
    survived
        Whether its task is over and has no quantum that failed: it succeeded after all.
    """

    label: str
    last: JobSeen
    attempts: int
    memory: int | None
    survived: bool = False

    @property
    def cause(self) -> Cause:
        """What was told of it."""
        errors = self.last.errors
        source, code = (errors[0].source, errors[0].code) if errors else ("", None)
        return Cause(source, code, self.last.site, self.attempts, self.memory, bare(self.last.log))

    @property
    def message(self) -> str:
        """The words of all parts of the system that said some."""
        said = (f"{e.source} {e.code}: {e.message[:_WORDS]}" for e in self.last.errors if e.message)
        return "; ".join(said)


def bare(link: str) -> str:
    """Return an address without what stands behind its path: that may be a right to read it."""
    return link.partition("?")[0].partition("#")[0]


def failed_jobs(details: Details, run_id: str) -> tuple[FailedJob, ...]:
    """Return the failed jobs of a run; all attempts of a job have one name."""
    tasks = {task.task_id: task for task in details.tasks if task.run_id == run_id}
    attempts: dict[tuple[str, str], list[JobSeen]] = defaultdict(list)
    for job in details.jobs:
        if job.run_id == run_id:
            attempts[job.task_id, job.name or job.job_id].append(job)
    return tuple(_failed(tasks.get(task), some) for (task, _), some in attempts.items())


def _failed(task: TaskSeen | None, attempts: Sequence[JobSeen]) -> FailedJob:
    last = max(attempts, key=lambda job: (job.attempt or 0, len(job.job_id), job.job_id))
    peaks = [job.max_rss for job in attempts if job.max_rss]
    number = max(len(attempts), *(job.attempt or 0 for job in attempts))
    memory = ceil(max(peaks) / 1024) if peaks else None
    survived = task is not None and task.state in ("succeeded", "partial") and not task.failed
    return FailedJob(task.label if task is not None else "", last, number, memory, survived)


def counted(jobs: Iterable[FailedJob]) -> tuple[JobCount, ...]:
    """Return how many jobs of each label failed in each way."""
    found = Counter((j.label, j.cause.source, j.cause.code, j.cause.site) for j in jobs)
    counts = (JobCount(label, n, source, code, site) for (label, source, code, site), n in found.items())
    return tuple(sorted(counts, key=lambda one: (one.label, -one.jobs, one.source, str(one.code), one.site)))


def unclear(outcome: Outcome, jobs: Sequence[FailedJob]) -> tuple[FailedJob, ...]:
    """Return the jobs whose inputs tell more than is known without them, those of few jobs first."""
    found: list[FailedJob] = []
    for _, ours, theirs in _by_label(outcome, jobs):
        exact = len(ours) == len(theirs) == 1
        if not exact:
            found += theirs
    return tuple(found)


def causes(outcome: Outcome, jobs: Sequence[FailedJob], inputs: Mapping[str, str]) -> tuple[Diagnosis, ...]:
    """Return what was told of the failures of an outcome, as far as it is sure.

    Parameters
    ----------
    inputs
        The names of inputs by the ids of jobs, as far as they were told.
    """
    return tuple(one for some in _by_label(outcome, jobs) for one in _of_label(*some, inputs))


def _by_label(
    outcome: Outcome, jobs: Sequence[FailedJob]
) -> Iterator[tuple[str, list[Failure], list[FailedJob]]]:
    """Yield the failures of each task with the jobs of its label; a cluster's label is no task."""
    of: dict[str, list[FailedJob]] = defaultdict(list)
    for job in jobs:
        if not job.survived:
            of[job.label].append(job)
    for label in sorted(of, key=lambda name: (len(of[name]), name)):
        ours = [f for f in outcome.failures if f.quantum.task == label and f.fault is not Fault.BLOCKED]
        if label and ours:
            yield label, ours, of[label]


def _of_label(
    label: str, ours: Sequence[Failure], jobs: Sequence[FailedJob], inputs: Mapping[str, str]
) -> Iterator[Diagnosis]:
    if len(ours) == len(jobs) == 1:
        yield Diagnosis(ours[0].quantum, jobs[0].cause, jobs[0].message)
        return
    named: dict[str, list[FailedJob]] = defaultdict(list)
    for job in jobs:
        if name := inputs.get(job.last.job_id, ""):
            named[_name(name)].append(job)
    common = _common(ours, jobs)
    for failure in ours:
        wanted = _expected(failure, label)
        fitting = [j for name, some in named.items() if name.endswith(wanted) for j in some]
        if len(fitting) == 1:
            yield Diagnosis(failure.quantum, fitting[0].cause, fitting[0].message)
        elif common is not None:
            yield Diagnosis(failure.quantum, *common)


def _common(ours: Sequence[Failure], jobs: Sequence[FailedJob]) -> tuple[Cause, str] | None:
    """Return what is so of all jobs of a label, whichever was whose; None: nothing is, or some had none."""
    ways = {(job.cause.source, job.cause.code) for job in jobs}
    if len(ways) != 1 or len(ours) > len(jobs):
        return None
    sites, messages = {job.cause.site for job in jobs}, {job.message for job in jobs}
    attempts = {job.attempts for job in jobs}
    [(source, code)] = ways
    cause = Cause(
        source, code, sites.pop() if len(sites) == 1 else "", attempts.pop() if len(attempts) == 1 else None
    )
    return cause, messages.pop() if len(messages) == 1 else ""


def _expected(failure: Failure, label: str) -> str:
    """Return what the name of a quantum's job ends with, as BPS makes it; a node's id stands before."""
    values = dict(part.split("=", 1) for part in failure.quantum.data_id.split() if "=" in part)
    parts = (label, *(values[name] for name in _DIMENSIONS if name in values))
    return "_" + re.sub("_+", "_", "_".join(parts))


def _name(text: str) -> str:
    found = _INPUT.fullmatch(text)
    return "_" + (found["name"] if found is not None else text)
