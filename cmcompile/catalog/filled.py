"""What signals tell the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from cmcompile.batch.table import Job
from cmcompile.catalog.sent_jobs import SentJobs
from cmcompile.model.catalog import Output
from cmcompile.model.signal import JobSignals, SignalOutput


def ended_well(job: JobSignals) -> bool:
    """Tell whether the last start of a job ended well, by its wrapper.

    What the payload says alone is no end: it may be killed while its files are copied.
    """
    return job.has_ended and job.exit == 0


def told_at(job: JobSignals) -> float:
    """Return when a job last told that it had ended, or else begun, in seconds since 1970 UTC; 0: never."""
    wrapper, payload = job.wrapper, job.payload
    at = (wrapper.ended or wrapper.begun if wrapper else "") or (payload.at if payload else "")
    return seconds(at) if at else 0.0


def seconds(at: str) -> float:
    """Return the moment of a signal in seconds since 1970 UTC; 0: there is no such moment."""
    whole, _, part = at.removesuffix("Z").partition(".")
    try:
        return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{part or 0}")
    except ValueError:
        return 0.0


def outputs_told(sent: SentJobs, told: Iterable[JobSignals]) -> Iterator[Output]:
    """Yield the outputs of the jobs that ended well: those of the table, then those that they told of beside.

    A job without a signal that it ended gives none: its files may be half written.
    """
    for signals in told:
        job = sent.table.job(signals.job)
        if job is not None and ended_well(signals):
            yield from _outputs(sent, job, signals)


def _outputs(sent: SentJobs, job: Job, signals: JobSignals) -> Iterator[Output]:
    told = list(signals.payload.outputs) if signals.payload else []
    at = told_at(signals)
    for name in job.outputs:
        found = _meant(name, job.outputs, told)
        if found is not None:
            told.remove(found)
        path = str(sent.path(job, name))
        one = declared(sent, job, name, path, at)
        if found is not None:
            one = replace(one, size=found.size, checksum=found.checksum, events=found.events)
        if one.events is None and len(job.outputs) == 1 and signals.payload is not None:
            # The job counted for itself, and this is all that it makes.
            one = replace(one, events=signals.payload.events)
        yield one
    for other in told:
        path = other.path if other.path.startswith("/") else ""
        one = declared(sent, job, other.name, path, at)
        yield replace(one, size=other.size, checksum=other.checksum, events=other.events)


def declared(sent: SentJobs, job: Job, name: str, path: str, at: float) -> Output:
    """Return an output of a job of which no more is known than what made it."""
    return Output(
        name,
        path,
        sent.campaign,
        sent.step,
        sent.group,
        sent.workflow,
        sent.run,
        job.number,
        job.data_id,
        at=at,
    )


def _meant(name: str, names: Iterable[str], told: Iterable[SignalOutput]) -> SignalOutput | None:
    """Return what a job told of an output of its table: by its name or path, else by the last part of it."""
    some = list(told)
    exact = next((t for t in some if name in (t.name, t.path)), None)
    if exact is not None:
        return exact
    last = _last(name)
    if sum(_last(other) == last for other in names) > 1:
        return None
    return next((t for t in some if last in (_last(t.name), _last(t.path))), None)


def _last(name: str) -> str:
    return name.rpartition("/")[2]
