"""Workflows of several groups that share data."""

from __future__ import annotations

from state_events import (
    GATE,
    abandoned,
    at,
    claimed,
    event,
    observed,
    of,
    review,
    submitted,
    told,
    unknown,
)

from cmcompile.model.event import Accepted, Body, Event, Rejected, Subject, Superseded
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, LedgerState, Workflow
from cmcompile.state.conflicts import conflict_groups, counting, in_conflict, own_and_covering, unjudged
from cmcompile.state.fold import assemble, fold


def run(
    group: str,
    name: str,
    *ends: str,
    covers: tuple[str, ...] = (),
    start: int = 1,
    builds_on: tuple[str, ...] = (),
) -> list[Event]:
    """Return the events of a run that was claimed at ``start`` and then seen in some states."""
    bodies: list[Body] = [
        claimed(covers, builds_on=builds_on),
        GATE,
        submitted(),
        *(observed(end) for end in ends),
    ]
    events = [
        event(e.number, e.draft.body, event_id=e.draft.id, time=at(start + i))
        for i, e in enumerate(told(*bodies))
    ]
    return of(group, name, events)


def state_of(*events: list[Event]) -> LedgerState:
    return fold([e for some in events for e in some])


def names(workflows: tuple[Workflow, ...]) -> list[str]:
    return [f"{w.group}@{w.name}" for w in workflows]


def of_group(group: str, body: Body, number: int = 50) -> list[Event]:
    subject = Subject("step1", group)
    return [event(number, body, claim="", subject=subject, event_id=f"{group}{number}")]


def reviews(state: LedgerState) -> dict[str, Reason]:
    return {group: r.review for (_, group), r in state.groups.items() if r.review is not None}


TWO = ("1", "2")


def test_covering_rescues_count_for_what_they_cover_in_the_order_of_their_claims() -> None:
    state = state_of(
        run("1", "w00", "failed"),
        run("1", "w01", "failed", start=6),
        run("2", "w00", "failed"),
        run("b.1", "w00", "failed", covers=TWO, start=12),
        run("a.1", "w00", "failed", covers=TWO, start=20),
        run("c.1", "w00", "failed", covers=("2",), start=30),
    )
    assert state.covering["step1", "1"] == ("a.1", "b.1")
    assert names(counting(state, "step1", "1")) == ["1@w00", "1@w01", "b.1@w00", "a.1@w00"]
    assert names(counting(state, "step1", "2")) == ["2@w00", "b.1@w00", "a.1@w00", "c.1@w00"]
    assert names(own_and_covering(state, "step1", "c.1")[0]) == ["c.1@w00"]
    assert counting(state, "step1", "9") == ()


def test_each_workflow_of_a_rescue_covers_what_its_own_claim_says() -> None:
    state = state_of(
        run("1", "w00", "failed"),
        run("fix.1", "w00", "failed", covers=TWO, start=10),
        run("fix.1", "w01", "failed", covers=("2",), start=20, builds_on=("out",)),
    )
    assert names(counting(state, "step1", "1")) == ["1@w00", "fix.1@w00"]
    assert names(counting(state, "step1", "2")) == ["fix.1@w00", "fix.1@w01"]


def test_a_rescue_sent_again_replaces_what_it_does_not_build_on() -> None:
    first = run("fix.1", "w00", "failed", covers=TWO, start=10)
    anew = run("fix.1", "w01", "failed", covers=("2",), start=20)
    state = state_of(run("1", "w00", "failed"), first, anew)
    assert names(counting(state, "step1", "1")) == ["1@w00", "fix.1@w00"]
    assert names(counting(state, "step1", "2")) == ["fix.1@w01"]
    under_way = run("fix.1", "w01", covers=TWO, start=20)
    assert names(counting(state_of(first, under_way), "step1", "2")) == ["fix.1@w00", "fix.1@w01"]


def test_a_rejected_rescue_gives_nothing() -> None:
    rescue = run("fix.1", "w00", "succeeded", covers=("1",), start=10)
    bad = of_group("fix.1", Rejected(("fix.1@w00",), "bad"))
    state = state_of(run("1", "w00", "failed"), rescue, bad)
    assert names(counting(state, "step1", "1")) == ["1@w00"]
    assert names(in_conflict(state, "step1", "1")) == ["1@w00", "fix.1@w00"]
    assert names(counting(state, "step1", "fix.1")) == ["fix.1@w00"]


def test_a_run_found_after_it_was_given_up_stops_its_group() -> None:
    gate = "1w00e2"
    given_up: list[Body] = [claimed(), GATE, unknown(gate), abandoned(gate), submitted("r9", gate)]
    late = of("1", "w00", told(*given_up))
    assert reviews(state_of(late)) == {}
    assert reviews(state_of(late, run("1", "w01", "failed", start=9))) == {"1": Reason.LATE_RUN}
    rescue = run("fix.1", "w00", "failed", covers=("1",), start=9)
    assert reviews(state_of(late, rescue)) == {"1": Reason.LATE_RUN}
    accepted = of_group("1", Accepted(("1@w01",)))
    anew = run("1", "w01", "succeeded", start=9)
    state = state_of(late, anew, accepted)
    assert reviews(state) == {"1": Reason.LATE_RUN}
    assert state.groups["step1", "1"].detail == "1@w00"
    over = of("1", "w00", told(*given_up, observed("failed", "r9")))
    assert reviews(state_of(over, anew, accepted)) == {}
    both = state_of(late, run("1", "w01", start=9))
    assert reviews(both) == {"1": Reason.TWO_LIVE}


def test_superseded_workflows_do_not_count_and_stay_in_conflict() -> None:
    state = state_of(
        run("1", "w00", "failed"),
        run("fix.1", "w00", "failed", covers=("1",), start=9),
        of_group("fix.1", Superseded(("fix.1@w00",), "anew")),
    )
    assert names(counting(state, "step1", "1")) == ["1@w00"]
    assert names(in_conflict(state, "step1", "1")) == ["1@w00", "fix.1@w00"]


def test_in_conflict_is_what_shares_data() -> None:
    state = state_of(
        run("1", "w00", "failed"),
        run("2", "w00", "failed"),
        run("3", "w00", "failed"),
        run("a.1", "w00", "failed", covers=TWO, start=9),
        run("b.1", "w00", "failed", covers=("2", "3"), start=15),
    )
    assert conflict_groups(state, "step1", "1") == {"1", "a.1"}
    assert conflict_groups(state, "step1", "2") == {"2", "a.1", "b.1"}
    assert conflict_groups(state, "step1", "a.1") == {"a.1", "b.1", "1", "2"}
    assert conflict_groups(state, "step1", "new.1", ("3",)) == {"new.1", "3", "b.1"}, (
        "what the spec says is added"
    )
    assert conflict_groups(state, "step1", "a.1", ("3",)) == {"a.1", "b.1", "1", "2", "3"}
    assert names(in_conflict(state, "step1", "new.1", ["1"])) == ["1@w00", "a.1@w00"]
    assert conflict_groups(state, "step2", "1") == {"1"}


def test_covers_of_an_abandoned_claim_are_still_in_conflict() -> None:
    given_up = of("fix.1", "w00", told(claimed(("1",)), GATE))
    state = state_of(run("1", "w00", "failed"), given_up)
    assert names(in_conflict(state, "step1", "1")) == ["1@w00", "fix.1@w00"]


def test_one_live_workflow_is_no_conflict() -> None:
    state = state_of(run("1", "w00", "failed"), run("2", "w00"), run("fix.1", "w00", covers=("1",), start=9))
    assert reviews(state) == {}


def test_two_live_workflows_of_one_group_are_looked_at() -> None:
    state = state_of(run("1", "w00"), run("1", "w01"), run("2", "w00"))
    assert reviews(state) == {"1": Reason.TWO_LIVE}
    record = state.groups["step1", "1"]
    assert record.detail == "1@w00, 1@w01"
    assert record.alone is not None
    assert record.alone.review is None


def test_a_rescue_and_what_it_covers_must_not_both_be_live() -> None:
    state = state_of(run("1", "w00"), run("2", "w00", "failed"), run("fix.1", "w00", covers=TWO))
    assert reviews(state) == {"1": Reason.TWO_LIVE, "fix.1": Reason.TWO_LIVE}


def test_two_rescues_that_cover_one_group_must_not_both_be_live() -> None:
    state = state_of(
        run("1", "w00", "failed"), run("a.1", "w00", covers=("1",)), run("b.1", "w00", covers=("1", "2"))
    )
    assert reviews(state) == dict.fromkeys(("1", "a.1", "b.1"), Reason.TWO_LIVE)


def test_groups_of_other_steps_are_no_conflict() -> None:
    state = state_of(run("1", "w00"), of("1", "w00", told(claimed(), GATE), step="step2"))
    assert reviews(state) == {}


def test_a_conflict_is_gone_when_one_has_ended() -> None:
    before = state_of(run("1", "w00"), run("fix.1", "w00", covers=("1",)))
    ended = state_of(run("fix.1", "w00", "failed", covers=("1",)))
    records = [before.groups["step1", "1"], ended.groups["step1", "fix.1"]]
    after = assemble(records, ())
    assert reviews(before) != {}
    assert reviews(after) == {}
    assert after == state_of(run("1", "w00"), run("fix.1", "w00", "failed", covers=("1",)))


def test_a_review_of_its_own_is_not_replaced_by_a_conflict() -> None:
    foreign = of_group("1", review("foreign_run"))
    state = state_of(run("1", "w00"), run("1", "w01"), foreign)
    assert reviews(state) == {"1": Reason.FOREIGN_RUN}


def test_a_reopened_run_is_looked_at_where_another_was_used_since() -> None:
    reopened = run("1", "w00", "failed", "running")
    assert reviews(state_of(reopened)) == {}
    later = run("1", "w01", "succeeded", start=30)
    assert reviews(state_of(reopened, later)) == {"1": Reason.REOPENED}
    rescue = run("fix.1", "w00", "succeeded", covers=("1",), start=30)
    assert reviews(state_of(reopened, rescue)) == {"1": Reason.REOPENED}
    assert state_of(reopened, rescue).groups["step1", "1"].detail == "1@w00"
    unused = of("1", "w01", told(claimed()))[:1]
    assert Reason.REOPENED not in reviews(state_of(reopened, unused)).values()


def test_what_was_used_before_a_run_reopened_is_no_conflict() -> None:
    first = run("1", "w00", "failed")
    rescue = run("fix.1", "w00", "failed", "running", covers=("1",), start=20)
    assert reviews(state_of(first, rescue)) == {}


def test_a_reopened_run_of_an_accepted_group_is_looked_at() -> None:
    judged = of_group("1", Accepted(("1@w00", "fix.1@w00")))
    first = run("1", "w00", "failed")
    rescue = run("fix.1", "w00", "failed", "running", covers=("1",), start=20)
    state = state_of(first, rescue, judged)
    assert state.groups["step1", "1"].verdict is GroupState.ACCEPTED
    assert reviews(state) == {"1": Reason.REOPENED}
    assert reviews(state_of(run("1", "w00", "failed", "running"), judged)) == {"1": Reason.REOPENED}


def test_what_a_verdict_did_not_judge() -> None:
    first = run("1", "w00", "partial")
    judged = of_group("1", Accepted(("1@w00",)))
    rescue = run("fix.1", "w00", "succeeded", covers=("1",), start=60)
    assert unjudged(state_of(first, judged), "step1", "1") == ()
    assert names(unjudged(state_of(first, judged, rescue), "step1", "1")) == ["fix.1@w00"]
    assert unjudged(state_of(first), "step1", "1") == ()
    assert unjudged(state_of(first), "step1", "7") == ()
