"""What the ledger says of a group by itself, and of a step."""

from __future__ import annotations

import pytest
from state_events import (
    GATE,
    GIVEN_UP,
    PREPARE_FAILED,
    RESTART,
    RETIRED,
    SECOND,
    at,
    claimed,
    event,
    observed,
    of,
    review,
    submitted,
    told,
)

from cmcompile.model.event import (
    Accepted,
    Body,
    Chained,
    Chaining,
    Event,
    Rejected,
    Retiring,
    Subject,
    Superseded,
    Unreadable,
)
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, GroupState
from cmcompile.state.group import fold_group
from cmcompile.state.step import fold_step

GROUP = Subject("step1", "3")
RUN = (claimed(), GATE, submitted("r1", "e2"), observed("partial"))


def of_group(*bodies: Body, start: int = 10, decision: str = "") -> list[Event]:
    return [
        event(n, body, claim="", subject=GROUP, event_id=f"g{n}", decision=decision)
        for n, body in enumerate(bodies, start)
    ]


def record(*events: list[Event]) -> GroupRecord:
    return fold_group("step1", "3", [e for some in events for e in some])


def workflow(name: str, *bodies: Body | tuple[str, Body], start: int = 1) -> list[Event]:
    """Return the events of another workflow of the group; the times go on from ``start``."""
    moved = [
        event(e.number, e.draft.body, claim=e.draft.claim, event_id=e.draft.id, time=at(start + i))
        for i, e in enumerate(told(*bodies))
    ]
    return of("3", name, moved)


ACCEPTED = Accepted(("3@w00",), "good enough")
REJECTED = Rejected(("3@w00",), "bad seeing")


def test_workflows_are_in_the_order_of_their_names() -> None:
    found = record(*(workflow(name, claimed(), GIVEN_UP) for name in ("w100", "w02", "w10")))
    assert [w.name for w in found.workflows] == ["w02", "w10", "w100"]
    assert found.verdict is None
    assert found.live == ()


def test_the_newest_verdict_counts() -> None:
    found = record(told(*RUN), of_group(ACCEPTED, REJECTED))
    assert (found.verdict, found.judged, found.detail) == (GroupState.REJECTED, ("3@w00",), "bad seeing")
    assert found.since == at(11)
    assert record(told(*RUN), of_group(REJECTED, ACCEPTED)).verdict is GroupState.ACCEPTED


@pytest.mark.parametrize("verdict", [ACCEPTED, REJECTED])
def test_a_later_workflow_makes_a_verdict_void(verdict: Body) -> None:
    later = workflow("w01", claimed(), start=20)
    assert record(told(*RUN), of_group(verdict), later).verdict is None
    assert record(told(*RUN), of_group(verdict), workflow("w01", *RUN, start=20)).verdict is None


@pytest.mark.parametrize("end", [GIVEN_UP, PREPARE_FAILED])
def test_a_later_claim_that_came_to_nothing_leaves_the_verdict(end: Body) -> None:
    later = workflow("w01", claimed(), end, start=20)
    assert record(told(*RUN), of_group(REJECTED), later).verdict is GroupState.REJECTED


def test_a_later_verdict_names_the_later_workflow() -> None:
    found = record(told(*RUN), workflow("w01", *RUN, start=5), of_group(Accepted(("3@w00", "3@w01"))))
    assert found.verdict is GroupState.ACCEPTED


@pytest.mark.parametrize("verdict", [ACCEPTED, REJECTED])
def test_a_later_workflow_whose_outputs_were_removed_leaves_the_verdict(verdict: Body) -> None:
    # A rescue may have made good what the first workflow lacks: the second is named by no verdict any more.
    again = (claimed(), GATE, submitted("r2", "3w01e2"), observed("partial"))
    removed = workflow("w01", *again, RETIRED, start=5)
    assert record(told(*RUN), removed, of_group(verdict)).verdict is not None
    begun = workflow("w01", *again, Retiring(), start=5)
    assert record(told(*RUN), begun, of_group(verdict)).verdict is None


def test_a_restart_after_a_verdict_makes_it_void() -> None:
    restart = [event(n, body, claim=SECOND, time=at(30)) for n, body in ((5, RESTART), (6, GATE))]
    assert record(told(*RUN), of_group(REJECTED), restart).verdict is None
    bodies: tuple[Body, ...] = (RESTART, GATE, submitted("r1"), observed("succeeded"))
    ended = [event(n, body, claim=SECOND, time=at(30)) for n, body in enumerate(bodies, 5)]
    assert record(told(*RUN), of_group(REJECTED), ended).verdict is None
    vain = [event(n, body, claim=SECOND, time=at(30)) for n, body in ((5, RESTART), (6, GIVEN_UP))]
    assert record(told(*RUN), of_group(REJECTED), vain).verdict is GroupState.REJECTED


def test_a_run_that_is_seen_running_again_leaves_the_verdict() -> None:
    found = record(told(*RUN, observed("running")), of_group(ACCEPTED))
    assert found.verdict is GroupState.ACCEPTED
    assert found.live


def test_superseded_workflows_count_no_more() -> None:
    superseded = Superseded(("3@w00", "fix.1@w00"), "other masks")
    found = record(told(*RUN), of_group(ACCEPTED, superseded))
    assert found.superseded == {"w00"}
    assert found.counting == ()
    assert found.verdict is None, "what it judged counts no more"
    anew = record(
        told(*RUN), workflow("w01", *RUN, start=20), of_group(superseded, Accepted(("3@w01",)), start=30)
    )
    assert [w.name for w in anew.counting] == ["w01"]
    assert anew.verdict is GroupState.ACCEPTED


def test_a_review_stands_until_something_is_decided() -> None:
    asked = review("input_rejected")
    found = record(told(*RUN), of_group(ACCEPTED, asked))
    assert (found.verdict, found.review) == (GroupState.ACCEPTED, Reason.INPUT_REJECTED)
    assert (found.detail, found.since) == ("look", at(11))
    for decided in (ACCEPTED, REJECTED, Superseded(("3@w00",), "anew")):
        assert record(told(*RUN), of_group(asked, decided)).review is None
    assert record(of_group(review("what is this"))).review is Reason.REVIEW_ASKED


def test_a_review_is_answered_by_a_claim_that_a_decision_asked_for() -> None:
    foreign = of_group(review("foreign_run"), start=5)
    adopted = [event(1, claimed(adopted=True), decision="d1", time=at(9)), event(2, submitted(), time=at(9))]
    assert record(foreign, adopted).review is None
    earlier = [event(1, claimed(), decision="d1", time=at(1))]
    assert record(foreign, earlier).review is Reason.FOREIGN_RUN
    undecided = [event(1, claimed(), time=at(9))]
    assert record(foreign, undecided).review is Reason.FOREIGN_RUN


def test_decisions_are_those_of_the_group_and_of_its_workflows() -> None:
    events = [
        *of_group(REJECTED, decision="d1"),
        event(1, claimed(), decision="d2"),
        *workflow("w01", claimed()),
    ]
    assert fold_group("step1", "3", events).decisions == {"d1", "d2"}


def test_a_file_of_the_group_that_cant_be_read_is_looked_at() -> None:
    bad = Unreadable("groups/step1/aa/3/0002-accepted.json", GROUP, "no JSON")
    found = fold_group("step1", "3", told(*RUN), [bad])
    assert found.review is Reason.UNREADABLE
    assert not found.live
    only = Unreadable("runs/step1/aa/3/w07/0001-claimed.json", Subject("step1", "3", "w07"), "no JSON")
    found = fold_group("step1", "3", told(*RUN), [only])
    assert [(w.name, w.live) for w in found.workflows] == [("w00", False), ("w07", True)]


def of_step(*bodies: Body) -> list[Event]:
    return [event(n, body, claim="", subject=Subject("step1")) for n, body in enumerate(bodies, 1)]


def test_a_step_is_what_was_chained_last() -> None:
    begun, made = Chaining("u/c", "digest"), Chained("u/c", ("2@w00", "1@w00"))
    assert not fold_step("step1", []).chaining
    assert fold_step("step1", of_step(begun)).chaining
    found = fold_step("step1", of_step(begun, made))
    assert (found.collection, found.chained, found.chaining) == ("u/c", ("2@w00", "1@w00"), False)
    again = fold_step("step1", of_step(begun, made, begun))
    assert again.chaining
    assert again.chained == ("2@w00", "1@w00")
    assert fold_step("step1", of_step(begun, made, RETIRED)).retired
    assert not fold_step("step1", of_step(begun, made, RETIRED, begun, made)).retired


def test_where_a_file_of_a_step_cant_be_read_its_collection_is_made_again() -> None:
    bad = Unreadable("steps/step1/0002-chained.json", Subject("step1"), "no JSON")
    assert fold_step("step1", of_step(Chained("u/c", ())), [bad]).chaining
