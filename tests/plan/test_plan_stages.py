"""Stages of one plan never contradict each other: what an earlier one brings leaves later ones standing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypothesis import given, settings
from plan_tools import PROCESS, WMS, Campaign, facts, plan_of
from plan_worlds import Given, likely_worlds, worlds

from cmcompile.model.event import (
    Abandoned,
    Accepted,
    Body,
    Cancelling,
    Claimed,
    Draft,
    Event,
    Rejected,
    Retired,
    SpecRef,
    Subject,
    Submitted,
    Superseded,
)
from cmcompile.model.ids import natural
from cmcompile.model.plan import GATED, Action, Item, Plan, StageName
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, LedgerState, Workflow
from cmcompile.plan.inputs import Facts, Key
from cmcompile.plan.standing import Judged, judged
from cmcompile.state.conflicts import in_conflict
from cmcompile.state.fold import fold

FACTS: Facts = facts({"now": "2026-11-20T20:00:00+00:00"})


def carried_out(world: Given, plan: Plan, *stages: StageName) -> LedgerState:
    """Return the ledger when some stages of a plan were carried out, as apply is to do it."""
    told = list(world.events)
    for stage in plan.stages:
        if stage.name in stages:
            for item in stage.items:
                told += written(world.made, fold(told), item, len(told))
    return fold(told)


def written(made: Campaign, state: LedgerState, item: Item, place: int) -> Iterator[Event]:
    subject = item.subject
    time = f"2026-11-21T{place // 3600:02}:{place // 60 % 60:02}:{place % 60:02}Z"
    record = state.groups.get((subject.step, subject.group or ""))
    workflows = () if record is None else record.workflows
    workflow = next((w for w in workflows if w.name == subject.workflow), None)
    for at, (about, body, claim) in enumerate(bodies(item, workflows, workflow)):
        draft = Draft(about, f"x{place}.{at}", time, "CI", body, claim, "", item.decision)
        yield Event(900 + place + at, draft)


def bodies(
    item: Item, workflows: tuple[Workflow, ...], workflow: Workflow | None
) -> Iterator[tuple[Subject, Body, str]]:
    subject, conditions = item.subject, item.preconditions
    group = Subject(subject.step, subject.group)
    names = tuple(conditions.get("judged", "").split(", "))
    if item.action is Action.ACCEPT:
        yield group, Accepted(names), ""
    elif item.action is Action.REJECT:
        yield group, Rejected(names, "bad"), ""
    elif item.action is Action.SUPERSEDE:
        last = natural(subject.workflow or "")
        every = (f"{w.group}@{w.name}" for w in workflows if natural(w.name) <= last)
        yield group, Superseded(tuple(every), "anew"), ""
    elif item.action is Action.ADOPT:
        new = Subject(*key(item), f"w{len(workflows):02}")
        yield new, adopted(conditions["output"]), "adopted"
        yield new, Submitted(conditions["run"]), "adopted"
    elif item.action is Action.RETIRE:
        yield subject, Retired("no room"), workflow.claim_id if workflow else ""
    elif workflow is not None:
        gave_up = Abandoned(conditions.get("gate"), "not there")
        yield subject, gave_up if item.action is Action.ABANDON else Cancelling("1"), workflow.claim_id


def adopted(output: str) -> Claimed:
    return Claimed("r", "p", output, "", WMS, "", SpecRef("", "", "", 0), PROCESS, adopted=True)


def key(item: Item) -> Key:
    return (item.subject.step, item.subject.group or "")


def judged_in(world: Given, state: LedgerState) -> Judged:
    return judged(world.made.inputs(state, FACTS))


def digests(items: Iterable[Item], *actions: Action) -> set[str]:
    return {item.digest for item in items if item.action in actions}


EARLY = (StageName.DECISIONS, StageName.ACCEPTANCE, StageName.REMOVAL)


@given(likely_worlds() | worlds())
@settings(max_examples=400)
def test_what_is_sent_is_to_be_sent_also_when_all_before_it_is_carried_out(world: Given) -> None:
    plan = plan_of(world.made, world.state, FACTS)
    found = judged_in(world, carried_out(world, plan, *EARLY))
    for item in plan.items():
        if item.action in GATED:
            position = found.positions[key(item)]
            assert position.standing.state is GroupState.READY, (item, position.standing)
            assert position.want is not None
            restart = position.want.restart
            assert item.subject.workflow == (restart.name if restart else None)


@given(likely_worlds() | worlds())
@settings(max_examples=400)
def test_decisions_leave_the_acceptance_and_the_collections_of_their_plan_as_they_are(world: Given) -> None:
    plan = plan_of(world.made, world.state, FACTS)
    state = carried_out(world, plan, StageName.DECISIONS)
    after = plan_of(world.made, state, FACTS)
    assert digests(plan.items(), Action.ACCEPT) <= digests(after.items(), Action.ACCEPT)
    chains = judged_in(world, world.state).chains, judged_in(world, state).chains
    for step in world.made.compilation.spec.steps:
        assert chains[0].desired(step.name) == chains[1].desired(step.name)


@given(likely_worlds() | worlds())
@settings(max_examples=400)
def test_no_decision_of_a_plan_is_refused_for_what_came_before_it(world: Given) -> None:
    plan = plan_of(world.made, world.state, FACTS)
    early = carried_out(world, plan, StageName.DECISIONS, StageName.ACCEPTANCE)
    after = plan_of(world.made, early, FACTS)
    assert digests(plan.items(), Action.RETIRE) <= digests(after.items(), Action.RETIRE)
    asked = {item.decision for item in plan.items() if item.action not in (Action.WAIT, Action.REFUSE)}
    refused = {item.decision for item in after.items() if item.action is Action.REFUSE}
    assert asked - {""} & refused == set()


@given(likely_worlds() | worlds())
@settings(max_examples=200)
def test_what_was_carried_out_is_not_planned_again(world: Given) -> None:
    plan = plan_of(world.made, world.state, FACTS)
    after = plan_of(world.made, carried_out(world, plan, *EARLY), FACTS)
    once = [Action.ACCEPT, Action.REJECT, Action.SUPERSEDE, Action.ABANDON, Action.ADOPT, Action.RETIRE]
    assert digests(plan.items(), *once) & digests(after.items(), *once) == set()


@given(likely_worlds() | worlds())
@settings(max_examples=300)
def test_each_group_goes_on_or_somebody_is_told_why_not(world: Given) -> None:
    """No group is stuck and silent: it is done, under way, in the plan, or another one goes on for it."""
    made, state = world.made, world.state
    plan = plan_of(made, state, FACTS)
    told = {key(item) for item in plan.items()}
    decided = {item.decision for item in plan.items() if item.decision}
    found = judged_in(world, state)
    for where, position in found.positions.items():
        standing = position.standing
        live = [w for w in in_conflict(state, *where, found.world.covers(where)) if w.live]
        if standing.reason is Reason.RESCUE_DECLARED:
            step, _, rescue = standing.detail.partition("/")
            assert (step, rescue) in told or found.positions[step, rescue].standing.next, standing
        elif standing.reason is Reason.DECIDED:
            assert decided, standing
        elif standing.state is GroupState.ACTIVE:
            assert live or where in told, standing
        elif standing.state in (GroupState.READY, GroupState.WAITING, GroupState.HELD, GroupState.REVIEW):
            assert where in told, standing
        elif standing.state in (GroupState.PARTIAL, GroupState.FAILED):
            covered = {(where[0], c) for c in found.world.covers(where)}
            assert told & {where, *covered}, standing
