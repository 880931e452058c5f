"""Which decisions are legal where."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from state_events import (
    GATE,
    GIVEN_UP,
    PREPARE_FAILED,
    RETIRED,
    abandoned,
    cancelling,
    claimed,
    event,
    observed,
    of,
    review,
    submitted,
    told,
)

from cmcompile.model.decision import Verb
from cmcompile.model.event import Accepted, Body, Event, Rejected, Subject, Superseded
from cmcompile.model.states import GroupRecord, GroupState, StepRecord, Workflow, WorkflowState
from cmcompile.state.group import fold_group
from cmcompile.state.moves import RULES, refusal
from cmcompile.state.moves_table import BEGIN, END, filled, tables

G = GroupState
S = WorkflowState
PAGE = Path(__file__).parents[2] / "docs" / "states.md"
RUN: list[Body] = [claimed(), GATE, submitted()]
STATES: dict[WorkflowState, list[Body]] = {
    S.CLAIMED: [claimed()],
    S.PREPARE_FAILED: [claimed(), PREPARE_FAILED],
    S.ABANDONED: [claimed(), GIVEN_UP],
    S.SUBMITTING: [claimed(), GATE],
    S.UNKNOWN: [claimed(), GATE, review()],
    S.SUBMITTED: RUN,
    S.RUNNING: [*RUN, observed("running")],
    S.HELD: [*RUN, observed("held")],
    S.CANCELLING: [*RUN, cancelling()],
    S.SUCCEEDED: [*RUN, observed("succeeded")],
    S.PARTIAL: [*RUN, observed("partial")],
    S.FAILED: [*RUN, observed("failed")],
    S.CANCELLED: [*RUN, observed("cancelled")],
    S.RETIRED: [*RUN, observed("failed"), RETIRED],
}
LEGAL: dict[Verb, set[WorkflowState]] = {
    Verb.ACCEPT: {S.SUCCEEDED, S.PARTIAL, S.FAILED, S.CANCELLED},
    Verb.REJECT: {S.SUCCEEDED, S.PARTIAL, S.FAILED, S.CANCELLED},
    Verb.RETRY: {S.SUCCEEDED, S.PARTIAL, S.FAILED, S.CANCELLED, S.PREPARE_FAILED, S.ABANDONED, S.RETIRED},
    Verb.RESTART: {S.PARTIAL, S.FAILED, S.CANCELLED},
    Verb.ABANDON: {S.UNKNOWN},
    Verb.CANCEL: {S.SUBMITTED, S.RUNNING, S.HELD, S.CANCELLING},
    Verb.RETIRE: {S.SUCCEEDED, S.PARTIAL, S.FAILED, S.CANCELLED, S.PREPARE_FAILED, S.ABANDONED},
    Verb.SUPERSEDE: {S.SUCCEEDED, S.PARTIAL, S.FAILED, S.CANCELLED, S.PREPARE_FAILED, S.ABANDONED, S.RETIRED},
}


def record(*workflows: list[Body], group: tuple[Body, ...] = ()) -> GroupRecord:
    events: list[Event] = []
    for number, bodies in enumerate(workflows):
        events += of("3", f"w{number:02}", told(*bodies))
    subject = Subject("step1", "3")
    events += [event(n, b, claim="", subject=subject, event_id=f"g{n}") for n, b in enumerate(group, 50)]
    return fold_group("step1", "3", events)


def why(verb: Verb, found: GroupRecord, at: int = -1, state: GroupState | None = None) -> str | None:
    return refusal(verb, found, found.workflows[at], state)


@pytest.mark.parametrize("verb", LEGAL)
@pytest.mark.parametrize("state", STATES)
def test_the_state_of_the_workflow_decides(verb: Verb, state: WorkflowState) -> None:
    found = record(STATES[state])
    assert found.workflows[0].state is state
    said = why(verb, found)
    assert (said is None) == (state in LEGAL[verb]), said


def test_every_verb_has_a_rule() -> None:
    assert set(RULES) == set(Verb)
    assert set(LEGAL) == {verb for verb, rule in RULES.items() if "workflow" in rule.about}


FAILED, RUNNING, GOOD = STATES[S.FAILED], STATES[S.RUNNING], STATES[S.SUCCEEDED]
NEEDS_QUIET = [Verb.ACCEPT, Verb.REJECT, Verb.RETRY, Verb.RESTART, Verb.SUPERSEDE]


@pytest.mark.parametrize("verb", NEEDS_QUIET)
def test_nothing_is_decided_over_a_live_workflow(verb: Verb) -> None:
    said = why(verb, record(FAILED, RUNNING), 0)
    assert said is not None
    assert "step1/3@w01" in said


@pytest.mark.parametrize("verb", [Verb.ACCEPT, Verb.RETRY, Verb.RESTART, Verb.ADOPT])
def test_a_live_workflow_that_shares_data_is_in_the_way(verb: Verb) -> None:
    found = record(FAILED)
    live = dataclasses.replace(record(RUNNING).workflows[0], group="fix.1")
    assert refusal(verb, found, found.workflows[0]) is None
    said = refusal(verb, found, found.workflows[0], others=[live])
    assert said == "step1/fix.1@w00 is running: wait until it has ended, or cancel it"


@pytest.mark.parametrize("verb", [Verb.ACCEPT, Verb.REJECT, Verb.RETRY, Verb.RESTART])
def test_the_newest_workflow_is_named(verb: Verb) -> None:
    assert why(verb, record(FAILED, FAILED), 0) == "step1/3@w01 came after step1/3@w00: name that one"
    assert why(verb, record(FAILED, FAILED), 1) is None
    assert why(verb, record(FAILED, STATES[S.ABANDONED]), 0) is None, "the later one came to nothing"


@pytest.mark.parametrize("verb", [Verb.ACCEPT, Verb.RETRY, Verb.RESTART, Verb.ADOPT])
def test_what_is_accepted_is_not_sent_again(verb: Verb) -> None:
    accepted = record(FAILED, group=(Accepted(("3@w00",)),))
    assert why(verb, accepted, state=G.ACCEPTED) == "step1/3 is accepted"
    assert verb is Verb.ACCEPT or why(verb, accepted) is not None
    assert why(Verb.REJECT, accepted, state=G.ACCEPTED) is None
    assert why(Verb.SUPERSEDE, accepted, state=G.ACCEPTED) is None


def test_what_is_rejected_may_be_accepted_or_sent_again() -> None:
    rejected = record(GOOD, group=(Rejected(("3@w00",), "bad"),))
    assert why(Verb.ACCEPT, rejected, state=G.REJECTED) is None
    assert why(Verb.RETRY, rejected, state=G.REJECTED) is None
    assert why(Verb.REJECT, rejected, state=G.REJECTED) == "step1/3 is rejected"


def test_what_is_to_be_accepted_is_not_sent_again_by_a_slip() -> None:
    assert why(Verb.RETRY, record(GOOD), state=G.ACTIVE) == "step1/3@w00 succeeded: reject it first"
    assert why(Verb.RETRY, record(GOOD), state=G.REVIEW) is None


def test_what_is_superseded_is_not_decided_on() -> None:
    found = record(FAILED, group=(Superseded(("3@w00",), "anew"),))
    for verb in NEEDS_QUIET:
        assert why(verb, found) == "step1/3@w00 is superseded: it counts no more"
    assert why(Verb.RETIRE, found) is None


def test_outputs_that_are_in_use_are_not_removed() -> None:
    accepted = record(FAILED, group=(Accepted(("3@w00",)),))
    assert why(Verb.RETIRE, accepted) == "step1/3 is accepted: reject or supersede it first"
    assert why(Verb.RETIRE, record(FAILED), state=G.ACCEPTED) is not None, (
        "a rescue group is accepted with others"
    )
    found = record(FAILED)
    step = StepRecord("step1", "u/c", ("3@w00",))
    assert refusal(Verb.RETIRE, found, found.workflows[0], step=step) == (
        "the collection u/c holds step1/3@w00: let it be made anew without it first"
    )
    gone = dataclasses.replace(step, retired=True)
    assert refusal(Verb.RETIRE, found, found.workflows[0], step=gone) is None
    both = record(FAILED, GOOD, group=(Superseded(("3@w00",), "anew"), Accepted(("3@w01",))))
    assert why(Verb.RETIRE, both, 0, G.ACCEPTED) is None
    assert why(Verb.RETIRE, both, 1, G.ACCEPTED) is not None


def test_a_submission_is_given_up_by_naming_its_gate_and_only_after_a_look() -> None:
    found = record(STATES[S.UNKNOWN])
    gate = found.workflows[0].gate
    assert gate is not None
    assert refusal(Verb.ABANDON, found, found.workflows[0], gate=gate) is None
    said = refusal(Verb.ABANDON, found, found.workflows[0], gate="other")
    assert said == f"the gate of step1/3@w00 is {gate}, not other: look again"
    early = why(Verb.ABANDON, record(STATES[S.SUBMITTING]))
    assert early is not None
    assert "still looked for" in early


def test_a_run_in_flight_whose_restart_is_unknown_is_given_up_the_same_way() -> None:
    restarted = [*told(*FAILED), event(5, claimed(restart=True), claim="c2"), event(6, GATE, claim="c2")]
    found = fold_group("step1", "3", [*restarted, event(7, review("restart_unseen"), claim="c2")])
    assert why(Verb.ABANDON, found) is None
    assert why(Verb.CANCEL, found) is not None


def test_what_names_nothing_that_is_there() -> None:
    assert refusal(Verb.ACCEPT, None, None) == "the group was never sent"
    assert refusal(Verb.RETRY, GroupRecord("step1", "3"), None) == "step1/3 was never sent"
    assert refusal(Verb.RETRY, record(FAILED), None) == "step1/3 has no such workflow"


def test_adopting_needs_no_workflow() -> None:
    assert refusal(Verb.ADOPT, None, None) is None
    assert refusal(Verb.ADOPT, GroupRecord("step1", "3"), None, G.READY) is None
    assert refusal(Verb.ADOPT, record(STATES[S.ABANDONED]), None) is None
    assert refusal(Verb.ADOPT, record(RUNNING), None) is not None


@pytest.mark.parametrize("verb", [Verb.HOLD, Verb.RELEASE])
def test_what_is_not_settled_may_be_held(verb: Verb) -> None:
    for state in GroupState:
        said = refusal(verb, record(FAILED), None, state)
        assert (said is None) == (state not in (G.ACCEPTED, G.REJECTED))
    assert refusal(verb, None, None) is None


def test_the_page_is_up_to_date() -> None:
    """``python -m cmcompile.state.moves_table`` makes it anew; so does ``make docs``."""
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page


def test_the_page_explains_each_state() -> None:
    page = PAGE.read_text(encoding="utf-8")
    head = page.partition(BEGIN)[0]
    for title, states in (("Workflows", WorkflowState), ("Groups", GroupState)):
        part = head.partition(f"## {title}\n")[2].partition("\n## ")[0]
        assert part, title
        table = next(block for block in part.split("\n\n") if "| State |" in block)
        told_of = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
        assert told_of == [state.value for state in states]


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="begin"):
        filled("# States\n")
    with pytest.raises(ValueError, match="end"):
        filled(f"# States\n{BEGIN}\n")
    assert filled(f"a\n{BEGIN}\nold\n{END}\nb\n") == f"a\n{BEGIN}\n\n{tables()}\n{END}\nb\n"


def test_an_abandoned_gate_is_not_decided_on_twice() -> None:
    found = record([claimed(), GATE, review(), abandoned("e2")])
    workflow = found.workflows[0]
    assert isinstance(workflow, Workflow)
    # The gate's own id carries the prefix of the builder, so that the abandonment names another gate.
    assert workflow.live
