"""How a campaign went, by its states: when it began, what was last heard, what happened in which week."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.production import Course, Member, Production, Span, Week
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, Workflow, WorkflowState
from cmcompile.model.status import CampaignStatus, StepStatus
from cmcompile.state.course import course_of

SENT = Workflow(
    "a", "1", "w00", WorkflowState.SUCCEEDED, live=False, run_id="7",
    begun_at="2026-11-01T23:00:00Z", gated_at="2026-11-02T01:00:00Z", since="2026-11-10T00:00:00Z",
)  # fmt: skip
GOOD = GroupRecord("a", "1", (SENT,), GroupState.ACCEPTED, ("w00",), since="2026-11-11T00:00:00Z")


def status(**steps: GroupState) -> CampaignStatus:
    return CampaignStatus("c", steps=tuple(StepStatus(name, {state: 1}) for name, state in steps.items()))


def state(*records: GroupRecord) -> LedgerState:
    return LedgerState({(record.step, record.group): record for record in records})


def test_a_campaign_that_is_done() -> None:
    found = course_of(status(a=GroupState.ACCEPTED), state(GOOD))
    assert found.whole == Span("c", "2026-11-01T23:00:00Z", "2026-11-11T00:00:00Z", over=True)
    assert found.steps == (replace(found.whole, name="a"),)
    # The 2nd of November 2026 is a Monday, and the claim of the night before counts for nothing.
    assert found.weeks == (Week("2026-11-02", 1, 0), Week("2026-11-09", 0, 1))


def test_what_was_never_sent_has_no_times_and_is_not_over() -> None:
    found = course_of(status(a=GroupState.READY, b=GroupState.ACCEPTED), state())
    assert (found.whole, found.weeks) == (Span("c"), ())
    assert [(step.name, step.over) for step in found.steps] == [("a", False), ("b", True)]


def test_a_step_of_the_ledger_alone_counts() -> None:
    found = course_of(status(b=GroupState.READY), state(GOOD))
    assert [(step.name, step.begun[:10], step.over) for step in found.steps] == [
        ("b", "", False),
        ("a", "2026-11-01", False),
    ]


def test_an_adopted_run_counts_when_it_was_taken_over_and_a_claim_alone_does_not() -> None:
    adopted = replace(SENT, gated_at="")
    claimed = replace(SENT, name="w01", run_id=None)
    found = course_of(
        status(a=GroupState.ACTIVE), state(replace(GOOD, workflows=(adopted, claimed), verdict=None))
    )
    assert found.weeks == (Week("2026-10-26", 1, 0),)


def test_a_time_that_is_none_is_left_out() -> None:
    found = course_of(status(a=GroupState.ACTIVE), state(replace(GOOD, since="soon", workflows=())))
    assert found.weeks == ()


@given(
    st.lists(st.lists(st.tuples(st.dates(), st.integers(0, 9), st.integers(0, 9)), max_size=5), max_size=4)
)
def test_weeks_of_a_production_add_up(members: list[list[tuple[object, int, int]]]) -> None:
    made = [
        Member(
            CampaignStatus(str(n)),
            course=Course(Span(str(n)), (), tuple(Week(str(d), s, a) for d, s, a in weeks)),
        )
        for n, weeks in enumerate(members)
    ]
    found = Production("p", tuple(made)).weeks
    assert [week.begins for week in found] == sorted({str(d) for weeks in members for d, _, _ in weeks})
    assert sum(week.submitted for week in found) == sum(s for weeks in members for _, s, _ in weeks)
    assert sum(week.accepted for week in found) == sum(a for weeks in members for _, _, a in weeks)
