"""What must hold of every run of the world, whatever went wrong in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from cmcompile.model.event import Claimed, Submitting
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, WorkflowState
from cmcompile.sim.guards import accepted_are_over, endings_are_heard, gates_are_answered
from cmcompile.sim.second import excused, never_twice, threats
from cmcompile.sim.story import Broken, Story

_BEFORE_GATE = frozenset({WorkflowState.CLAIMED, WorkflowState.PREPARING})
_UNDER_WAY = _BEFORE_GATE | {WorkflowState.SUBMITTING}
#: States in which a group may be left; in the others, something is still to be done by itself.
_ENDS = frozenset({GroupState.ACCEPTED, GroupState.REJECTED, GroupState.SUPERSEDED})
_ASKS = frozenset({GroupState.REVIEW, GroupState.FAILED, GroupState.PARTIAL})
_HELD_BY_PEOPLE = frozenset({Reason.ON_HOLD, Reason.INPUT_REJECTED, Reason.BLOCKED_BY_REVIEW})


def calls_have_gates(story: Story) -> Iterator[Broken]:
    """Each call names a gate that was on the ledger before, for its claim; no gate is called twice."""
    used = Counter(call.gate for call in story.calls)
    for call in story.calls:
        gate = story.ledger.gates.get(call.gate)
        what = f"{call.kind} {call.name} by {call.by}"
        if gate is None or gate.at > call.at:
            yield Broken("calls have gates", call.at, f"{what}: there is no gate {call.gate or '-'}")
            continue
        body = gate.event.draft.body
        name = body.run_name if isinstance(body, Submitting) else ""
        if gate.event.draft.claim != call.claim or (call.kind == "submit" and name != call.name):
            yield Broken("calls have gates", call.at, f"{what}: the gate is of another claim")
        if used[call.gate] > 1:
            yield Broken("calls have gates", call.at, f"{what}: {used[call.gate]} calls after one gate")


def only_applying_calls(story: Story) -> Iterator[Broken]:
    """Nothing is ever started or called by a refresh."""
    for name, task in story.world.tasks.items():
        if " refresh " in name and task.children:
            yield Broken("refresh never submits", 0.0, f"{name} started {task.children[0].name}")


def limits_hold(story: Story) -> Iterator[Broken]:
    """No more runs live than the limits allow, but for those that nobody can prevent."""
    pace = story.variant.compilation.spec.pace
    if pace.running is not None:
        for call in story.calls:
            there = [run for run in threats(story, call) if not excused(story, call, run)]
            if len(there) >= pace.running:
                why = f"{len(there)} of {pace.running} lived when {call.by} called for {call.name}"
                yield Broken("limits hold", call.at, why)
    if pace.submitting is not None:
        for one in story.ledger.written:
            body = one.event.draft.body
            if isinstance(body, Claimed) and not body.adopted:
                records = story.ledger.state(one.at).groups.values()
                many = sum(w.live and w.state in _UNDER_WAY for record in records for w in record.workflows)
                if many > pace.submitting:
                    why = f"{many} of {pace.submitting} were being submitted with {one.event.subject}"
                    yield Broken("limits hold", one.at, why)


def nothing_is_lost(story: Story) -> Iterator[Broken]:
    """Each run that bears the name of a group that was ever claimed is known to the ledger in the end."""
    known: set[str] = set()
    for record in story.state.groups.values():
        known.update(run for workflow in record.workflows for run in workflow.runs)
    prefixes = {
        (w.claim.wms, w.claim.prefix): record
        for record in story.state.groups.values()
        for w in record.workflows
        if w.claim is not None and w.state is not WorkflowState.RETIRED
    }
    for run in story.runs.values():
        if run.run_id in known:
            continue
        for (where, prefix), record in prefixes.items():
            # A review names the first runs that nobody here started, and counts the others.
            counted = record.review is Reason.FOREIGN_RUN and " more" in record.detail
            told = counted or _told(story, run.run_id)
            if run.where == where and run.name.startswith(prefix) and not told:
                why = f"run {run.run_id} ({run.name}, {run.state}, asked for by {run.by}) of {record.group}"
                yield Broken("nothing is lost", story.world.now, why)
                break


def _told(story: Story, run_id: str) -> bool:
    """Tell whether a person was ever told of a run that nobody here started, and answered."""
    return any(f"run {run_id} " in getattr(one.event.draft.body, "why", "") for one in story.ledger.written)


def claims_are_given_back(story: Story) -> Iterator[Broken]:
    """No claim without a gate is left, and no person had to do with it."""
    for record in story.state.groups.values():
        for workflow in record.workflows:
            if workflow.live and workflow.state in _BEFORE_GATE and workflow.gate is None:
                why = f"{workflow} is {workflow.state.value} since {workflow.since}"
                yield Broken("claims are given back", story.world.now, why)


def nothing_is_altered(story: Story) -> Iterator[Broken]:
    """No file of the ledger was ever changed or removed."""
    for path in story.ledger.altered:
        yield Broken("nothing is altered", story.world.now, path)


def groups_end(story: Story) -> Iterator[Broken]:
    """Each group is accepted or rejected, or waits for a person, or for one that does; it says why."""
    for key, position in story.found.positions.items():
        standing = position.standing
        by_itself = standing.reason in (Reason.POLICY_RESCUE, Reason.RESCUE_LATER)
        if standing.state in _ENDS or (standing.state in _ASKS and not by_itself):
            continue
        if standing.reason is Reason.RESCUE_LATER and _waits(story, key):
            continue
        if standing.state in (GroupState.WAITING, GroupState.HELD) and _waits(story, key):
            continue
        why = f"{'/'.join(key)} is {standing.state.value}: {standing.reason.words} {standing.detail}"
        yield Broken("groups end", story.world.now, why)


def _waits(story: Story, key: tuple[str, str]) -> bool:
    """Tell whether a group waits for a person, or for another group of which a person is asked."""
    standing = story.found.positions[key].standing
    if standing.blocked or standing.reason in _HELD_BY_PEOPLE or standing.reason is Reason.NOTHING_FAILED:
        return True
    others = (p.standing for other, p in story.found.positions.items() if other != key)
    bad = (*_ASKS, GroupState.REJECTED, GroupState.HELD, GroupState.SUPERSEDED)
    return any(other.state in bad for other in others)


def nobody_fails(story: Story) -> Iterator[Broken]:
    """No process ends with an error that it did not foresee, and all come to an end."""
    for task in story.world.tasks.values():
        if task.error is not None:
            yield Broken(
                "nobody fails", story.world.now, f"{task.name}: {type(task.error).__name__}: {task.error}"
            )
    if story.world.exhausted:
        yield Broken("nobody fails", story.world.now, "too many boundaries were passed")


INVARIANTS: tuple[Callable[[Story], Iterator[Broken]], ...] = (
    never_twice,
    calls_have_gates,
    only_applying_calls,
    limits_hold,
    nothing_is_lost,
    claims_are_given_back,
    nothing_is_altered,
    groups_end,
    endings_are_heard,
    gates_are_answered,
    accepted_are_over,
    nobody_fails,
)


def broken(story: Story) -> tuple[Broken, ...]:
    """Return what does not hold, in the order of time."""
    found = [one for invariant in INVARIANTS for one in invariant(story)]
    return tuple(sorted(found, key=lambda one: one.at))
