"""Decisions among themselves: what holds, what is taken back, what is done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.decision import Decision, Verb
from cmcompile.model.event import Claimed, Process, SpecRef, Subject, WmsRef
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import (
    GroupRecord,
    GroupState,
    LedgerState,
    Standing,
    StepRecord,
    Workflow,
    WorkflowState,
)
from cmcompile.plan.legality import OVERRULES, Known, active_holds, check_decisions, in_force, is_done

FAILED = Workflow("s", "1", "w00", WorkflowState.FAILED, live=False, used=True, run_id="1")


def decided(text: str, number: int = 1) -> Decision:
    verb, _, target = text.partition(" ")
    step, _, rest = target.partition("/")
    group, _, workflow = rest.partition("@")
    subject = None if target == "all" else Subject(step, group or None, workflow or None)
    return Decision(f"d{number}", Verb(verb), subject, "x", "", "y", Span("decisions.yaml", number, 3))


def several(*texts: str) -> list[Decision]:
    return [decided(text, number) for number, text in enumerate(texts, 1)]


@pytest.mark.parametrize(
    ("texts", "held"),
    [
        ([], ""),
        (["hold all"], "s/1 s/2 t/1 s all"),
        (["hold s"], "s/1 s/2 s"),
        (["hold s/1"], "s/1"),
        (["hold s", "release s/1"], "s/2 s"),
        (["hold s/1", "release s"], ""),
        (["hold s/1", "release all"], ""),
        (["hold all", "release s"], "t/1 all"),
        (["hold s", "release s", "hold s/2"], "s/2"),
        (["release s", "hold s"], "s/1 s/2 s"),
        (["hold s/1", "retry s/1@w00"], "s/1"),
    ],
)
def test_the_newest_word_about_a_group_counts(texts: list[str], held: str) -> None:
    holds = active_holds(several(*texts))
    found = [f"{s}/{g}" for s, g in (("s", "1"), ("s", "2"), ("t", "1")) if holds.on(s, g)]
    found += [name for name, hold in (("s", holds.on("s")), ("all", holds.on())) if hold]
    assert " ".join(found) == held


@pytest.mark.parametrize(
    ("texts", "left"),
    [
        (["accept s/1@w00", "reject s/1@w00"], [2]),
        (["accept s/1@w00", "reject s/1@w01"], [1, 2]),
        (["reject s/1@w00", "retry s/1@w00"], [1, 2]),
        (["reject s/1@w00", "supersede s/1@w00"], [1, 2]),
        (["retry s/1@w00", "reject s/1@w00"], [2]),
        (["retry s/1@w00", "restart s/1@w00", "retry s/1@w00"], [3]),
        (["abandon s/1@w00", "retry s/1@w00"], [1, 2]),
        (["hold s", "release s"], [2]),
        (["hold s/1", "release s"], [1, 2]),
    ],
)
def test_a_later_decision_takes_back_an_earlier_one(texts: list[str], left: list[int]) -> None:
    assert [d.span.line for d in in_force(several(*texts))] == left


@given(st.lists(st.builds(lambda v, g: f"{v.value} s/{g}@w00", st.sampled_from(Verb), st.sampled_from("12"))))
def test_what_is_in_force_is_settled(texts: list[str]) -> None:
    kept = in_force(several(*texts))
    assert in_force(kept) == kept
    assert (kept[-1:] == tuple(several(*texts)[-1:])) or not texts
    for at, later in enumerate(kept):
        for earlier in kept[:at]:
            if earlier.subject == later.subject:
                assert earlier.verb not in OVERRULES.get(later.verb, frozenset()) | {later.verb}


def ledger(**more: object) -> LedgerState:
    record = GroupRecord("s", "1", (FAILED,), **more)  # type: ignore[arg-type]
    return LedgerState({("s", "1"): record}, {"t": StepRecord("t", retired=True)})


@pytest.mark.parametrize(
    ("text", "state", "done"),
    [
        ("accept s/1@w00", ledger(), False),
        ("accept s/1@w00", ledger(decisions=frozenset({"d1"})), True),
        ("accept s/1@w00", ledger(verdict=GroupState.ACCEPTED, judged=("1@w00",)), True),
        ("accept s/1@w00", ledger(verdict=GroupState.ACCEPTED, judged=("1@w01",)), False),
        ("reject s/1@w00", ledger(verdict=GroupState.ACCEPTED, judged=("1@w00",)), False),
        ("supersede s/1@w00", ledger(superseded=frozenset({"w00"})), True),
        ("retry s/1@w00", ledger(superseded=frozenset({"w00"})), False),
        ("retire t", ledger(), True),
        ("retire s", ledger(), False),
        ("hold all", ledger(), False),
        ("retry s/2@w00", ledger(), False),
    ],
)
def test_what_is_done(text: str, state: LedgerState, done: bool) -> None:
    assert is_done(decided(text), state) is done


def checked(state: LedgerState | None, *texts: str, standing: GroupState | None = None) -> list[str]:
    standings = {}
    if standing is not None:
        standings = {("s", "1"): Standing("s", "1", standing, Reason.FAILURES)}
    known = Known({"s": ["1", "2"], "t": []}, state, standings)
    found = check_decisions(several(*texts), known)
    return [f"{d.span.line} {d.code.name}" for d in found if d.span]


def test_legality_is_asked_of_what_is_pending_and_in_force() -> None:
    assert checked(ledger(), "retry s/1@w00") == []
    assert checked(ledger(), "cancel s/1@w00") == ["1 CM083"]
    assert checked(ledger(decisions=frozenset({"d1"})), "cancel s/1@w00") == []
    assert checked(None, "cancel s/1@w00") == []
    running = ledger(verdict=GroupState.ACCEPTED, judged=("1@w00",))
    assert checked(running, "retry s/1@w00", standing=GroupState.ACCEPTED) == ["1 CM083"]
    assert checked(running, "retry s/1@w00", "accept s/1@w00", standing=GroupState.ACCEPTED) == []


def test_what_follows_a_change_is_judged_when_that_has_come() -> None:
    lost = Workflow("s", "1", "w00", WorkflowState.UNKNOWN, True, Reason.NOT_FOUND, gate="")
    state = LedgerState({("s", "1"): GroupRecord("s", "1", (lost,))})
    assert checked(state, "retry s/1@w00") == ["1 CM083"]
    assert checked(state, "abandon s/1@w00", "retry s/1@w00") == []
    assert checked(state, "retry s/1@w00", "abandon s/1@w00") == ["1 CM083"]


def test_a_hold_stays_fine_whatever_becomes_of_the_group() -> None:
    state = ledger(verdict=GroupState.ACCEPTED, judged=("1@w00",))
    assert checked(state, "hold s/1", standing=GroupState.ACCEPTED) == []
    assert checked(state, "hold s/1", "release s/1", standing=GroupState.ACCEPTED) == []


def test_names_that_are_not_there() -> None:
    assert checked(None, "hold s/3", "hold u", "retire t", "hold t/1", "hold all") == [
        "1 CM082",
        "2 CM082",
        "4 CM082",
    ]
    assert checked(ledger(), "retry s/1@w01", "retry s/2@w00") == ["1 CM082", "2 CM082"]
    gone = LedgerState({("s", "7"): GroupRecord("s", "7", (FAILED,))})
    assert checked(gone, "retire s/7@w00") == []
    assert checked(None, "retire s/7@w00") == ["1 CM082"]


def test_a_release_needs_a_hold_before_it() -> None:
    assert checked(None, "release s") == ["1 CM086"]
    assert checked(None, "release s", "hold s") == ["1 CM086"]
    assert checked(None, "hold s", "release s", "release s") == []
    assert checked(None, "hold s/1", "release all") == []
    assert checked(None, "hold all", "release s/1", "release s/2") == []
    assert checked(None, "hold s/1", "release s/2") == ["2 CM086"]


def test_runs_of_batch_steps_are_not_restarted_nor_retired() -> None:
    spec, process = SpecRef("c.yaml", "", "", 1), Process("host", "boot", 1)
    claim = Claimed("r", "p", "out", "", WmsRef("batch.slurm"), "", spec, process)
    failed = replace(FAILED, claim=claim)
    known = Known({"s": ["1"]}, LedgerState({("s", "1"): GroupRecord("s", "1", (failed,))}))
    for verb, why in (("restart", "`retry` sends those that failed"), ("retire", "its outputs are files")):
        [told] = check_decisions(several(f"{verb} s/1@w00"), known)
        assert why in told.message
    assert check_decisions(several("retry s/1@w00"), known) == ()
