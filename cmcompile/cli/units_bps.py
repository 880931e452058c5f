"""The quanta of BPS steps, as the ledger counts them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from cmcompile.model.view import Unit, UnitState

if TYPE_CHECKING:
    from cmcompile.cli.situation import Situation
    from cmcompile.model.outcome import Failure, Outcome
    from cmcompile.model.states import Workflow

_Key = tuple[str, str]


def bps_units(now: Situation, chosen: Collection[_Key] | None) -> Iterator[Unit]:
    """Yield the quanta of the groups of BPS steps: those that failed one by one, the others together."""
    steps = {step.name for step in now.spec.steps if step.engine == "bps"}
    for key, standing in now.standings.items():
        if key[0] not in steps or "." in key[1] or (chosen is not None and key not in chosen):
            continue
        record = now.inputs.state.groups.get(key)
        workflow = None if record is None else next(iter(record.counting[::-1]), None)
        live = next((w for w in reversed(now_workflows(now, key)) if w.live), None)
        if live is not None:
            yield _together(key, live, _state(live), None)
        elif standing.outcome is not None and workflow is not None:
            yield from _ended(key, workflow, standing.outcome)
        elif workflow is None:
            yield Unit(*key, UnitState.UNSENT, count=None)
        else:
            yield _together(key, workflow, UnitState.UNKNOWN, None)


def now_workflows(now: Situation, key: _Key) -> tuple[Workflow, ...]:
    """Return the workflows that count for a group: its own, then those of rescues that cover it."""
    from cmcompile.state.conflicts import own_and_covering

    own, covering = own_and_covering(now.inputs.state, *key)
    return (*own, *covering)


def _ended(key: _Key, workflow: Workflow, outcome: Outcome) -> Iterator[Unit]:
    good = outcome.quanta - outcome.missing
    if good:
        yield _together(key, workflow, UnitState.FINISHED, good)
    for failure in outcome.failures:
        yield _failed(key, workflow, failure)
    # A source may give counts alone.
    if rest := outcome.missing - len(outcome.failures):
        yield _together(key, workflow, UnitState.FAILED, rest)


def _together(key: _Key, workflow: Workflow, state: UnitState, count: int | None) -> Unit:
    claim = workflow.claim
    return Unit(
        *key,
        state,
        workflow.name,
        count=count,
        system="" if claim is None else claim.wms.service,
        run_id=workflow.run_id or "",
        run="" if claim is None else claim.output_run,
        reason=workflow.detail or workflow.wms_says if state is not UnitState.FINISHED else "",
    )


def _failed(key: _Key, workflow: Workflow, failure: Failure) -> Unit:
    from dataclasses import replace

    pairs = [part.partition("=") for part in failure.quantum.data_id.split(", ") if "=" in part]
    ids = tuple((name, value) for name, _, value in pairs)
    cause = failure.cause
    return replace(
        _together(key, workflow, UnitState.FAILED, 1),
        task=failure.quantum.task,
        ids=ids,
        cause="" if failure.fault.value == "failed" else failure.fault.value,
        exit=None if cause is None else cause.code,
        reason=failure.message,
    )


def _state(workflow: Workflow) -> UnitState:
    from cmcompile.model.states import WorkflowState

    known = {WorkflowState.HELD: UnitState.HELD, WorkflowState.RUNNING: UnitState.RUNNING}
    known |= dict.fromkeys((WorkflowState.UNKNOWN, WorkflowState.SUBMITTING), UnitState.UNKNOWN)
    return known.get(workflow.state, UnitState.WAITING)
