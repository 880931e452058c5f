"""How each job of a run stands, by what its batch system said of it once, and by what the job says itself."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping

from cmcompile.batch.run_files import SIGNALS, Seen
from cmcompile.model.batch import JobFact, JobState
from cmcompile.model.signal import JobSignals, Stored
from cmcompile.observe.batch.places import Place
from cmcompile.signals.fields import job_and_time
from cmcompile.signals.fold import fold_signals
from cmcompile.signals.spool import names_of, read_signal

#: What a job says of itself where the batch system knows nothing any more.
_ENDED_WELL, _ENDED = "ended well", "ended"
_STATES = {state.value: state for state in JobState}


def told(place: Place, run_id: str) -> dict[int, JobFact]:
    """Return what is on the disk of the jobs of a run that have ended."""
    return {one.job: _of_seen(one) for one in place.seen(run_id).values()}


def by_signals(place: Place, jobs: Collection[int]) -> dict[int, JobFact]:
    """Return the jobs of some whose wrapper said that they had ended.

    Raises
    ------
    SpoolError
        When the signals can't be read.
    """
    return {job: _of_signals(said) for job, said in signals_of(place, jobs).items() if said.has_ended}


def signals_of(place: Place, jobs: Collection[int]) -> Mapping[int, JobSignals]:
    """Return what some jobs said.

    Raises
    ------
    SpoolError
        When the signals can't be read.
    """
    spool = place.directory / SIGNALS

    def found() -> Iterator[Stored]:
        for name in names_of(spool) if jobs else ():
            at = job_and_time(name)
            if at is not None and at[0] in jobs and isinstance(said := read_signal(spool, name), Stored):
                yield said

    return fold_signals(found())


def unknown(jobs: Iterable[int]) -> dict[int, JobFact]:
    """Return jobs of which nobody tells anything."""
    return {job: JobFact(job, JobState.UNKNOWN) for job in jobs}


def keep(place: Place, run_id: str, facts: Iterable[JobFact], known: Mapping[int, JobFact]) -> None:
    """Keep what was said of jobs that have ended, besides what is known; it may fail."""
    ended = [fact for fact in facts if fact.state.is_over and fact.state is not JobState.UNKNOWN]
    # One that was begun anew may end otherwise.
    new = [fact for fact in ended if _told(fact) != _told(known.get(fact.job))]
    if new:
        with contextlib.suppress(OSError):  # then it is asked for again, as long as somebody knows it
            place.keep_seen(Seen(run_id, f.job, f.state.value, f.word, f.exit, f.reason, f.node) for f in new)


def _told(fact: JobFact | None) -> tuple[object, ...]:
    # Slurm may set the exit code of a job whose node was lost when that is back.
    return () if fact is None else (fact.state, fact.word)


def _of_seen(one: Seen) -> JobFact:
    state = _STATES.get(one.state, JobState.UNKNOWN)
    return JobFact(one.job, state, one.word, one.exit, one.reason, one.node)


def _of_signals(said: JobSignals) -> JobFact:
    wrapper = said.wrapper
    if wrapper is None:
        return JobFact(said.job, JobState.UNKNOWN)
    good = wrapper.exit == 0
    return JobFact(
        said.job,
        JobState.SUCCEEDED if good else JobState.FAILED,
        _ENDED_WELL if good else _ENDED,
        wrapper.exit,
        wrapper.message,
        wrapper.node,
    )
