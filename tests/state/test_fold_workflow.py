"""What the events of one workflow mean together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from state_events import (
    GATE,
    GIVEN_UP,
    PREPARE_FAILED,
    PREPARED,
    RESTART,
    RETIRED,
    SECOND,
    W00,
    abandoned,
    at,
    cancelling,
    claimed,
    event,
    folded,
    not_called,
    observed,
    outcome,
    review,
    seen,
    submitted,
    told,
    unknown,
)

from cmcompile.model.event import Accepted, Body, Retiring, Unreadable
from cmcompile.model.reason import Reason
from cmcompile.model.states import WorkflowState as S
from cmcompile.state.workflow import fold_workflow

Told = Body | tuple[str, Body]
CLAIMED = claimed()
ENDS = [S.SUCCEEDED, S.PARTIAL, S.FAILED, S.CANCELLED]


@pytest.mark.parametrize(
    ("bodies", "state", "live"),
    [
        ([CLAIMED], S.CLAIMED, True),
        ([CLAIMED, PREPARED], S.PREPARING, True),
        ([CLAIMED, PREPARE_FAILED], S.PREPARE_FAILED, False),
        ([CLAIMED, PREPARED, PREPARE_FAILED], S.PREPARE_FAILED, False),
        ([CLAIMED, GIVEN_UP], S.ABANDONED, False),
        ([CLAIMED, PREPARED, GIVEN_UP], S.ABANDONED, False),
        ([CLAIMED, PREPARED, GATE], S.SUBMITTING, True),
        ([CLAIMED, GATE], S.SUBMITTING, True),
        ([CLAIMED, GATE, not_called("e2")], S.ABANDONED, False),
        ([CLAIMED, GATE, unknown("e2")], S.UNKNOWN, True),
        ([CLAIMED, GATE, review()], S.UNKNOWN, True),
        ([CLAIMED, GATE, unknown("e2"), review()], S.UNKNOWN, True),
        ([CLAIMED, GATE, unknown("e2"), review(), abandoned("e2")], S.ABANDONED, False),
        ([CLAIMED, GATE, review(), abandoned("e2"), submitted("r1", "e2")], S.SUBMITTED, True),
        ([CLAIMED, GATE, unknown("e2"), submitted("r1", "e2")], S.SUBMITTED, True),
        ([CLAIMED, GATE, review(), not_called("e2")], S.ABANDONED, False),
        ([CLAIMED, GATE, submitted("r1", "e2")], S.SUBMITTED, True),
        ([claimed(adopted=True), submitted()], S.SUBMITTED, True),
        ([CLAIMED, GATE, submitted(), observed("running")], S.RUNNING, True),
        ([CLAIMED, GATE, submitted(), observed("held")], S.HELD, True),
        ([CLAIMED, GATE, submitted(), observed("running"), cancelling()], S.CANCELLING, True),
        ([CLAIMED, GATE, submitted(), cancelling(), observed("cancelled")], S.CANCELLED, False),
        ([CLAIMED, GATE, observed("running", "r1")], S.RUNNING, True),
        ([CLAIMED, GATE, observed("failed", "r1")], S.FAILED, False),
        ([CLAIMED, GATE, submitted(), observed("failed"), observed("running")], S.RUNNING, True),
        ([CLAIMED, GATE, submitted(), observed("failed"), RETIRED], S.RETIRED, False),
        ([CLAIMED, GATE, submitted(), observed("failed"), RETIRED, observed("running")], S.RUNNING, True),
        ([CLAIMED, GATE, review(), abandoned("e2"), RETIRED], S.RETIRED, False),
        ([CLAIMED, GATE, submitted(), observed("another word")], S.RUNNING, True),
    ],
)
def test_what_a_workflow_came_to(bodies: list[Told], state: S, live: bool) -> None:
    assert seen(folded(*bodies)) == (state, live)


@pytest.mark.parametrize("end", ENDS)
def test_each_end_of_a_run_is_over(end: S) -> None:
    assert seen(folded(CLAIMED, GATE, submitted(), observed(end.value))) == (end, False)


@pytest.mark.parametrize(
    ("bodies", "reason"),
    [
        ([CLAIMED, GATE, GATE], Reason.TWO_GATES),
        ([CLAIMED, GATE, GATE, not_called("e2")], Reason.TWO_GATES),
        ([CLAIMED, GATE, GATE, submitted("r1", "e2")], Reason.TWO_GATES),
        ([CLAIMED, GATE, GATE, submitted("r1", "e2"), observed("failed", "r1")], Reason.TWO_GATES),
        ([CLAIMED, GATE, submitted("r1", "another gate")], Reason.TWO_GATES),
        ([CLAIMED, GATE, submitted("r1"), submitted("r2")], Reason.TWO_RUNS),
        ([CLAIMED, GATE, submitted("r1"), submitted("r2"), observed("failed", "r1")], Reason.TWO_RUNS),
        ([CLAIMED, GATE, submitted("r1"), submitted("r2"), observed("failed")], Reason.TWO_RUNS),
        ([CLAIMED, GATE, submitted("r1"), observed("succeeded", "r2")], Reason.TWO_RUNS),
        ([CLAIMED, GATE, GIVEN_UP], Reason.GATE_ABANDONED_AS_CLAIM),
        ([CLAIMED, GIVEN_UP, GATE], Reason.GATE_ABANDONED_AS_CLAIM),
        ([CLAIMED, GATE, review()], Reason.NOT_FOUND),
        ([CLAIMED, ("x9", CLAIMED)], Reason.TWO_LIVE),
    ],
)
def test_what_contradicts_itself_is_looked_at_and_live(bodies: list[Told], reason: Reason) -> None:
    workflow = folded(*bodies)
    assert workflow.review is reason
    assert workflow.live
    assert workflow.used or reason is Reason.TWO_LIVE


def test_two_runs_are_over_when_both_have_ended_and_stay_in_review() -> None:
    both = folded(
        CLAIMED, GATE, submitted("r1"), submitted("r2"), observed("failed", "r1"), observed("failed", "r2")
    )
    assert seen(both) == (S.FAILED, False)
    assert both.review is Reason.TWO_RUNS
    assert both.detail == "runs r1, r2"


def test_two_gates_are_over_when_a_person_gave_up_both() -> None:
    both = folded(CLAIMED, GATE, GATE, abandoned("e2"), abandoned("e3"))
    assert seen(both) == (S.ABANDONED, False)
    assert both.review is None
    assert both.looked_up
    one = folded(CLAIMED, GATE, GATE, abandoned("e3"))
    assert one.live
    assert one.gate == "e2", "the gate that is left to be given up is named"


def test_a_gate_given_up_as_a_claim_is_freed_by_naming_it() -> None:
    assert seen(folded(CLAIMED, GATE, GIVEN_UP, abandoned("e2"))) == (S.ABANDONED, False)


def test_an_abandonment_of_another_gate_frees_nothing() -> None:
    workflow = folded(CLAIMED, GATE, review(), abandoned("e9"))
    assert seen(workflow) == (S.UNKNOWN, True)
    assert workflow.review is Reason.NOT_FOUND
    assert folded(CLAIMED, GATE, not_called("e9")).live


def test_submitted_beats_all_in_any_order() -> None:
    orders: list[list[Told]] = [
        [CLAIMED, GATE, abandoned("e2"), submitted("r1", "e2")],
        [CLAIMED, GATE, submitted("r1", "e2"), abandoned("e2")],
        [CLAIMED, GATE, submitted("r1", "e2"), not_called("e2")],
        [CLAIMED, GATE, submitted("r1", "e2"), review()],
        [CLAIMED, GATE, submitted("r1", "e2"), unknown("e2")],
        [CLAIMED, GATE, GIVEN_UP, submitted("r1", "e2")],
    ]
    for bodies in orders:
        workflow = folded(*bodies)
        assert seen(workflow) == (S.SUBMITTED, True)
        assert workflow.run_id == "r1"
        assert workflow.review is None
        assert not workflow.looked_up


def test_only_a_gate_uses_the_plans_item() -> None:
    assert not folded(CLAIMED).used
    assert not folded(CLAIMED, GIVEN_UP).used
    assert not folded(CLAIMED, PREPARE_FAILED).used
    assert not folded(CLAIMED, GATE, not_called("e2")).used
    assert folded(CLAIMED, GATE).used
    assert folded(CLAIMED, GATE, review(), abandoned("e2")).used
    assert folded(claimed(adopted=True), submitted()).used


def test_every_gate_without_a_run_is_looked_up_until_retired() -> None:
    assert not folded(CLAIMED).looked_up
    assert not folded(CLAIMED, GIVEN_UP).looked_up
    assert folded(CLAIMED, GATE).looked_up
    assert folded(CLAIMED, GATE, review()).looked_up
    assert folded(CLAIMED, GATE, review(), abandoned("e2")).looked_up
    assert not folded(CLAIMED, GATE, review(), abandoned("e2"), RETIRED).looked_up
    assert not folded(CLAIMED, GATE, not_called("e2")).looked_up
    assert not folded(CLAIMED, GATE, submitted()).looked_up


def test_retired_ends_nothing_that_is_live() -> None:
    assert seen(folded(CLAIMED, GATE, RETIRED)) == (S.SUBMITTING, True)
    assert folded(CLAIMED, GATE, RETIRED).looked_up
    assert seen(folded(CLAIMED, GATE, submitted(), observed("running"), RETIRED)) == (S.RUNNING, True)
    assert seen(folded(CLAIMED, RETIRED)) == (S.CLAIMED, True)


def test_a_late_submitted_does_not_undo_what_was_observed() -> None:
    workflow = folded(CLAIMED, GATE, observed("failed", "r1"), submitted("r1", "e2"))
    assert seen(workflow) == (S.FAILED, False)
    assert workflow.review is None
    assert seen(folded(CLAIMED, GATE, observed("running"), submitted("r1", "e2"))) == (S.RUNNING, True)


def test_a_fact_recorded_twice_counts_where_it_was_first() -> None:
    running = event(4, observed("running"), event_id="same")
    again = event(6, observed("running"), event_id="same", time=at(4))
    events = [*told(CLAIMED, GATE, submitted()), running, event(5, observed("failed")), again]
    assert fold_workflow(W00, events).state is S.FAILED


def test_since_is_when_the_state_was_entered() -> None:
    workflow = folded(CLAIMED, GATE, submitted(), observed("running"), observed("running"))
    assert workflow.since == at(4)
    assert workflow.claimed_at == at(1)
    assert folded(CLAIMED, GATE, review(), review()).since == at(3)


def test_what_is_said_is_of_the_state() -> None:
    assert folded(CLAIMED, PREPARE_FAILED).detail == "no graph"
    assert folded(CLAIMED, GATE, unknown("e2")).detail == "no reply"
    assert folded(CLAIMED, GATE, unknown("e2"), submitted()).detail == ""
    assert folded(CLAIMED, GATE, submitted(), observed("running")).wms_says == "RUNNING"


def test_the_outcome_is_that_of_the_last_end() -> None:
    one, other = outcome({"isr": 3}, [("isr", 1)]), outcome({"isr": 3})
    run: list[Told] = [CLAIMED, GATE, submitted()]
    assert folded(*run, observed("failed", outcome=one)).outcome == one
    assert folded(*run, observed("failed"), observed("failed", outcome=one)).outcome == one
    assert folded(*run, observed("failed", outcome=one), observed("failed")).outcome == one
    assert folded(*run, observed("failed", outcome=one), observed("running")).outcome is None
    assert folded(*run, observed("failed", outcome=one), observed("succeeded")).outcome is None
    again = folded(
        *run, observed("failed", outcome=one), observed("running"), observed("succeeded", outcome=other)
    )
    assert again.outcome == other


def test_a_run_that_runs_again_is_said_to_be_reopened() -> None:
    run: list[Told] = [CLAIMED, GATE, submitted(), observed("failed")]
    assert folded(*run).reopened == ""
    assert folded(*run, observed("running")).reopened == at(4)
    assert folded(*run, observed("running"), observed("failed")).reopened == ""


FAILED = (CLAIMED, GATE, submitted("r1", "e2"), observed("failed", "r1"))


def again(*bodies: Body) -> list[Told]:
    return [*FAILED, *((SECOND, body) for body in bodies)]


@pytest.mark.parametrize(
    ("bodies", "state", "live"),
    [
        (again(RESTART), S.CLAIMED, True),
        (again(RESTART, PREPARED), S.PREPARING, True),
        (again(RESTART, GIVEN_UP), S.FAILED, False),
        (again(RESTART, PREPARE_FAILED), S.FAILED, False),
        (again(RESTART, GATE), S.SUBMITTING, True),
        (again(RESTART, GATE, not_called("e6")), S.FAILED, False),
        (again(RESTART, GATE, unknown("e6")), S.UNKNOWN, True),
        (again(RESTART, GATE, review("restart_unseen")), S.UNKNOWN, True),
        (again(RESTART, GATE, review(), abandoned("e6")), S.ABANDONED, False),
        (again(RESTART, GATE, submitted("r1", "e6")), S.SUBMITTED, True),
        (again(RESTART, GATE, submitted("r1", "e6"), review("restart_unseen")), S.SUBMITTED, True),
        (again(RESTART, GATE, submitted("r1", "e6"), observed("running", "r1")), S.RUNNING, True),
        (again(RESTART, GATE, submitted("r1"), observed("succeeded", "r1")), S.SUCCEEDED, False),
        (again(RESTART, GATE, submitted("r2"), observed("succeeded", "r2")), S.SUCCEEDED, False),
        (again(RESTART, GATE, submitted("r2"), observed("succeeded")), S.SUCCEEDED, False),
    ],
)
def test_what_a_restart_came_to(bodies: list[Told], state: S, live: bool) -> None:
    assert seen(folded(*bodies)) == (state, live)


def test_what_is_observed_under_the_old_claim_does_not_end_a_restart() -> None:
    workflow = fold_workflow(W00, told(*again(RESTART, GATE), observed("failed", "r1")))
    assert seen(workflow) == (S.SUBMITTING, True)
    assert (workflow.claim_id, workflow.run_id, workflow.former_run_id) == (SECOND, None, "r1")
    assert workflow.looked_up
    assert workflow.restarts == 1
    late = folded(*again(RESTART, GATE, submitted("r1", "e6")), observed("failed", "r1"))
    assert seen(late) == (S.SUBMITTED, True)


def test_of_a_run_that_was_restarted_the_newest_claim_tells() -> None:
    laggard = [*again(RESTART, GATE, submitted("r1", "e6")), observed("running", "r1")]
    over = folded(*laggard, (SECOND, observed("failed", "r1")))
    assert seen(over) == (S.FAILED, False)
    assert over.review is None


def test_a_restart_given_up_lives_again_when_its_run_is_seen() -> None:
    given_up = again(RESTART, GATE, review(), abandoned("e6"))
    assert folded(*given_up).looked_up
    assert seen(folded(*given_up, observed("running", "r1"))) == (S.RUNNING, True)
    assert seen(folded(*given_up, (SECOND, observed("running", "r1")))) == (S.RUNNING, True)


def test_when_it_began_is_told_whatever_restarted_it() -> None:
    plain = folded(claimed(), GATE, submitted("r1"))
    assert plain.begun_at == plain.claimed_at == at(1)
    again_ = folded(claimed(), GATE, submitted("r1"), observed("failed"), (SECOND, RESTART), (SECOND, GATE))
    assert (again_.begun_at, again_.claimed_at) == (at(1), at(5))


def marked(mark: str) -> Body:
    return replace(GATE, former=mark)


def gate_seen(*bodies: Told) -> tuple[str | None, str, str]:
    workflow = folded(*bodies)
    return workflow.gate, workflow.gated_at, workflow.mark


def test_the_gate_tells_when_it_was_passed_and_the_mark_of_the_run_before() -> None:
    assert gate_seen(CLAIMED, PREPARED) == (None, "", "")
    assert gate_seen(CLAIMED, GATE) == ("e2", at(2), "")
    assert gate_seen(CLAIMED, GATE, submitted("r1", "e2"), observed("failed", "r1")) == ("e2", at(2), "")
    restart = again(RESTART, PREPARED, marked("m1"))
    assert gate_seen(*restart) == ("e7", at(7), "m1")
    assert gate_seen(*restart, (SECOND, unknown("e7"))) == ("e7", at(7), "m1")
    assert gate_seen(*restart, (SECOND, submitted("r1", "e7"))) == ("e7", at(7), "m1")


def test_until_its_own_gate_a_restart_has_no_mark() -> None:
    first: list[Told] = [CLAIMED, marked("m0"), submitted("r1", "e2"), observed("failed", "r1")]
    assert gate_seen(*first, (SECOND, RESTART)) == (None, "", "")
    given_back: list[Told] = [(SECOND, RESTART), (SECOND, marked("m1")), (SECOND, not_called("e6"))]
    assert gate_seen(*first, *given_back) == ("e2", at(2), "m0")


def test_of_two_gates_the_open_one_tells() -> None:
    two: list[Told] = [CLAIMED, marked("m1"), marked("m2")]
    assert gate_seen(*two) == ("e3", at(3), "m2")
    assert gate_seen(*two, abandoned("e3")) == ("e2", at(2), "m1")


def test_a_gate_that_is_only_spoken_of_has_no_time() -> None:
    assert gate_seen(CLAIMED, unknown("e9")) == ("e9", "", "")


def test_a_gate_given_twice_counts_where_it_was_first() -> None:
    events = [*told(CLAIMED, marked("m1")), event(4, marked("m2"), event_id="e2")]
    assert (fold_workflow(W00, events).gated_at, fold_workflow(W00, events).mark) == (at(2), "m1")


def test_a_removal_is_under_way_until_its_end_is_recorded() -> None:
    over: list[Told] = list(FAILED)
    assert not folded(*over).retiring
    assert folded(*over, Retiring()).retiring
    assert seen(folded(*over, Retiring())) == (S.FAILED, False)
    assert folded(*over, Retiring(), Retiring()).retiring
    assert not folded(*over, Retiring(), RETIRED).retiring
    assert not folded(*over, RETIRED).retiring
    assert folded(*over, Retiring(), RETIRED, observed("running", "r1"), Retiring()).retiring


def test_a_removal_is_of_the_workflow_whatever_its_claim() -> None:
    restarted = again(RESTART, GATE, submitted("r1", "e6"), observed("failed", "r1"))
    assert folded(*restarted, Retiring()).retiring
    assert not folded(*restarted, Retiring(), (SECOND, RETIRED)).retiring
    assert not folded(*restarted, (SECOND, Retiring()), RETIRED).retiring
    assert folded(*restarted, RETIRED, (SECOND, Retiring())).retiring


def test_a_restart_that_came_to_nothing_leaves_all_of_the_former_run() -> None:
    before, after = folded(*FAILED), folded(*again(RESTART, PREPARE_FAILED))
    assert (after.claim_id, after.run_id, after.outcome, after.since) == (
        (before.claim_id, before.run_id, before.outcome, before.since)
    )
    assert after.restarts == 0
    assert after.detail == "its restart was not made: no graph"


def test_a_second_restart_counts() -> None:
    third: list[Told] = [("c3", RESTART), ("c3", GATE)]
    workflow = folded(*again(RESTART, GATE, submitted("r1"), observed("failed", "r1")), *third)
    assert seen(workflow) == (S.SUBMITTING, True)
    assert workflow.restarts == 2


def test_an_unknown_gate_of_the_first_claim_is_not_forgotten_by_a_second() -> None:
    workflow = folded(
        CLAIMED,
        GATE,
        (SECOND, RESTART),
        (SECOND, GATE),
        (SECOND, submitted("r2")),
        (SECOND, observed("failed", "r2")),
    )
    assert workflow.live
    assert workflow.looked_up


def test_gaps_are_taken_for_the_worse() -> None:
    assert seen(folded(GATE)) == (S.SUBMITTING, True)
    assert seen(folded(unknown("g"))) == (S.UNKNOWN, True)
    assert seen(folded(submitted("r1", "g"))) == (S.SUBMITTED, True)
    assert seen(folded(abandoned("g"))) == (S.ABANDONED, False)
    assert folded(abandoned("g")).looked_up
    assert seen(folded(review())) == (S.CLAIMED, True)
    assert folded(GATE).claim is None


def test_a_removal_or_review_of_an_unknown_claim_ends_nothing() -> None:
    workflow = folded(
        CLAIMED, GATE, submitted(), observed("running"), ("x9", RETIRED), ("x9", review("foreign_run"))
    )
    assert seen(workflow) == (S.RUNNING, True)
    assert workflow.review is Reason.FOREIGN_RUN


@pytest.mark.parametrize("bodies", [[], [CLAIMED], list(FAILED), [*FAILED, RETIRED]])
def test_a_file_that_cant_be_read_makes_it_live_and_looked_at(bodies: list[Told]) -> None:
    bad = Unreadable("runs/step1/aa/3/w00/0007-observed.json", W00, "no JSON")
    workflow = fold_workflow(W00, told(*bodies), [bad])
    assert workflow.live
    assert workflow.review is Reason.UNREADABLE
    assert workflow.numbers == 7
    assert "0007-observed.json: no JSON" in workflow.detail
    assert workflow.state is not S.ABANDONED


def test_events_that_are_not_of_a_workflow_say_nothing_of_it() -> None:
    assert folded(CLAIMED, GATE, Accepted(())).state is S.SUBMITTING


def test_decisions_and_numbers_are_kept() -> None:
    events = [event(1, CLAIMED, decision="d1"), event(7, GATE, decision="d2")]
    workflow = fold_workflow(W00, events)
    assert workflow.decisions == {"d1", "d2"}
    assert workflow.numbers == 7
    assert str(workflow) == "step1/3@w00"


def test_a_review_of_a_run_that_may_be_live_counts_as_live_until_it_is_observed() -> None:
    run: list[Told] = [CLAIMED, GATE, submitted(), observed("failed")]
    asked = folded(*run, review("foreign_run"))
    assert (asked.live, asked.review) == (True, Reason.FOREIGN_RUN)
    looked = folded(*run, review("foreign_run"), observed("failed"))
    assert (looked.live, looked.review) == (False, None)
    other = folded(*run, review("outcome_missing"))
    assert (other.live, other.review) == (False, Reason.OUTCOME_MISSING)


def test_a_run_that_goes_on_after_its_removal_makes_outputs_again() -> None:
    gone: list[Told] = [CLAIMED, GATE, submitted(), observed("failed"), RETIRED]
    assert folded(*gone, observed("cancelled")).state is S.RETIRED
    assert folded(*gone, observed("running"), observed("failed")).state is S.FAILED
    assert (
        folded(CLAIMED, GATE, review(), abandoned("e2"), RETIRED, observed("failed", "r1")).state is S.FAILED
    )


def test_a_restart_that_is_observed_without_its_id_tells_of_the_former_run() -> None:
    late = folded(*again(RESTART, GATE), (SECOND, observed("failed")), observed("running", "r1"))
    assert seen(late) == (S.FAILED, False)


def test_a_restart_keeps_what_the_former_claims_used_and_left_open() -> None:
    assert folded(*again(RESTART)).used
    given_up = again(RESTART, GATE, review(), abandoned("e6"))
    third: list[Told] = [("c3", body) for body in (RESTART, GATE, submitted("r3"))]
    workflow = folded(*given_up, *third)
    assert seen(workflow) == (S.SUBMITTED, True)
    assert workflow.looked_up, "the run of the second claim may still appear"
    ended = folded(*given_up, *third, ("c3", observed("failed")))
    assert ended.looked_up
    assert not folded(*given_up, *third, ("c3", observed("failed")), ("c3", RETIRED)).looked_up


def test_an_unread_file_may_hold_a_gate() -> None:
    bad = Unreadable("runs/step1/aa/3/w00/0002-submitting.json", W00, "no JSON")
    assert fold_workflow(W00, told(CLAIMED), [bad]).looked_up
    assert not fold_workflow(W00, told(*FAILED), [bad]).looked_up
