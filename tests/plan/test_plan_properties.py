"""What holds for every plan, whatever the ledger says: campaigns with rescues, and any events at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from plan_tools import Campaign, facts, plan_of
from plan_worlds import Given, worlds

from cmcompile.model.plan import GATED, IDLE, Action, Item, Plan
from cmcompile.model.states import GroupState, LedgerState
from cmcompile.plan.document import from_document, to_document
from cmcompile.plan.inputs import Facts, Key
from cmcompile.plan.items import canonical
from cmcompile.plan.standing import standings
from cmcompile.state.conflicts import in_conflict
from cmcompile.state.moves import RULES, refusal

FACTS: Facts = facts({"now": "2026-11-20T20:00:00+00:00"})


def gated(plan: Plan) -> list[Item]:
    return [item for item in plan.items() if item.action in GATED]


def key(item: Item) -> Key:
    return (item.subject.step, item.subject.group or "")


def covers(made: Campaign, of: Key) -> tuple[str, ...]:
    return next((d.group.covers for d in made.declared if d.key == of), ())


def touched(made: Campaign, state: LedgerState, of: Key) -> set[Key]:
    """Return the first-pass groups whose data a group works on, by spec and ledger."""
    record = state.groups.get(of)
    found = set(covers(made, of))
    for workflow in record.workflows if record else ():
        found |= set(workflow.claim.covers if workflow.claim else ())
    return {(of[0], group) for group in found} or {of}


@given(worlds())
@settings(max_examples=150)
def test_planning_twice_gives_the_same_bytes(world: Given) -> None:
    made, state = world.made, world.state
    first, second = (plan_of(made, state, FACTS) for _ in range(2))
    assert canonical(to_document(first)) == canonical(to_document(second))
    assert from_document(to_document(first)) == first
    groups = dict(reversed(list(state.groups.items())))
    turned = replace(state, groups=groups, covering=dict(reversed(list(state.covering.items()))))
    assert plan_of(made, turned, FACTS) == first


@given(worlds())
@settings(max_examples=300)
def test_no_workflow_is_started_beside_another_over_its_data(
    world: Given,
) -> None:
    made, state = world.made, world.state
    plan = plan_of(made, state, FACTS)
    taken: set[Key] = set()
    for item in gated(plan):
        mine = touched(made, state, key(item))
        assert not taken & mine, item
        taken |= mine
        rivals = in_conflict(state, *key(item), covers(made, key(item)))
        assert [w for w in rivals if w.live] == [], item


@given(worlds())
@settings(max_examples=300)
def test_every_action_is_legal(world: Given) -> None:
    made, state = world.made, world.state
    declared = {d.key for d in made.declared}
    decided = {d.id: d for d in made.decisions}
    for item in plan_of(made, state, FACTS).items():
        record = state.groups.get(key(item))
        if item.action in IDLE or item.action is Action.CHAIN:
            continue
        others = [
            w
            for w in in_conflict(state, *key(item), covers(made, key(item)))
            if w.group != item.subject.group
        ]
        if item.decision:
            decision = decided[item.decision]
            named = decision.subject.workflow if decision.subject else None
            workflow = next((w for w in (record.workflows if record else ()) if w.name == named), None)
            assert refusal(decision.verb, record, workflow, others=others, gate=decision.gate) is None, item
        elif item.action is Action.ACCEPT:
            assert record is not None
            rule = RULES[next(v for v in RULES if v.value == "accept")]
            newest = [w for w in record.counting if w.used][-1]
            assert newest.state in rule.states
            assert refusal(rule.verb, record, newest, item.state, others=others) is None, item
        else:
            assert item.action in GATED
            assert key(item) in declared
            assert record is None or (record.verdict is not GroupState.ACCEPTED and record.review is None)


@given(worlds())
@settings(max_examples=150)
def test_limits_are_kept(world: Given) -> None:
    made, state = world.made, world.state
    plan = plan_of(made, state, FACTS)
    live = [(r.step, r.group) for r in state.groups.values() for _ in r.live]
    sent = [key(item) for item in gated(plan)]
    spec = made.compilation.spec
    limits: list[tuple[int | None, Any]] = [(spec.pace.running, lambda k: True)]
    for step in spec.steps:
        limits.append((step.pace.running, lambda k, s=step.name: k[0] == s))
        for rescue in step.rescues:
            prefix = f"{rescue.name}."
            limits.append(
                (rescue.pace.running, lambda k, s=step.name, p=prefix: k[0] == s and k[1].startswith(p))
            )
    for most, counts in limits:
        before, more = sum(map(counts, live)), sum(map(counts, sent))
        assert most is None or not more or before + more <= most


@given(worlds(), st.data())
@settings(max_examples=150)
def test_only_chosen_groups_are_acted_on(world: Given, data: st.DataObject) -> None:
    made, state = world.made, world.state
    every = sorted({d.key for d in made.declared} | set(state.groups))
    chosen = set(data.draw(st.lists(st.sampled_from(every), unique=True)))
    limit = data.draw(st.none() | st.integers(0, 2))
    plan = plan_of(made, state, FACTS, chosen=chosen, limit=limit)
    for item in plan.items():
        if item.action in IDLE:
            continue
        if item.subject.group is None:
            assert {d.key for d in made.declared if d.group.step == item.subject.step} <= chosen
        else:
            assert key(item) in chosen, item
    assert limit is None or len(gated(plan)) <= limit


@given(worlds())
@settings(max_examples=150)
def test_a_rescue_goes_when_all_that_it_covers_has_ended(
    world: Given,
) -> None:
    made, state = world.made, world.state
    for item in gated(plan_of(made, state, FACTS)):
        if item.action is not Action.RESCUE:
            continue
        for covered in touched(made, state, key(item)):
            assert any(w.used and not w.live for w in state.groups[covered].workflows), item


@given(worlds())
@settings(max_examples=150)
def test_every_group_stands_somewhere_and_ready_is_what_is_sent(
    world: Given,
) -> None:
    made, state = world.made, world.state
    seen = standings(made.inputs(state, FACTS))
    assert set(seen) == {d.key for d in made.declared} | set(state.groups)
    plan = plan_of(made, state, FACTS)
    refused = {key(i) for i in plan.items() if i.action is Action.REFUSE and not i.decision}
    ready = {k for k, s in seen.items() if s.state is GroupState.READY}
    sent = {key(i) for i in gated(plan)}
    assert ready - sent <= refused
    # What is refused leaves its room to others.
    assert sent <= ready or refused


@given(worlds())
@settings(max_examples=150)
def test_items_are_told_apart_by_their_digests(world: Given) -> None:
    made, state = world.made, world.state
    acting = [i for i in plan_of(made, state, FACTS).items() if i.action not in IDLE]
    assert len({i.digest for i in acting}) == len(acting)
