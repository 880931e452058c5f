"""What each kind of event holds beside what all have: one reader per kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TypeAlias

from cmcompile.ledger.codec import fields as f
from cmcompile.ledger.codec.fields import BadFieldError, Object
from cmcompile.model import event as e
from cmcompile.model.cause import Cause
from cmcompile.model.diagnosed import Diagnosis, JobCount, TaskJobs
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.signal import Disagreed, SignalCounts
from cmcompile.model.usage import Spread, TaskUsage

Reader: TypeAlias = Callable[[Object], e.Body]

#: The words for what a run may be seen in.
STATES = ("running", "held", "succeeded", "partial", "failed", "cancelled")
_STATES = frozenset(STATES)
_FAULTS = {fault.value: fault for fault in Fault}


def _wms(o: Object) -> e.WmsRef:
    return e.WmsRef(f.filled(o, "service"), f.text_or_empty(o, "where"))


def _process(o: Object) -> e.Process:
    return e.Process(
        f.text(o, "host"), f.text(o, "boot_id"), f.number(o, "pid"), f.text_or_empty(o, "started")
    )


def _spec(o: Object) -> e.SpecRef:
    return e.SpecRef(
        f.text(o, "path"),
        f.text(o, "commit"),
        f.text(o, "version"),
        f.number(o, "emit"),
        f.text_or_empty(o, "override"),
    )


def _member(o: Object) -> e.Member:
    return e.Member(
        key=f.text(o, "key"),
        source=f.number(o, "source", least=-1),
        count=f.number(o, "count"),
        digest=f.text(o, "digest"),
        over=f.text_or_none(o, "over"),
        column=f.text_or_empty(o, "column"),
        ranges=f.ranges(o, "ranges"),
        values=f.ids(o, "values"),
    )


def _member_by_name(o: Object, name: str) -> e.Member:
    return f.part(o, name, _member)


def _claimed(o: Object) -> e.Claimed:
    return e.Claimed(
        run_name=f.text(o, "run_name"),
        prefix=f.text(o, "prefix"),
        output_run=f.text(o, "output_run"),
        submit_path=f.text(o, "submit_path"),
        wms=f.part(o, "wms", _wms),
        definition=f.text(o, "definition"),
        spec=f.part(o, "spec", _spec),
        process=f.part(o, "process", _process),
        file=f.text_or_empty(o, "file"),
        item=f.text_or_empty(o, "item"),
        plan=f.text_or_empty(o, "plan"),
        covers=f.texts(o, "covers"),
        members=f.by_name(o, "members", _member_by_name),
        excluded=f.by_name(o, "excluded", f.ids),
        builds_on=f.texts(o, "builds_on"),
        restart=f.flag(o, "restart"),
        adopted=f.flag(o, "adopted"),
    )


def _prepared(o: Object) -> e.Prepared:
    return e.Prepared(f.by_name(o, "files", f.text), f.number_or_none(o, "quanta"))


def _prepare_failed(o: Object) -> e.PrepareFailed:
    return e.PrepareFailed(f.text(o, "message"), f.flag(o, "transient"))


def _submitting(o: Object) -> e.Submitting:
    return e.Submitting(
        run_name=f.text(o, "run_name"),
        wms=f.part(o, "wms", _wms),
        look_up=f.text(o, "look_up"),
        as_run=f.text(o, "as_run"),
        process=f.part(o, "process", _process),
        child=f.number(o, "child"),
        former=f.text_or_empty(o, "former"),
    )


def _not_called(o: Object) -> e.NotCalled:
    return e.NotCalled(f.event_id(o, "gate"))


def _abandoned(o: Object) -> e.Abandoned:
    if "gate" not in o:  # null has a meaning of its own here, so it is always written
        raise BadFieldError("gate", "is absent")
    return e.Abandoned(f.event_id_or_none(o, "gate"), f.text(o, "why"))


def _unknown(o: Object) -> e.Unknown:
    return e.Unknown(f.event_id(o, "gate"), f.text(o, "why"))


def _submitted(o: Object) -> e.Submitted:
    return e.Submitted(
        f.filled(o, "run_id"),
        f.event_id_or_none(o, "gate"),
        f.flag(o, "recovered"),
        f.text_or_empty(o, "url"),
    )


def _observed(o: Object) -> e.Observed:
    state = f.text(o, "state")
    if state not in _STATES:
        raise BadFieldError("state", "is not one of " + ", ".join(STATES))
    outcome = None if o.get("outcome") is None else f.part(o, "outcome", _outcome)
    return e.Observed(state, f.text(o, "wms_state"), f.text_or_empty(o, "run_id"), outcome)


def _outcome(o: Object) -> Outcome:
    return Outcome(
        f.parts(o, "tasks", _task),
        f.parts(o, "failures", _failure),
        f.parts(o, "cleared", _quantum),
        f.flag(o, "complete", default=True),
    )


def _task(o: Object) -> TaskOutcome:
    return TaskOutcome(
        task=f.text(o, "task"),
        quanta=f.number(o, "quanta"),
        succeeded=f.number(o, "succeeded"),
        failed=f.number_or_zero(o, "failed"),
        blocked=f.number_or_zero(o, "blocked"),
        other=f.number_or_zero(o, "other"),
        caveats=f.by_name(o, "caveats", f.number),
    )


def _quantum(o: Object) -> Quantum:
    return Quantum(f.text(o, "task"), f.text(o, "data_id"))


def _failure(o: Object) -> Failure:
    fault = f.text(o, "fault")
    if fault not in _FAULTS:
        raise BadFieldError("fault", "is not one of " + ", ".join(_FAULTS))
    cause = None if o.get("cause") is None else f.part(o, "cause", _cause)
    return Failure(f.part(o, "quantum", _quantum), _FAULTS[fault], f.text_or_empty(o, "message"), cause)


def _cause(o: Object) -> Cause:
    return Cause(
        source=f.filled(o, "source"),
        code=_code(o),
        site=f.text_or_empty(o, "site"),
        attempts=f.number_or_none(o, "attempts"),
        memory=f.number_or_none(o, "memory"),
        log=f.text_or_empty(o, "log"),
    )


def _measured(o: Object) -> e.Measured:
    return e.Measured(f.filled(o, "source"), f.parts(o, "tasks", _task_usage))


def _diagnosed(o: Object) -> e.Diagnosed:
    return e.Diagnosed(
        f.filled(o, "source"),
        f.text_or_empty(o, "run_id"),
        f.parts(o, "causes", _diagnosis),
        f.parts(o, "jobs", _job_count),
        f.text_or_empty(o, "file"),
        f.text_or_empty(o, "digest"),
        f.texts(o, "lacking"),
        f.parts(o, "tasks", _task_jobs),
    )


def _signalled(o: Object) -> e.Signalled:
    return e.Signalled(f.part(o, "counts", _signal_counts), f.parts(o, "disagreed", _disagreed))


def _signal_counts(o: Object) -> SignalCounts:
    return SignalCounts(**{field.name: f.number_or_zero(o, field.name) for field in fields(SignalCounts)})


def _disagreed(o: Object) -> Disagreed:
    return Disagreed(f.filled(o, "what"), f.number(o, "jobs", least=1), f.numbers(o, "first"))


def _task_jobs(o: Object) -> TaskJobs:
    return TaskJobs(
        f.text(o, "label"),
        f.number(o, "failed", least=1),
        f.number_or_none(o, "retries"),
        None if o.get("queue") is None else f.part(o, "queue", _spread),
        f.number_or_none(o, "efficiency"),
        f.number_or_none(o, "memory"),
    )


def _diagnosis(o: Object) -> Diagnosis:
    return Diagnosis(
        f.part(o, "quantum", _quantum), f.part(o, "cause", _cause), f.text_or_empty(o, "message")
    )


def _job_count(o: Object) -> JobCount:
    return JobCount(
        f.text(o, "label"),
        f.number(o, "jobs", least=1),
        f.text_or_empty(o, "source"),
        _code(o),
        f.text_or_empty(o, "site"),
    )


def _code(o: Object) -> int | None:
    """Return a code; what a signal ended has a negative one with some sources."""
    return None if o.get("code") is None else f.number(o, "code", least=1 - f.LIMIT)


def _task_usage(o: Object) -> TaskUsage:
    return TaskUsage(
        task=f.filled(o, "task"),
        quanta=f.number(o, "quanta", least=1),
        sampled=f.number(o, "sampled", least=1),
        cpu=f.part(o, "cpu", _spread),
        wall=f.part(o, "wall", _spread),
        cpu_sum=f.number(o, "cpu_sum"),
        wall_sum=f.number(o, "wall_sum"),
        started=f.time(o, "started"),
        ended=f.time(o, "ended"),
        memory=None if o.get("memory") is None else f.part(o, "memory", _spread),
        deciles=f.numbers(o, "deciles"),
        running=f.numbers(o, "running"),
    )


def _spread(o: Object) -> Spread:
    return Spread(f.number(o, "median"), f.number(o, "p95"), f.number(o, "max"))


def _reviewed(o: Object) -> e.Reviewed:
    # A reason that a newer cmcompile knows still asks for a person: the fold takes any text.
    return e.Reviewed(f.text(o, "reason"), f.text(o, "why"))


def _cancelling(o: Object) -> e.Cancelling:
    return e.Cancelling(f.filled(o, "run_id"), f.text_or_empty(o, "why"))


def _retiring(o: Object) -> e.Retiring:
    return e.Retiring(f.text_or_empty(o, "why"))


def _retired(o: Object) -> e.Retired:
    return e.Retired(f.text_or_empty(o, "why"))


def _accepted(o: Object) -> e.Accepted:
    return e.Accepted(
        f.needed_texts(o, "workflows"),
        f.text_or_empty(o, "why"),
        f.number_or_none(o, "missing"),
        f.number_or_none(o, "quanta"),
    )


def _rejected(o: Object) -> e.Rejected:
    return e.Rejected(f.needed_texts(o, "workflows"), f.text(o, "why"))


def _superseded(o: Object) -> e.Superseded:
    return e.Superseded(f.needed_texts(o, "workflows"), f.text(o, "why"))


def _chaining(o: Object) -> e.Chaining:
    return e.Chaining(f.text(o, "collection"), f.text(o, "runs"))


def _chained(o: Object) -> e.Chained:
    return e.Chained(f.text(o, "collection"), f.needed_texts(o, "groups"))


def _tagging(o: Object) -> e.Tagging:
    return e.Tagging(f.filled(o, "collection"), f.filled(o, "declaration"))


def _tagged(o: Object) -> e.Tagged:
    return e.Tagged(
        f.filled(o, "collection"),
        f.filled(o, "declaration"),
        f.number(o, "count", least=1),
        f.filled(o, "datasets"),
    )


READERS: dict[type[e.Body], Reader] = {
    e.Claimed: _claimed,
    e.Prepared: _prepared,
    e.PrepareFailed: _prepare_failed,
    e.Submitting: _submitting,
    e.NotCalled: _not_called,
    e.Abandoned: _abandoned,
    e.Unknown: _unknown,
    e.Submitted: _submitted,
    e.Observed: _observed,
    e.Measured: _measured,
    e.Diagnosed: _diagnosed,
    e.Signalled: _signalled,
    e.Reviewed: _reviewed,
    e.Cancelling: _cancelling,
    e.Retiring: _retiring,
    e.Retired: _retired,
    e.Accepted: _accepted,
    e.Rejected: _rejected,
    e.Superseded: _superseded,
    e.Chaining: _chaining,
    e.Chained: _chained,
    e.Tagging: _tagging,
    e.Tagged: _tagged,
}
