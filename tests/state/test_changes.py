"""What became different between two states of a ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, replace

from hypothesis import given
from hypothesis import strategies as st
from state_junk import proper, unreadable

from cmcompile.model.cause import Cause
from cmcompile.model.changes import Became, Changes, FailureKind
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.event import Event, Unreadable
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import (
    NOTHING,
    GroupRecord,
    GroupState,
    LedgerState,
    StepRecord,
    Workflow,
    WorkflowState,
)
from cmcompile.state.changes import changes, newest
from cmcompile.state.fold import fold


def counted(found: Changes) -> Counter[tuple[str, str]]:
    """Return all counters of a change by step and name; those that are 0 are left out."""
    total: Counter[tuple[str, str]] = Counter()
    for step in found.steps:
        for became, net in step.counts.items():
            total[step.step, became.value] = net
        for number, figure in enumerate(astuple(step.figures)):
            total[step.step, str(number)] = figure
    for failure in found.failures:
        total[str(failure.kind), "failures"] = failure.after - failure.before
    return Counter({key: n for key, n in total.items() if n})


def summed(one: Counter[tuple[str, str]], two: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    keys = one.keys() | two.keys()
    return Counter({key: one[key] + two[key] for key in keys if one[key] + two[key]})


@given(proper, unreadable)
def test_between_a_state_and_itself_there_is_nothing(events: list[Event], bad: list[Unreadable]) -> None:
    once, again = fold(events, bad), fold(list(events), bad)
    assert changes(once, again).nothing
    assert changes(once, again) == Changes()


@given(proper, st.integers(0, 40), st.integers(0, 40))
def test_two_spans_one_after_the_other_add_up(events: list[Event], one: int, two: int) -> None:
    first, second = sorted((one, two))
    a, b, c = fold(events[:first]), fold(events[:second]), fold(events)
    assert counted(changes(a, c)) == summed(counted(changes(a, b)), counted(changes(b, c)))


@given(proper, st.integers(0, 40))
def test_looking_back_is_the_same_the_other_way_round(events: list[Event], at: int) -> None:
    a, b = fold(events[:at]), fold(events)
    there, back = changes(a, b), changes(b, a)
    assert counted(back) == Counter({key: -n for key, n in counted(there).items()})
    entered = {(s.step, m.became, m.entered) for s in there.steps for m in s.moved}
    assert entered == {(s.step, m.became, m.left) for s in back.steps for m in s.moved}


@given(proper)
def test_from_nothing_every_group_is_counted(events: list[Event]) -> None:
    state = fold(events)
    found = changes(NOTHING, state)
    accepted = sum(s.counts.get(Became.ACCEPTED, 0) for s in found.steps)
    assert accepted == sum(r.verdict is GroupState.ACCEPTED for r in state.groups.values())
    assert sum(s.figures.claimed for s in found.steps) == len(list(state.workflows()))
    assert found.groups == len(state.groups)


def failed(number: int, site: str = "SLAC", code: int = 1305) -> Outcome:
    cause = Cause("pilot", code, site)
    some = (Failure(Quantum("isr", f"visit={n}"), Fault.FAILED, "x", cause) for n in range(number))
    behind = Failure(Quantum("warp", "tract=1"), Fault.BLOCKED)
    return Outcome((TaskOutcome("isr", 10, 10 - number, number),), (*some, behind))


def record(group: str, outcome: Outcome | None = None, **more: object) -> GroupRecord:
    state = WorkflowState.RUNNING if outcome is None else WorkflowState.PARTIAL
    w = Workflow("step1", group, "w00", state, live=outcome is None, run_id="7", outcome=outcome)
    return GroupRecord("step1", group, (w,), **more)  # type: ignore[arg-type]


def state(*records: GroupRecord, **more: object) -> LedgerState:
    return LedgerState({(r.step, r.group): r for r in records}, **more)  # type: ignore[arg-type]


def test_a_kind_of_failure_is_new_only_where_no_other_group_has_it() -> None:
    one, two = record("1", failed(2)), record("2")
    found = changes(state(one, two), state(one, record("2", failed(3))))
    assert [(f.before, f.after, f.new) for f in found.failures] == [(2, 5, False)]
    found = changes(state(one, two), state(one, record("2", failed(3, site="Lyon"))))
    (failure,) = found.failures
    assert failure.kind == FailureKind("step1", "isr", "pilot 1305", "Lyon")
    assert (failure.before, failure.after, failure.new) == (0, 3, True)


def test_quanta_that_never_ran_are_no_failures() -> None:
    found = changes(state(record("1")), state(record("1", failed(0))))
    assert found.failures == ()
    assert found.steps[0].counts == {Became.PARTIAL: 1, Became.ENDED: 1}


def test_a_step_begins_once() -> None:
    claimed = replace(record("1").workflows[0], run_id=None)
    before = state(GroupRecord("step1", "1", (claimed,)))
    first = changes(before, state(record("1")))
    assert [s.began for s in first.steps] == [True]
    second = changes(state(record("1")), state(record("1"), record("2")))
    assert [s.began for s in second.steps] == [False]


def test_what_is_taken_back_is_told() -> None:
    good = record("1", failed(0), verdict=GroupState.ACCEPTED)
    bad = replace(good, verdict=GroupState.REJECTED)
    (step,) = changes(state(good), state(bad)).steps
    moved = {m.became: (m.entered, m.left) for m in step.moved}
    assert moved == {Became.ACCEPTED: ((), ("1",)), Became.REJECTED: (("1",), ())}


def test_reviews_and_decisions_and_rescues() -> None:
    wrong = record("1", review=Reason.FOREIGN_RUN, decisions=frozenset({"abcdef012345", "0" * 12}))
    subject = None
    known = Decision(
        "abcdef012345", Verb.ADOPT, subject, "ann", "2026-11-20T08:00:00Z", "it is ours", Span("d", 1, 1)
    )
    after = state(wrong, covering={("step1", "1"): ("r.1",)})
    found = changes(state(record("1")), after, ("step1",), {known.id: known})
    assert [(r.step, r.reason, r.groups) for r in found.reviews] == [("step1", Reason.FOREIGN_RUN, ("1",))]
    assert [(d.decision, d.verb, d.by, d.on) for d in found.decisions] == [
        ("0" * 12, "", "", ("step1/1",)),
        ("abcdef012345", "adopt", "ann", ("step1/1",)),
    ]
    assert found.steps[0].counts == {Became.REVIEW: 1, Became.RESCUED: 1}


def test_collections() -> None:
    before = LedgerState(steps={"step1": StepRecord("step1", "u/x", ("1@w00",))})
    after = LedgerState(steps={"step1": StepRecord("step1", "u/x", ("1@w00", "2@w00"))})
    (one,) = changes(before, after).collections
    assert (one.step, one.name, one.before, one.after) == ("step1", "u/x", 1, 2)
    (gone,) = changes(
        after, LedgerState(steps={"step1": StepRecord("step1", "u/x", retired=True)})
    ).collections
    assert gone.retired
    assert changes(after, after).collections == ()


def test_steps_are_told_in_the_order_of_the_spec() -> None:
    def of(step: str) -> GroupRecord:
        return GroupRecord(step, "1", (Workflow(step, "1", "w00", WorkflowState.RUNNING, True, run_id="1"),))

    found = changes(NOTHING, state(of("a"), of("b"), of("c")), ("c", "a"))
    assert [s.step for s in found.steps] == ["c", "a", "b"]


def test_a_file_that_can_be_read_no_more_is_told_once() -> None:
    fault = Unreadable("runs/x", None, "why")
    assert changes(NOTHING, LedgerState(faults=(fault,))).unreadable == ("runs/x",)
    assert changes(LedgerState(faults=(fault,)), LedgerState(faults=(fault,))).nothing


def test_the_newest_event_is_that_of_a_workflow_or_a_group() -> None:
    assert newest(NOTHING) == ""
    w = replace(record("1").workflows[0], since="2026-11-20T08:00:00Z", measured="2026-11-20T09:00:00Z")
    assert newest(state(GroupRecord("step1", "1", (w,)))) == "2026-11-20T09:00:00Z"
    assert newest(state(GroupRecord("step1", "1", (w,), since="2026-11-21T09:00:00Z"))) > "2026-11-21"
