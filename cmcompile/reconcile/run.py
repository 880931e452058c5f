"""One pass: observe, record what is new, plan, carry out what may be, until nothing more follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cmcompile.apply.declaration import Declaration
from cmcompile.apply.outside import Outside, Sources
from cmcompile.apply.run import apply_plan
from cmcompile.model.applied import End, Result
from cmcompile.model.drift import Drift
from cmcompile.model.errors import InputError
from cmcompile.model.event import WmsRef
from cmcompile.model.ledger import UnreachableError
from cmcompile.model.outcome import Outcome
from cmcompile.model.plan import GATED, IDLE, Action, Item, Plan, PlanSource
from cmcompile.model.rescued import Rescued
from cmcompile.model.states import LedgerState, Workflow, WorkflowState
from cmcompile.model.transaction import Decided, Landed
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.plan.make import make_plan
from cmcompile.reconcile.diagnose import diagnose
from cmcompile.reconcile.direct import Direct, is_silent
from cmcompile.reconcile.drift import drift_of_outputs, drift_of_plan, drift_of_runs
from cmcompile.reconcile.facts import Facts, Patience
from cmcompile.reconcile.former import former_runs
from cmcompile.reconcile.observe import Observation, newly_ended, observe
from cmcompile.reconcile.present import Present
from cmcompile.state.claim import SEEN
from cmcompile.state.conflicts import in_conflict

#: What is accepted is collected, what is collected lets others go: so often a pass plans anew at most.
ROUNDS = 20
#: In so many of these rounds it submits at most: each may take as long as preparing does.
SUBMITTING = 5


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
    unread
        Why the ledger or the spec could not be read any more, after some of the results; empty: they could.
    rescued
        The rescues that a policy has written, and those that could not be.
    """

    refreshed: Refreshed
    plan: Plan
    results: tuple[Result, ...] = ()
    drift: tuple[Drift, ...] = field(default=())
    unread: str = ""
    rescued: tuple[Rescued, ...] = ()


def refresh(
    sources: Sources,
    patience: Patience | None = None,
    present: Present | None = None,
    diagnosed: Present | None = None,
) -> Refreshed:
    """Ask the workload systems and the Butler, and record what is new; nothing here can submit.

    Parameters
    ----------
    present
        Spares the Butler, as in `cmcompile.reconcile.drift.drift_of_outputs`.
    diagnosed
        Remembers of which runs a monitor was asked why they failed; None: it is not asked.

    Raises
    ------
    UnreachableError
        When the ledger can't be asked.
    LedgerError
        When it can't be used.
    """
    book = sources.desk.book
    state = book.look().state
    observation = _with_outcomes(sources, observe(sources.wms, state), state, present)
    drift = (
        *drift_of_runs(observation, state, sources.wms, sources.desk.clock.now()),
        *drift_of_outputs(sources.butler, state, present),
    )
    clean = sources.desk.clean
    drift = tuple(replace(found, detail=clean(found.detail)) for found in drift)
    facts = Facts(sources, observation, patience or Patience())
    wrote = book.decide(facts.judge)
    recorded = len(wrote.events) if isinstance(wrote, Landed) else 0
    if diagnosed is not None:
        recorded += diagnose(sources, diagnosed)
    silent = {where: clean(why) for where, why in observation.silent.items()}
    unclear = {w: {id_: clean(why) for id_, why in some.items()} for w, some in observation.unclear.items()}
    observation = replace(observation, silent=silent, unclear=unclear)
    return Refreshed(observation, recorded, drift, book.seen().state, wrote)


def reconcile(
    outside: Outside,
    source: PlanSource,
    *,
    patience: Patience | None = None,
    present: Present | None = None,
    diagnosed: Present | None = None,
    allowed: Callable[[Item], bool] = lambda item: True,
    rescues: bool = True,
) -> Pass:
    """Refresh, then carry out what the spec and the decisions ask for and a policy allows.

    What is accepted lets collections be made, and those let other groups go: the plan is made anew until
    nothing more comes of it. It writes rescues, and submits, only when nothing else is left to do: so all
    that may go competes for the limits at once, and no collection waits until something is prepared.

    Parameters
    ----------
    source
        What plans are made from; the ledger's tip is filled in.
    present, diagnosed
        As in `refresh`.
    allowed, rescues
        Which items may be carried out, and whether a policy may have rescues written onto the spec branch.

    Raises
    ------
    UnreachableError, LedgerError, InputError
        As `refresh`, and as reading the spec branch.
    """
    sources, clean = outside.sources, outside.desk.clean
    refreshed = refresh(sources, patience, present, diagnosed)
    _cancel_again(sources, refreshed.state)
    silent, unread, submitting = refreshed.observation.silent, "", 0
    results: list[Result] = []
    direct = Direct(sources.branch, silent, asks=rescues)
    tried: set[str] = set()
    for _ in range(ROUNDS):
        try:
            declaration, plan, state = _planned(sources, source)
        except (UnreachableError, InputError) as error:
            if not results and not direct.results:
                raise
            unread = "the spec has errors by now" if isinstance(error, InputError) else clean(str(error))
            break  # what was done before is to be told all the same
        acting = _acting(plan, declaration, refreshed.state, silent)
        untried = [item for item in acting if item.digest not in tried and allowed(item)]
        others = [i for i in untried if i.action not in GATED]
        if not others and not outside.interrupts.asked and direct.write(plan, state):
            continue
        now = others or untried
        submitting += not others
        if not now or submitting > SUBMITTING or outside.interrupts.asked:
            break
        tried.update(item.digest for item in now)
        results += apply_plan(_only(plan, {item.digest for item in now}), outside, declaration)
    else:
        _, plan, _ = _planned(sources, source)
    drift = (*refreshed.drift, *drift_of_plan(plan))
    return Pass(refreshed, plan, tuple(_told(results, plan)), drift, unread, tuple(direct.results))


def _told(results: Iterable[Result], left: Plan) -> Iterator[Result]:
    """Return results; an item that did not hold any more, and that nothing asks for now, was a race.

    It was planned a moment before: others did it, or changed what it rests on. What is refused and still
    asked for is refused for good.
    """
    asked = {(item.digest, *sorted(item.preconditions.items())) for item in left.items()}
    for result in results:
        item = result.item
        lost = result.end is End.STALE and (item.digest, *sorted(item.preconditions.items())) not in asked
        yield replace(result, end=End.LOST) if lost else result


def _planned(sources: Sources, source: PlanSource) -> tuple[Declaration, Plan, LedgerState]:
    """Plan for the tip and the spec branch as they are now."""
    sight = sources.desk.book.look()
    declaration = sources.branch.read(sight.state)
    tip = "" if sight.tip is None else sight.tip.commit
    plan = planned(sources, declaration, sight.state, replace(source, ledger=tip))
    return declaration, plan, sight.state


def _acting(
    plan: Plan, declaration: Declaration, state: LedgerState, silent: Mapping[WmsRef, str]
) -> list[Item]:
    """Return the items that do something, and not in vain."""
    acting = (item for item in plan.items() if item.action not in IDLE)
    return [item for item in acting if _asked(item, declaration, state, silent)]


#: What asks the workload systems of a group's workflows again, or asks them to do something.
_ASKING = GATED | {Action.ACCEPT, Action.CANCEL}


def _asked(item: Item, declaration: Declaration, state: LedgerState, silent: Mapping[WmsRef, str]) -> bool:
    """Tell whether an item is not in vain: it needs the answers of the group's workload systems."""
    if not silent or item.action not in _ASKING or item.subject.group is None:
        return True
    key = (item.subject.step, item.subject.group)
    if is_silent(in_conflict(state, *key, item.covers), silent):
        return False
    found = declaration.sendable(*key) if item.action in GATED else None
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


def _with_outcomes(
    sources: Sources, observation: Observation, state: LedgerState, present: Present | None
) -> Observation:
    """Add what became of the quanta of runs that have ended: as the system tells, or else the Butler."""
    outcomes: dict[str, Outcome] = {}
    untold: dict[str, str] = {}
    there: list[str] = []
    for workflow, run in newly_ended(observation, state):
        found = run.outcome
        if (
            found is None
            and workflow.claim is not None
            and SEEN.get(run.state) is not WorkflowState.CANCELLED
        ):
            runs = (workflow.claim.output_run,)
            answer = sources.butler.outcome(runs, former_runs(state, workflow))
            found = None if isinstance(answer, NoAnswer) else answer
            there += runs if found is not None else ()
            if isinstance(answer, NoAnswer) and _is_awaited(workflow, run, state):
                untold[str(workflow)] = sources.desk.clean(answer.why)
        if found is not None:
            outcomes[run.run_id] = found
    if present is not None and there:
        present.saw(there)
    return replace(observation, outcomes=outcomes, untold=untold)


def _is_awaited(workflow: Workflow, run: RunSeen, state: LedgerState) -> bool:
    """Tell whether a group waits for what the Butler says of a run: one that failed may have left nothing."""
    record = state.groups.get((workflow.step, workflow.group))
    return SEEN.get(run.state) is not WorkflowState.FAILED and (record is None or record.verdict is None)


def _cancel_again(sources: Sources, state: LedgerState) -> None:
    """Ask again for the end of runs that are to be cancelled: whether it was asked before is not known."""
    for workflow in state.workflows():
        if workflow.state is WorkflowState.CANCELLING and workflow.run_id and workflow.claim is not None:
            sources.wms.cancel(workflow.claim.wms, workflow.run_id)
