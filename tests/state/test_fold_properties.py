"""What holds of any events, however they contradict each other."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from state_junk import misplaced, one_workflow, proper, unreadable

from cmcompile.model.event import (
    Abandoned,
    Event,
    NotCalled,
    Observed,
    Subject,
    Submitted,
    Submitting,
    Unreadable,
)
from cmcompile.model.states import GroupRecord, LedgerState, StepRecord, Workflow, WorkflowState
from cmcompile.state.conflicts import conflict_groups
from cmcompile.state.fold import LedgerFolding, assemble, fold
from cmcompile.state.outcome import outcome_of
from cmcompile.state.transitions import OVER
from cmcompile.state.workflow import fold_workflow

ENDS = {"succeeded", "partial", "failed", "cancelled"}


@given(proper, unreadable, st.randoms(use_true_random=False))
def test_the_order_given_does_not_matter(
    events: list[Event], bad: list[Unreadable], chance: random.Random
) -> None:
    state = fold(events, bad)
    mixed = list(events)
    chance.shuffle(mixed)
    assert fold(mixed, bad[::-1]) == state
    assert list(fold(mixed, bad).groups) == list(state.groups)


@given(proper)
def test_an_event_given_twice_counts_once(events: list[Event]) -> None:
    assert fold(events + events) == fold(events)


@given(misplaced, unreadable)
def test_any_events_give_a_state(events: list[Event], bad: list[Unreadable]) -> None:
    state = fold(events, bad)
    subjects = {e.subject for e in events} | {u.subject for u in bad if u.subject is not None}
    assert set(state.groups) == {(s.step, s.group) for s in subjects if s.group is not None}
    for workflow in workflows(state):
        assert sane(workflow)
    for key in state.groups:
        outcome_of(state, *key)


@given(proper, unreadable)
def test_what_is_over_says_so(events: list[Event], bad: list[Unreadable]) -> None:
    for workflow in workflows(fold(events, bad)):
        assert sane(workflow)


@given(one_workflow)
def test_a_gate_without_an_end_is_live(events: list[Event]) -> None:
    workflow = fold_workflow(Subject("s", "1", "w00"), events)
    if open_ends(events):
        assert workflow.live, open_ends(events)


@given(one_workflow, unreadable)
def test_what_cant_be_read_is_live(events: list[Event], bad: list[Unreadable]) -> None:
    workflow = fold_workflow(Subject("s", "1", "w00"), events, bad)
    assert workflow.live or not bad
    assert workflow.review is not None or not bad


@given(proper, unreadable, st.data())
def test_folding_as_the_ledger_grows_equals_folding_at_once(
    events: list[Event], bad: list[Unreadable], data: st.DataObject
) -> None:
    """Only groups that have new events are folded again; the others come from the state before."""
    folding = LedgerFolding()
    state = assemble((), ())
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=2)))
    known = 0
    for cut in [*cuts, len(events)]:
        last = cut == len(events)
        now, faults = events[:cut], bad if last else []
        changed = {e.subject for e in events[known:cut]} | {u.subject for u in faults if u.subject}
        groups = dict(state.groups)
        steps = dict(state.steps)
        for step, group in {(s.step, s.group) for s in changed}:
            some = [e for e in now if (e.subject.step, e.subject.group) == (step, group)]
            files = [u for u in faults if u.subject and (u.subject.step, u.subject.group) == (step, group)]
            if group is None:
                steps[step] = folding.step(step, some, files)
            else:
                groups[step, group] = folding.group(step, group, some, files)
        state = folding.assemble(groups.values(), steps.values(), faults)
        assert state == fold(now, faults)
        known = cut


@given(proper)
def test_assembling_what_was_assembled_changes_nothing(events: list[Event]) -> None:
    state = fold(events)
    again = assemble(state.groups.values(), state.steps.values(), state.faults)
    assert again == state
    for record in state.groups.values():
        assert isinstance(record, GroupRecord)
        assert record.alone is None or (record.alone.review is None and record.review is not None)
    assert all(isinstance(step, StepRecord) for step in state.steps.values())


@given(proper, st.data())
def test_a_file_that_cant_be_read_concerns_its_own_group_and_those_in_conflict(
    events: list[Event], data: st.DataObject
) -> None:
    state = fold(events)
    step, group = data.draw(st.sampled_from([*state.groups, ("s", "9")]))
    bad = Unreadable(f"runs/{step}/aa/{group}/w00/0009-claimed.json", Subject(step, group, "w00"), "no JSON")
    after = fold(events, [bad])
    assert after.steps == state.steps
    touched = conflict_groups(after, step, group) | {group}
    for key, record in state.groups.items():
        found = after.groups[key]
        if key[1] != group:
            assert (found.alone or found) == (record.alone or record)
        # Two groups that one rescue covers are told of a conflict through it.
        if not touched & conflict_groups(after, *key):
            assert found == record


def workflows(state: LedgerState) -> Iterable[Workflow]:
    for record in state.groups.values():
        yield from record.workflows


def sane(workflow: Workflow) -> bool:
    """Tell whether the parts of a folded workflow fit together."""
    state = workflow.state
    over = state in (*OVER, WorkflowState.RETIRED)
    assert workflow.live or over
    assert not workflow.live or not over or workflow.review is not None or workflow.looked_up
    assert state is not WorkflowState.SUBMITTING or workflow.gate is not None
    assert not (
        workflow.run_id is None and workflow.gate is not None and state is WorkflowState.SUBMITTING
    ) or (workflow.looked_up and workflow.used)
    assert not workflow.looked_up or workflow.used or workflow.live
    return True


def open_ends(events: list[Event]) -> list[str]:
    """Return gates and runs of which nothing says that they are over, found by other means than the fold.

    An end that is observed under a claim is taken for the end of all its gates, and of all runs of the
    workflow: what is found is a part only.
    """
    gates = defaultdict(set)
    ended = defaultdict(set)
    over = {
        e.draft.claim for e in events if isinstance(e.draft.body, Observed) and e.draft.body.state in ENDS
    }
    found = []
    for event in events:
        body, claim = event.draft.body, event.draft.claim
        if isinstance(body, Submitting):
            gates[claim].add(event.draft.id)
        elif isinstance(body, NotCalled | Abandoned) and body.gate is not None:
            ended[claim].add(body.gate)
        elif isinstance(body, Submitted | Observed) and not over:
            found.append(f"run {body.run_id}")
    open_gates = (gate for claim in gates.keys() - over for gate in gates[claim] - ended[claim])
    return found + sorted(open_gates)
