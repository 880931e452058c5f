"""The table of legal moves and the fold say the same: all states and kinds of events, walked from nothing."""

from __future__ import annotations

from collections import deque
from functools import cache

import pytest
from state_events import (
    GATE,
    GIVEN_UP,
    PREPARE_FAILED,
    PREPARED,
    RESTART,
    RETIRED,
    W00,
    abandoned,
    cancelling,
    claimed,
    event,
    folded,
    not_called,
    observed,
    review,
    submitted,
    unknown,
)

from cmcompile.model.event import OF_WORKFLOW, Body, Diagnosed, Event, Measured, Observed, Retiring, Signalled
from cmcompile.model.signal import SignalCounts
from cmcompile.model.states import Workflow, WorkflowState
from cmcompile.state.claim import SEEN
from cmcompile.state.transitions import MOVES, OVER, leads_to, may_append
from cmcompile.state.workflow import fold_workflow

S = WorkflowState
DEPTH = 7


def bodies(workflow: Workflow | None, kind: str) -> list[Body]:
    """Return what a writer would write of a kind."""
    gate = (workflow.gate if workflow else None) or "none"
    run = (workflow.run_id if workflow else None) or "r1"
    before_gate = workflow is None or workflow.state in (S.CLAIMED, S.PREPARING)
    found: dict[str, list[Body]] = {
        "claimed": [claimed(), claimed(adopted=True)] if workflow is None else [RESTART],
        "prepared": [PREPARED],
        "prepare_failed": [PREPARE_FAILED],
        "submitting": [GATE],
        "not_called": [not_called(gate)],
        "abandoned": [GIVEN_UP if before_gate else abandoned(gate)],
        "unknown": [unknown(gate)],
        "submitted": [submitted(run, workflow.gate if workflow else None)],
        "observed": [observed(state, run) for state in SEEN],
        "measured": [Measured("butler")],
        "diagnosed": [Diagnosed("monitor")],
        "signalled": [Signalled(SignalCounts(jobs=1))],
        "review": [review()],
        "cancelling": [cancelling(run)],
        "retiring": [Retiring()],
        "retired": [RETIRED],
    }
    return found[kind]


def after(events: tuple[Event, ...], workflow: Workflow | None, body: Body) -> tuple[Event, ...]:
    claim = workflow.claim_id if workflow is not None else "c0"
    if body is RESTART:
        claim = f"c{len(events)}"
    return (*events, event(len(events) + 1, body, claim=claim))


def signature(workflow: Workflow) -> tuple[object, ...]:
    w = workflow
    return (
        w.state,
        w.live,
        w.review,
        w.gate is not None,
        w.run_id is not None,
        w.former_run_id is not None,
        w.looked_up,
        w.used,
        w.claim is not None and w.claim.adopted,
        w.claim is not None and w.claim.restart,
    )


@cache
def reached() -> list[tuple[tuple[Event, ...], Workflow]]:
    """Return one workflow of each sort that legal events lead to, with its events; wrong ones fail."""
    start: tuple[Event, ...] = ()
    known: dict[tuple[object, ...], tuple[tuple[Event, ...], Workflow]] = {}
    todo: deque[tuple[tuple[Event, ...], Workflow | None]] = deque([(start, None)])
    while todo:
        events, workflow = todo.popleft()
        for kind in OF_WORKFLOW:
            if may_append(workflow, kind) is not None or len(events) > DEPTH:
                continue
            for body in bodies(workflow, kind):
                if isinstance(body, type(submitted())) and workflow is None:
                    continue
                grown = after(events, workflow, body)
                found = fold_workflow(W00, grown)
                check(workflow, kind, body, found)
                if signature(found) not in known:
                    known[signature(found)] = (grown, found)
                    todo.append((grown, found))
    return list(known.values())


def check(workflow: Workflow | None, kind: str, body: Body, found: Workflow) -> None:
    seen = SEEN[body.state] if isinstance(body, Observed) else None
    expected = leads_to(workflow, kind, seen)
    if (
        kind in ("prepare_failed", "not_called", "abandoned")
        and is_restart(workflow)
        and found.state is not expected
    ):
        assert found.state in (S.PARTIAL, S.FAILED, S.CANCELLED), "a restart goes back to its former state"
        return
    assert found.state is expected, f"{workflow} {workflow and workflow.state} {kind} {body}"


def is_restart(workflow: Workflow | None) -> bool:
    return workflow is not None and workflow.claim is not None and workflow.claim.restart


def test_every_state_is_reached_by_legal_moves_that_the_fold_agrees_with() -> None:
    assert {w.state for _, w in reached()} == set(WorkflowState)


@pytest.mark.parametrize("kind", OF_WORKFLOW)
def test_an_event_that_is_not_legal_frees_nothing(kind: str) -> None:
    """What is live stays so, but for facts that say themselves that it is over."""
    walked = 0
    for events, workflow in reached():
        if may_append(workflow, kind) is None or not workflow.live:
            continue
        for body in [GIVEN_UP] if kind == "abandoned" else bodies(workflow, kind):
            found = fold_workflow(W00, after(events, workflow, body))
            said = kind in ("observed", "not_called") or (kind == "prepare_failed" and not workflow.used)
            assert found.live or said, f"{workflow.state} {kind}"
            walked += 1
    assert walked or kind in ("observed", "measured", "diagnosed", "signalled", "review")


def test_each_row_is_walked() -> None:
    states = {w.state for _, w in reached()}
    for move in MOVES:
        for start in move.start:
            assert start is None or start in states
            met = [w for _, w in reached() if w.state is start]
            assert start is None or any(move.when is None or move.when.holds(w) for w in met), move


def test_each_kind_is_in_the_table() -> None:
    assert {move.kind for move in MOVES} == set(OF_WORKFLOW)


def test_what_is_live_is_never_removed_and_what_is_over_never_gated() -> None:
    for _, workflow in reached():
        assert not workflow.live or may_append(workflow, "retired")
        assert workflow.live or may_append(workflow, "submitting")
        assert workflow.live or may_append(workflow, "cancelling")
        assert workflow.live or workflow.state in (*OVER, S.RETIRED)


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        (
            folded(claimed(), GATE),
            "submitting",
            "step1/3@w00 is submitting; `submitting` needs one that is claimed",
        ),
        (folded(claimed()), "abandoned", None),
        (folded(claimed(), GATE), "abandoned", "needs one that is claimed, preparing or unknown"),
        (folded(claimed(), GATE, unknown("e2")), "abandoned", "only where a person was asked to look"),
        (folded(claimed(), GATE, review()), "abandoned", None),
        (
            folded(claimed(), review("two_live")),
            "submitting",
            "legal there only where nobody was asked to look",
        ),
        (folded(claimed()), "submitted", "legal there only where it was adopted"),
        (folded(claimed(), GIVEN_UP), "submitted", "it has a gate, and no run is known"),
        (
            folded(claimed(), GATE, submitted(), observed("succeeded")),
            "claimed",
            "is succeeded; `claimed` needs",
        ),
        (None, "prepared", "there is no such workflow; `prepared` needs one that is claimed or preparing"),
        (None, "claimed", None),
        (None, "chained", "`chained` is no event of a workflow"),
    ],
)
def test_the_sentence_says_what_is_wrong(given: Workflow | None, kind: str, sentence: str | None) -> None:
    found = may_append(given, kind)
    if sentence is None:
        assert found is None
    else:
        assert found is not None
        assert sentence in found
        assert leads_to(given, kind) is None
