"""What became of the jobs of runs: their states, and what was said of those that failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmcompile.batch.table import Job
from cmcompile.model.batch import JobFact, JobState
from cmcompile.model.cause import Cause
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.signal import Disagreement, JobSignals
from cmcompile.observe.batch.facts import signals_of
from cmcompile.observe.batch.logs import last_lines
from cmcompile.observe.batch.places import Place

#: Of so many failed jobs of a run the end of the log is read, where nothing else tells why.
LOGS = 200
_TAIL = 4096
_LONGEST = 500
_NOT_TOLD = "neither the batch system nor the job says how it ended"
_IN_WORDS = {
    JobState.MEMORY: "it took more memory than it had asked for",
    JobState.TIMEOUT: "it took longer than it was allowed to",
    JobState.REMOVED: "it was removed",
    JobState.EVICTED: "its node was lost or taken away",
    JobState.UNKNOWN: _NOT_TOLD,
    JobState.HELD: "it is held",
    JobState.WAITING: "it still waits",
    JobState.RUNNING: "it still runs",
}
#: Their exit code is that of the command, or of its wrapper.
_BY_ITSELF = frozenset({JobState.FAILED, JobState.SUCCEEDED})


@dataclass(frozen=True, slots=True)
class Judged:
    """One run, and how each of its jobs stands.

    Attributes
    ----------
    facts
        Of the jobs that were given to the batch system.
    """

    place: Place
    facts: Mapping[int, JobFact]

    def state(self, job: Job) -> JobState:
        """Return how a job stands."""
        if job.number in self.place.skipped:
            return JobState.SKIPPED
        found = self.facts.get(job.number)
        return JobState.UNKNOWN if found is None else found.state

    def quantum(self, job: Job) -> Quantum:
        """Return a job as outcomes name it."""
        return Quantum(self.place.document.task, job.data_id)


def outcome_of(runs: Sequence[Judged], earlier: Sequence[Judged] = ()) -> Outcome:
    """Return what became of the jobs of some runs, oldest first, the newest that has a job counting.

    Parameters
    ----------
    earlier
        What these follow: jobs that failed there and are there now are ``cleared``.

    Raises
    ------
    OSError, CmcompileError
        When what runs left can't be read.
    """
    newest: dict[Quantum, tuple[Judged, Job]] = {}
    for run in runs:
        newest.update((run.quantum(job), (run, job)) for job in run.place.table.jobs)
    good = {quantum for quantum, (run, job) in newest.items() if run.state(job).is_good}
    bad: dict[str, tuple[Judged, list[tuple[Quantum, Job]]]] = {}
    for quantum, (run, job) in newest.items():
        if quantum not in good:
            bad.setdefault(str(run.place.directory), (run, []))[1].append((quantum, job))
    failures = [failure for run, some in bad.values() for failure in _failures(run, some)]
    before = {
        run.quantum(job)
        for run in (*earlier, *runs)
        for job in run.place.table.jobs
        if not run.state(job).is_good
    }
    tasks = dict.fromkeys(quantum.task for quantum in newest)
    return Outcome(
        tuple(_counted(task, newest, good, failures) for task in tasks),
        tuple(sorted(failures, key=lambda failure: failure.quantum)),
        tuple(sorted(before & good)),
    )


def _counted(
    task: str, every: Iterable[Quantum], good: Iterable[Quantum], failures: Iterable[Failure]
) -> TaskOutcome:
    of_task = [failure.fault for failure in failures if failure.quantum.task == task]
    return TaskOutcome(
        task,
        sum(quantum.task == task for quantum in every),
        sum(quantum.task == task for quantum in good),
        failed=of_task.count(Fault.FAILED),
        other=of_task.count(Fault.OTHER),
    )


def _failures(run: Judged, some: Sequence[tuple[Quantum, Job]]) -> Iterator[Failure]:
    """Yield the failures of one run, each with what was said of it."""
    said = signals_of(run.place, frozenset(job.number for _, job in some))
    logs = LOGS
    for quantum, job in some:
        fact = run.facts.get(job.number) or JobFact(job.number, JobState.UNKNOWN)
        signals = said.get(job.number)
        message = _message(fact, signals)
        if fact.state is JobState.FAILED and not message and logs:
            logs -= 1
            _, lines = last_lines(run.place, job, _TAIL)
            message = _line(lines[-1]) if lines else ""
        fault = Fault.FAILED if fact.state.is_over and fact.state is not JobState.UNKNOWN else Fault.OTHER
        yield Failure(quantum, fault, message, _cause(run.place, fact, signals))


def _message(fact: JobFact, signals: JobSignals | None) -> str:
    """Return what was said of a failure, on one line; the job's own words go before those of others."""
    own = "" if signals is None or signals.payload is None else signals.payload.message
    wrapper = "" if signals is None or signals.wrapper is None else signals.wrapper.message
    words = _IN_WORDS.get(fact.state, "")
    if words:
        told = f"{fact.word}: {words}" if fact.word else words
        more = " ".join(dict.fromkeys(text for text in (fact.reason, own) if text and text != fact.word))
        return _line(f"{told} ({more})" if more else told)
    if signals is not None and signals.disagrees is Disagreement.FINISHED_BUT_FAILED:
        return _line("; ".join(text for text in (wrapper, signals.disagrees.about, own) if text))
    return _line(own or wrapper)


def _cause(place: Place, fact: JobFact, signals: JobSignals | None) -> Cause | None:
    attempts = None if signals is None else signals.attempt
    if fact.state in _BY_ITSELF:
        return Cause("transform", fact.exit, fact.node, attempts)
    if fact.state is JobState.UNKNOWN:
        return None
    return Cause(place.document.system, fact.exit or None, fact.node, attempts)


def _line(text: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
