"""Whether an item still holds, what is said when it does not, what is used, and what room there is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_world import Small, item

from cmcompile.apply.recheck import Recheck, Refusal, used
from cmcompile.apply.room import room
from cmcompile.model.applied import Moment, Told
from cmcompile.model.decision import Verb
from cmcompile.model.event import Accepted, Subject
from cmcompile.model.plan import Action, Item
from cmcompile.model.states import GroupState


def refused(small: Small, one: Item) -> Refusal | None:
    recheck = Recheck(small.scene.branch.newest.variant.source, small.clone.clock)
    return recheck.refuse(one, small.state, small.scene.branch.newest)


def test_what_was_just_planned_holds() -> None:
    small = Small()
    assert refused(small, item(small.plan(), Action.SUBMIT)) is None


def test_what_differs_is_named() -> None:
    small = Small()
    one = item(small.plan(), Action.SUBMIT)
    other = replace(one, preconditions={**one.preconditions, "definition": "x", "needs": "y"})
    found = refused(small, other)
    assert found is not None
    assert "definition was x, is " in found.why
    assert "needs was y, is none" in found.why
    assert not found.passing


def test_a_group_that_is_under_way_says_so() -> None:
    small = Small()
    one = item(small.plan(), Action.SUBMIT)
    small.apply()
    found = refused(small, one)
    assert found is not None
    assert "is active" in found.why


def test_a_hold_says_so() -> None:
    small = Small()
    one = item(small.plan(), Action.SUBMIT)
    small.decide(Verb.HOLD, None)
    found = refused(small, one)
    assert found is not None
    assert "Bob" in found.why
    assert not found.passing


def test_an_output_that_is_busy_may_pass() -> None:
    small = Small("collected")  # its groups share one output
    other = next(i for i in small.plan().items() if i.subject.group == "2")
    recheck = Recheck(small.scene.branch.newest.variant.source, small.clone.clock)
    found: list[Refusal | None] = []

    def hears(told: Told) -> None:
        if told.moment is Moment.CLAIMED and told.subject.group == "1":
            state = small.scene.views.of(small.scene.far.clone(), small.scene.far.at()).state
            found.append(recheck.refuse(other, state, small.scene.branch.newest))

    small.hears = hears
    small.apply()
    assert [refusal is not None and refusal.passing for refusal in found] == [True]


def test_nothing_asks_for_it() -> None:
    small = Small()
    one = replace(item(small.plan(), Action.SUBMIT), subject=Subject("a", "nobody"))
    found = refused(small, one)
    assert found is not None
    assert found.why == "nothing asks for it any more: submit a/nobody"


def test_a_state_is_judged_once_and_anew_after_a_minute() -> None:
    small = Small()
    recheck = Recheck(small.scene.branch.newest.variant.source, small.clone.clock)
    state, declaration = small.state, small.scene.branch.newest
    first = recheck.judged(state, declaration)
    assert recheck.judged(state, declaration) is first
    small.wait(61)
    assert recheck.judged(state, declaration) is not first, "a pause may begin"


# Used.


def test_a_submission_is_used_by_its_call() -> None:
    small = Small()
    one = item(small.plan(), Action.SUBMIT)
    assert used(one, small.state) is None
    small.apply()
    assert used(one, small.state) == "a/all@w00 is submitted"


@pytest.mark.parametrize("verb", [Verb.ACCEPT, Verb.REJECT, Verb.SUPERSEDE, Verb.RETIRE])
def test_a_decision_is_used_once_it_is_carried_out(verb: Verb) -> None:
    small = Small()
    small.run_to_end("failed")
    small.decide(verb, Subject("a", "all", "w00"))
    plan = small.plan()
    (one,) = (i for i in plan.items() if i.decision)
    assert used(one, small.state) is None
    small.apply(plan)
    assert used(one, small.state) is not None


def test_a_cancellation_is_used_when_the_run_is_over() -> None:
    small = Small()
    small.apply()
    small.decide(Verb.CANCEL, Subject("a", "all", "w00"))
    plan = small.plan()
    one = item(plan, Action.CANCEL)
    small.apply(plan)
    assert used(one, small.state) is None, "the run goes on: it may be asked again"
    small.wait()
    small.refresh()
    assert used(one, small.state) is not None


def test_acceptance_by_a_rule_is_used_by_its_verdict() -> None:
    small = Small()
    small.run_to_end("succeeded")
    one = item(small.plan(), Action.ACCEPT)
    assert used(one, small.state) is None
    small.write(Accepted(("all@w00",)), subject=Subject("a", "all"))
    assert used(one, small.state) == "it is accepted"
    assert small.record().verdict is GroupState.ACCEPTED


def test_a_chain_is_used_when_it_holds_the_same() -> None:
    small = Small("collected")
    small.apply()
    small.wait()
    small.refresh()
    for one in [i for i in small.plan().items() if i.action is Action.ACCEPT]:
        small.write(Accepted(tuple(one.preconditions["judged"].split(", "))), subject=one.subject)
    plan = small.plan()
    (chain,) = (i for i in plan.items() if i.action is Action.CHAIN and i.subject.step == "a")
    assert used(chain, small.state) is None
    small.apply(plan)
    assert used(chain, small.state) == "u/a was made"


# Room.


def test_room_counts_what_is_being_submitted() -> None:
    small = Small("collected")  # limits.submitting is 1
    recheck = Recheck(small.scene.branch.newest.variant.source, small.clone.clock)
    found: list[str | None] = []

    def hears(told: object) -> None:
        state = small.scene.views.of(small.scene.far.clone(), small.scene.far.at()).state
        world = recheck.judged(state, small.scene.branch.newest).world
        found.append(room(world, ("a", "2")))

    small.hears = hears
    small.apply()
    assert "campaign: 1 of 1 are being submitted" in found
    assert None in found
    small.hears = lambda told: None
    world = recheck.judged(small.state, small.scene.branch.newest).world
    assert room(world, ("a", "2")) is None


def test_no_limit_leaves_room() -> None:
    small = Small()
    recheck = Recheck(small.scene.branch.newest.variant.source, small.clone.clock)
    assert room(recheck.judged(small.state, small.scene.branch.newest).world, ("a", "all")) is None
