"""What each event of a ledger says in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model import event as e
from cmcompile.model.reason import Reason
from cmcompile.report import signals
from cmcompile.report.screen import count

_WORDS = {reason.value: reason.words for reason in Reason}


def said(body: e.Body) -> str:
    """Return in one phrase what happened; a person reads it after the subject."""
    if isinstance(body, _FIRST):
        return _of_submission(body)
    return _of_run(body) if isinstance(body, _RUN) else _of_rest(body)


_FIRST = (e.Claimed, e.Prepared, e.PrepareFailed, e.Submitting, e.NotCalled, e.Abandoned, e.Unknown)
_RUN = (e.Submitted, e.Observed, e.Measured, e.Diagnosed, e.Signalled, e.Reviewed, e.Cancelling)


def _of_submission(body: e.Body) -> str:
    match body:
        case e.Claimed(adopted=True):
            return "claimed for a run that was started outside of cmcompile"
        case e.Claimed(restart=True):
            return f"claimed for a restart by {_process(body.process)}"
        case e.Claimed():
            return f"claimed by {_process(body.process)}"
        case e.Prepared():
            made = "graph and files were made" if body.files else "prepared"
            return made if body.quanta is None else f"{made}: {count(body.quanta, 'quantum', 'quanta')}"
        case e.PrepareFailed():
            return "could not be prepared" + (", and may be tried again" if body.transient else "")
        case e.Submitting():
            return f"the gate: about to be given to {_wms(body.wms)} by {_process(body.process)}"
        case e.NotCalled():
            return "the word was not given: nothing was submitted"
        case e.Abandoned(gate=None):
            return "claim given up before the gate: nothing was submitted"
        case e.Abandoned():
            return "given up after its gate, by a person's decision"
        case _:
            return "given to the workload system, and no reply came: nobody knows whether a run exists"


def _of_run(body: e.Body) -> str:
    match body:
        case e.Submitted():
            how = ", found by look-up" if body.recovered else ""
            return f"submitted as run {body.run_id}{how}"
        case e.Observed():
            word = f" (the workload system says {body.wms_state})" if body.wms_state else ""
            return f"seen {body.state}{word}{_missing(body)}"
        case e.Measured():
            return _measured(body)
        case e.Diagnosed():
            jobs = count(sum(one.jobs for one in body.jobs), "failed job")
            return f"{body.source} told of {jobs}" + (", kept" if body.file else "")
        case e.Signalled():
            return signals.counts_line(body.counts)
        case e.Reviewed():
            return f"needs a person: {_WORDS.get(body.reason, body.reason)}"
        case e.Cancelling():
            return f"run {body.run_id} is to be cancelled"
        case _:
            return e.KINDS[type(body)]


def _of_rest(body: e.Body) -> str:
    match body:
        case e.Accepted():
            return f"accepted{_lost(body.missing, body.quanta)}"
        case e.Rejected():
            return "rejected"
        case e.Superseded():
            return f"superseded: {', '.join(body.workflows) or 'nothing'} counts no more"
        case e.Chaining():
            return f"collection {body.collection} is to be made"
        case e.Chained():
            return f"collection {body.collection} made of {count(len(body.groups), 'run')}"
        case e.Tagging():
            return f"tagged collection {body.collection} is to be made"
        case e.Tagged():
            return f"tagged collection {body.collection} made of {count(body.count, 'dataset')}"
        case e.Retiring():
            return "outputs are to be removed"
        case e.Retired():
            return "outputs removed"
        case _:
            return e.KINDS[type(body)]


def _process(process: e.Process) -> str:
    return f"process {process.pid} on {process.host}"


def _wms(wms: e.WmsRef) -> str:
    name = wms.service.rpartition(".")[2]
    return f"{name} at {wms.where}" if wms.where else name


def _measured(body: e.Measured) -> str:
    quanta = count(sum(task.quanta for task in body.tasks), "quantum", "quanta")
    return (
        f"measured: {quanta} took {body.core_seconds / 3600:.3g} core hours"
        if body.tasks
        else "measured: nothing"
    )


def _missing(body: e.Observed) -> str:
    found = body.outcome
    return "" if found is None else _lost(found.missing, found.quanta)


def _lost(missing: int | None, quanta: int | None) -> str:
    if missing is None:
        return ""
    return (
        f", {missing:,} quanta missing" if quanta is None else f", {missing:,} of {quanta:,} quanta missing"
    )


def more(body: e.Body) -> Iterator[tuple[str, str]]:
    """Yield what else a person may look for, by name: the reason given, names, files, what was judged."""
    match body:
        case e.Claimed():
            yield "run", body.output_run
            yield "spec", f"{body.spec.path} at {body.spec.commit[:12] or 'an uncommitted tree'}"
            yield "overridden", body.spec.override
            yield "covers", ", ".join(body.covers)
        case e.PrepareFailed():
            yield "message", body.message
        case e.Submitting():
            yield "name", body.run_name
        case e.Submitted():
            yield "page", body.url
        case e.Signalled():
            yield from (("jobs", line) for line in signals.disagreed_lines(body))
        case e.Accepted() | e.Rejected():
            yield "judged", ", ".join(body.workflows)
        case _:
            pass
    yield "why", getattr(body, "why", "")
