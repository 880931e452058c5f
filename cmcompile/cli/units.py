"""Every job of a campaign, and how it stands: by the ledger, by what jobs said, and by their batch system."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from cmcompile.cli.area import area_of
from cmcompile.cli.kept_signals import kept_signals
from cmcompile.cli.sent_jobs import sent_jobs
from cmcompile.model.errors import CmcompileError
from cmcompile.model.view import GroupWait, Unit, Units, UnitState
from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.batch.table import Job, Table
    from cmcompile.catalog.sent_jobs import SentJobs
    from cmcompile.cli.situation import Situation
    from cmcompile.model.batch import JobFact
    from cmcompile.model.outcome import Failure
    from cmcompile.model.signal import JobSignals
    from cmcompile.model.states import Workflow

#: Returns how the jobs of an output run stand, by number.
Facts: TypeAlias = Callable[[str], Mapping[int, "JobFact"] | NoAnswer]
_Key: TypeAlias = tuple[str, str]


def units_of(now: Situation, chosen: Collection[_Key] | None, facts: Facts | None, *, unsent: bool) -> Units:
    """Return the jobs and quanta of some groups, each once, as the last workflow that had it left it.

    Parameters
    ----------
    chosen
        The steps and ids of the groups; None: all.
    facts
        Asks the batch systems; None: nobody is asked, and what the jobs said of themselves counts.
    unsent
        Whether jobs that were never sent are wanted: for that the campaign is compiled.
    """
    from cmcompile.cli.units_bps import bps_units

    faults: list[str] = []
    kept = kept_signals(now.place)
    found: dict[tuple[str, str, str], Unit] = {}
    if unsent:
        for key, table in _tables(now, chosen):
            for job in table.jobs:
                found[key[0], "", job.data_id] = _unit(key[0], key[1], job, UnitState.UNSENT)
    for workflow, sent in _in_order(now, chosen):
        for unit, job in _of_workflow(workflow, sent, facts, faults, kept):
            key_ = (sent.step, "", job.data_id)
            # What was left out since it is there was made by who had it before, and that one told of it.
            if key_ in found and unit.cause == _SKIPPED and found[key_].state is UnitState.FINISHED:
                continue
            found[key_] = unit
    others = tuple(bps_units(now, chosen))
    return Units(now.spec.name, (*found.values(), *others), tuple(_waits(now, chosen)), tuple(faults))


def _in_order(now: Situation, chosen: Collection[_Key] | None) -> Iterator[tuple[Workflow, SentJobs]]:
    """Yield the workflows of batch steps that count, as they were begun; of those that cover a group too."""
    groups = now.inputs.state.groups
    meant = (
        None if chosen is None else now.with_rescues([g for g in now.groups() if (g.step, g.id) in chosen])
    )
    every = sent_jobs(now.look, now.spec.name, area_of(now.place.root), meant)
    steps = {step.name: at for at, step in enumerate(now.spec.steps)}
    counting = [
        (workflow, sent)
        for workflow, sent in every
        if workflow.name not in groups[workflow.step, workflow.group].superseded
    ]
    yield from sorted(counting, key=lambda pair: (steps.get(pair[0].step, len(steps)), pair[1].since))


def _of_workflow(
    workflow: Workflow, sent: SentJobs, facts: Facts | None, faults: list[str], kept: Path | None
) -> Iterator[tuple[Unit, Job]]:
    from cmcompile.batch.run_files import SIGNALS
    from cmcompile.signals.packed import jobs_of
    from cmcompile.signals.spool import SpoolError

    said: Mapping[int, JobSignals] = {}
    known: Mapping[int, JobFact] | None = None
    left = _left(workflow)
    if not sent.directory.is_dir():
        if left is None:
            faults.append(f"{workflow}: its submit directory {sent.directory} is not here")
    else:
        try:
            said = jobs_of(sent.directory / SIGNALS, kept)
        except SpoolError as error:
            faults.append(f"{workflow}: {error}")
        known = _asked(workflow, sent, facts if workflow.live else None, faults)
    for job in sent.table.jobs:
        unit = _unit(sent.step, sent.group, job, UnitState.UNKNOWN)
        unit = _told(unit, workflow, sent, job, said.get(job.number), known)
        yield _as_left(unit, left, job) if unit.state is UnitState.UNKNOWN else unit, job


def _left(workflow: Workflow) -> Mapping[str, Failure] | None:
    """Return the jobs that failed in a run that is over, as the ledger has them; None: that is not known."""
    outcome = workflow.outcome
    if workflow.live or outcome is None or not outcome.complete:
        return None
    return {failure.quantum.data_id: failure for failure in outcome.failures}


def _as_left(unit: Unit, left: Mapping[str, Failure] | None, job: Job) -> Unit:
    """Return a job as the ledger has it, where nothing else tells: submit directories don't stay for ever."""
    from dataclasses import replace

    from cmcompile.model.outcome import Fault

    if left is None:
        return unit
    failure = left.get(job.data_id)
    if failure is None:
        return replace(unit, state=UnitState.FINISHED)
    if failure.fault is not Fault.FAILED:
        return replace(unit, reason=failure.message)
    code = None if failure.cause is None else failure.cause.code
    return replace(unit, state=UnitState.FAILED, exit=code, reason=failure.message)


def _asked(
    workflow: Workflow, sent: SentJobs, facts: Facts | None, faults: list[str]
) -> Mapping[int, JobFact] | None:
    """Return what the batch system says, or said; None: nothing is known from there."""
    from cmcompile.observe.batch.facts import told
    from cmcompile.observe.batch.places import Place

    try:
        answer = None if facts is None else facts(sent.run)
        if isinstance(answer, NoAnswer):
            faults.append(f"{workflow}: {answer.why}")
        elif answer is not None:
            return answer
        return told(Place(sent.directory), workflow.run_id or "")
    except (OSError, ValueError, CmcompileError) as error:
        faults.append(f"{workflow}: {error}")
        return None


def _told(
    unit: Unit,
    workflow: Workflow,
    sent: SentJobs,
    job: Job,
    said: JobSignals | None,
    known: Mapping[int, JobFact] | None,
) -> Unit:
    """Return a job with what is known of it: the batch system goes before what the job says."""
    from dataclasses import replace

    from cmcompile.catalog.filled import seconds

    wrapper, payload = (None, None) if said is None else (said.wrapper, said.payload)
    fact = None if known is None else known.get(job.number)
    state, cause = _state(workflow, sent, job, said, fact)
    claim = workflow.claim
    message = (payload.message if payload else "") or (wrapper.message if wrapper else "")
    return replace(
        unit,
        state=state,
        cause=cause,
        workflow=workflow.name,
        sent=sent.since or None,
        begun=(seconds(wrapper.begun) or None) if wrapper and wrapper.begun else None,
        ended=(seconds(wrapper.ended) or None) if wrapper and wrapper.ended else None,
        exit=fact.exit if fact is not None and fact.exit is not None else wrapper.exit if wrapper else None,
        events=payload.all_events if payload else None,
        node=(fact.node if fact else "") or (wrapper.node if wrapper else ""),
        system="" if claim is None else claim.wms.service,
        run_id=workflow.run_id or "",
        run=sent.run,
        reason=" ".join(dict.fromkeys(filter(None, (fact.reason if fact else "", message)))),
    )


def _state(
    workflow: Workflow, sent: SentJobs, job: Job, said: JobSignals | None, fact: JobFact | None
) -> tuple[UnitState, str]:
    from cmcompile.model.batch import JobState

    if job.number in sent.skipped:
        return UnitState.FINISHED, _SKIPPED
    if fact is not None and fact.state is not JobState.UNKNOWN:
        return _OF_FACT.get(fact.state.value, (UnitState.FAILED, fact.state.value))
    if said is not None and said.has_ended:
        return (UnitState.FINISHED, "") if said.exit == 0 else (UnitState.FAILED, "")
    if not workflow.live:
        return UnitState.UNKNOWN, ""
    if said is not None and said.wrapper is not None:
        return UnitState.RUNNING, ""
    return (UnitState.WAITING if fact is None else UnitState.UNKNOWN), ""


_SKIPPED = "skipped"
_OF_FACT = {
    "waiting": (UnitState.WAITING, ""),
    "running": (UnitState.RUNNING, ""),
    "held": (UnitState.HELD, ""),
    "succeeded": (UnitState.FINISHED, ""),
    "failed": (UnitState.FAILED, ""),
}


def _unit(step: str, group: str, job: Job, state: UnitState) -> Unit:
    ids = tuple(zip(job.columns, job.values, strict=True))
    return Unit(step, group, state, task=step, ids=ids, outputs=job.outputs)


def _tables(now: Situation, chosen: Collection[_Key] | None) -> Iterator[tuple[_Key, Table]]:
    """Yield the first-pass groups of batch steps with their tables, as the spec makes them now."""
    from cmcompile.batch.document import is_document, read_document
    from cmcompile.batch.table import read_table

    batch = {step.name for step in now.spec.steps if step.engine == "batch"}
    if not batch:
        return
    compilation = now.compiled()
    for made in compilation.groups:
        key = (made.group.step, made.group.id)
        if key[0] not in batch or made.group.rescue or (chosen is not None and key not in chosen):
            continue
        if not is_document(made.data):
            continue
        name = read_document(made.data).table
        path = next(path for path in made.includes if path.rpartition("/")[2] == name)
        yield key, read_table(compilation.includes[path].data)


def _waits(now: Situation, chosen: Collection[_Key] | None) -> Iterator[GroupWait]:
    from cmcompile.model.states import GroupState

    kept = (GroupState.WAITING, GroupState.READY, GroupState.HELD)
    for key, standing in now.standings.items():
        if standing.state in kept and (chosen is None or key in chosen):
            yield GroupWait(*key, standing.state.value, standing.reason.value, standing.detail)
