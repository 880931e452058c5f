"""What is measured of a workflow changes nothing of where it stands."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from state_events import GATE, RESTART, W00, claimed, event, observed, submitted
from state_junk import drafts, events_of, of_workflow, workflow_subjects

from cmcompile.model.event import Body, Draft, Event, Measured, Subject
from cmcompile.model.usage import Spread, TaskUsage
from cmcompile.state.workflow import fold_workflow

ONE = Spread(1000, 1000, 1000)
AT = "2026-11-20T08:00:00Z"
MEASURED = Measured("butler", (TaskUsage("isr", 4, 4, ONE, ONE, 4000, 4001, AT, AT, ONE),))


def ended() -> list[Event]:
    bodies: tuple[Body, ...] = (claimed(), GATE, submitted(), observed("failed"))
    return [event(number, body, claim="c0") for number, body in enumerate(bodies, 1)]


def test_it_is_kept_with_the_core_seconds() -> None:
    former = fold_workflow(W00, ended())
    found = fold_workflow(W00, [*ended(), event(5, MEASURED, claim="c0")])
    assert (former.measured, former.core_seconds) == ("", 0)
    assert found.measured
    assert found.core_seconds == 5
    assert replace(found, measured="", core_seconds=0, numbers=4) == former


def test_a_run_that_ends_again_is_measured_again() -> None:
    events = [*ended(), event(5, MEASURED, claim="c0"), event(6, RESTART, claim="c1")]
    assert not fold_workflow(W00, events).measured
    again = [*ended(), event(5, MEASURED, claim="c0"), event(6, observed("running"), claim="c0")]
    assert not fold_workflow(W00, [*again, event(7, observed("succeeded"), claim="c0")]).measured


@given(events_of(drafts(workflow_subjects, of_workflow)), st.data())
def test_no_state_rests_on_it(events: list[Event], data: st.DataObject) -> None:
    subject = Subject("s", "1", "w00")
    rest = [one for one in events if not isinstance(one.draft.body, Measured)]
    claim = data.draw(st.sampled_from([one.draft.claim for one in rest] or ["c9"]))
    draft = Draft(subject, "f" * 16, AT, "Ann <a@b>", MEASURED, claim)
    former, found = fold_workflow(subject, rest), fold_workflow(subject, [*rest, Event(9, draft)])
    if rest:
        assert replace(found, measured="", core_seconds=0, numbers=former.numbers) == replace(
            former, measured="", core_seconds=0
        )
