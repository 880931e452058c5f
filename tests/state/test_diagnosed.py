"""What a monitor told of failed jobs gives causes to failures, and changes nothing else."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from state_events import GATE, RESTART, W00, claimed, event, observed, outcome, quantum, submitted
from state_junk import TOLD, drafts, events_of, of_workflow, workflow_subjects

from cmcompile.model.cause import Cause
from cmcompile.model.diagnosed import Diagnosed, Diagnosis
from cmcompile.model.event import Body, Draft, Event, Observed, Subject
from cmcompile.model.outcome import Failure, Fault
from cmcompile.model.states import Workflow
from cmcompile.state.diagnosis import with_causes
from cmcompile.state.workflow import fold_workflow

AT = "2026-11-20T08:00:00Z"
FAILED = outcome({"isr": 3, "calibrate": 3}, [("isr", 1), ("isr", 2)], blocked=[("calibrate", 1)])


def ended() -> list[Event]:
    bodies: tuple[Body, ...] = (claimed(), GATE, submitted(), Observed("failed", "Failed", "1", FAILED))
    return [event(number, body, claim="c0") for number, body in enumerate(bodies, 1)]


def test_failures_get_the_causes_and_the_words_that_they_lack() -> None:
    cause = Cause("pilot", 1305, "SLAC")
    told = Diagnosed(
        "monitor",
        causes=(
            Diagnosis(quantum("isr", 1), cause, "pilot 1305: killed"),
            Diagnosis(quantum("calibrate", 1), cause),
            Diagnosis(quantum("nothing", 1), cause),
        ),
    )
    found = fold_workflow(W00, [*ended(), event(5, told, claim="c0")])
    former = fold_workflow(W00, ended())
    assert found.outcome is not None
    assert found.outcome.tasks == FAILED.tasks
    assert found.outcome.failures == (
        Failure(quantum("isr", 1), Fault.FAILED, "pilot 1305: killed", cause),
        Failure(quantum("isr", 2), Fault.FAILED),
        Failure(quantum("calibrate", 1), Fault.BLOCKED),
    )
    assert replace(found, outcome=FAILED, diagnosed=None, numbers=4) == former


def test_what_is_known_already_goes_before() -> None:
    own = Failure(quantum("isr", 1), Fault.FAILED, "the Butler's words", Cause("transform", 137))
    found = with_causes(replace(FAILED, failures=(own,)), TOLD)
    assert found is not None
    assert found.failures == (own,)


def test_a_run_that_ends_again_has_none() -> None:
    told = [*ended(), event(5, TOLD, claim="c0")]
    assert fold_workflow(W00, [*told, event(6, RESTART, claim="c1")]).diagnosed is None
    again = [*told, event(6, observed("running"), claim="c0")]
    assert fold_workflow(W00, [*again, event(7, observed("failed"), claim="c0")]).diagnosed is None


def _bare(workflow: Workflow, numbers: int) -> Workflow:
    return replace(workflow, outcome=None, diagnosed=None, numbers=numbers)


@given(events_of(drafts(workflow_subjects, of_workflow)), st.data())
def test_no_state_rests_on_it(events: list[Event], data: st.DataObject) -> None:
    subject = Subject("s", "1", "w00")
    rest = [one for one in events if not isinstance(one.draft.body, Diagnosed)]
    claim = data.draw(st.sampled_from([one.draft.claim for one in rest] or ["c9"]))
    draft = Draft(subject, "f" * 16, AT, "Ann <a@b>", TOLD, claim)
    former, found = fold_workflow(subject, rest), fold_workflow(subject, [*rest, Event(9, draft)])
    if rest:
        assert _bare(found, former.numbers) == _bare(former, former.numbers)
        assert (found.outcome is None) == (former.outcome is None)
        if found.outcome is not None and former.outcome is not None:
            assert found.outcome.tasks == former.outcome.tasks
            assert [f.quantum for f in found.outcome.failures] == [f.quantum for f in former.outcome.failures]
