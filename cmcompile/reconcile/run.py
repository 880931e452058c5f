"""One pass: observe, record what is new, plan, carry out what may be, until nothing more follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cmcompile.apply.declaration import Declaration
from cmcompile.apply.outside import Outside, Sources
from cmcompile.apply.run import apply_plan
from cmcompile.model.applied import Result
from cmcompile.model.drift import Drift
from cmcompile.model.event import WmsRef
from cmcompile.model.outcome import Outcome
from cmcompile.model.plan import GATED, IDLE, Item, Plan, PlanSource
from cmcompile.model.states import LedgerState, WorkflowState
from cmcompile.model.transaction import Decided, Landed
from cmcompile.model.wms import NoAnswer
from cmcompile.plan.make import make_plan
from cmcompile.reconcile.drift import drift_of_outputs, drift_of_plan, drift_of_runs
from cmcompile.reconcile.facts import Facts, Patience
from cmcompile.reconcile.observe import Observation, newly_ended, observe, workflows
from cmcompile.state.claim import SEEN

#: What is accepted is collected, what is collected lets others go: so often a pass plans anew at most.
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a look at the world brought.

    Attributes
    ----------
    recorded
        How many events were written.
    state
        What the ledger says afterwards.
    wrote
        What came of writing them.
    """

    observation: Observation
    recorded: int
    drift: tuple[Drift, ...]
    state: LedgerState
    wrote: Decided


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass did.

    Attributes
    ----------
    plan
        The last that was made: what is left.
    """

    refreshed: Refreshed
    plan: Plan
    results: tuple[Result, ...] = ()
    drift: tuple[Drift, ...] = field(default=())


def refresh(sources: Sources, patience: Patience | None = None) -> Refreshed:
    """Ask the workload systems and the Butler, and record what is new; nothing here can submit.

    Raises
    ------
    UnreachableError
        When the ledger can't be asked.
    LedgerError
        When it can't be used.
    """
    book = sources.desk.book
    state = book.look().state
    observation = _with_outcomes(sources, observe(sources.wms, state), state)
    drift = (
        *drift_of_runs(observation, state, sources.wms),
        *drift_of_outputs(sources.butler, state),
    )
    facts = Facts(sources, observation, patience or Patience())
    wrote = book.decide(facts.judge)
    recorded = len(wrote.events) if isinstance(wrote, Landed) else 0
    state = book.look().state
    _cancel_again(sources, state)
    return Refreshed(observation, recorded, drift, state, wrote)


def reconcile(
    outside: Outside,
    source: PlanSource,
    *,
    patience: Patience | None = None,
    allowed: Callable[[Item], bool] = lambda item: True,
) -> Pass:
    """Refresh, then carry out what the spec and the decisions ask for and a policy allows.

    What is accepted lets collections be made, and those let other groups go: the plan is made anew until
    nothing more comes of it.

    Parameters
    ----------
    source
        What plans are made from; the ledger's tip is filled in.
    allowed
        Which items may be carried out.

    Raises
    ------
    UnreachableError, LedgerError, InputError
        As `refresh`, and as reading the spec branch.
    """
    sources = outside.sources
    refreshed = refresh(sources, patience)
    silent = refreshed.observation.silent
    results: list[Result] = []
    tried: set[str] = set()
    for _ in range(_ROUNDS):
        declaration, plan = _planned(sources, source)
        now = [i for i in plan.items() if i.digest not in tried and allowed(i)]
        some = _only(plan, {i.digest for i in now if _asked(i, declaration, silent)})
        if not some.acts or outside.interrupts.asked:
            break
        tried.update(item.digest for item in some.items())
        results += apply_plan(some, outside, declaration)
    else:
        _, plan = _planned(sources, source)
    return Pass(refreshed, plan, tuple(results), (*refreshed.drift, *drift_of_plan(plan)))


def _planned(sources: Sources, source: PlanSource) -> tuple[Declaration, Plan]:
    """Plan for the tip and the spec branch as they are now."""
    sight = sources.desk.book.look()
    declaration = sources.branch.read(sight.state)
    tip = "" if sight.tip is None else sight.tip.commit
    return declaration, planned(sources, declaration, sight.state, replace(source, ledger=tip))


def _asked(item: Item, declaration: Declaration, silent: Mapping[WmsRef, str]) -> bool:
    """Tell whether an item is not in vain: a look-up needs the answer of its workload system."""
    if not silent or item.action not in GATED or item.subject.group is None:
        return True
    found = declaration.sendable(item.subject.step, item.subject.group)
    return found is None or found.wms not in silent


def planned(sources: Sources, declaration: Declaration, state: LedgerState, source: PlanSource) -> Plan:
    """Return the plan for all that a campaign declares."""
    return make_plan(declaration.inputs(state, sources.desk.clock.now()), source)


def _only(plan: Plan, digests: set[str]) -> Plan:
    """Return a plan without the items that may not be carried out now."""
    stages = (
        replace(stage, items=tuple(i for i in stage.items if i.action in IDLE or i.digest in digests))
        for stage in plan.stages
    )
    return replace(plan, stages=tuple(stages))


def _with_outcomes(sources: Sources, observation: Observation, state: LedgerState) -> Observation:
    """Add what became of the quanta of runs that have ended: as the system tells, or else the Butler."""
    outcomes: dict[str, Outcome] = {}
    for workflow, run in newly_ended(observation, state):
        found = run.outcome
        if (
            found is None
            and workflow.claim is not None
            and SEEN.get(run.state) is not WorkflowState.CANCELLED
        ):
            answer = sources.butler.outcome((workflow.claim.output_run,))
            found = None if isinstance(answer, NoAnswer) else answer
        if found is not None:
            outcomes[run.run_id] = found
    return replace(observation, outcomes=outcomes)


def _cancel_again(sources: Sources, state: LedgerState) -> None:
    """Ask again for the end of runs that are to be cancelled: whether it was asked before is not known."""
    for workflow in workflows(state):
        if workflow.state is WorkflowState.CANCELLING and workflow.run_id and workflow.claim is not None:
            sources.wms.cancel(workflow.claim.wms, workflow.run_id)
