"""Which outcome is good enough, exactly at the boundaries too."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from state_events import outcome, quantum

from cmcompile.model.campaign import Pace
from cmcompile.model.outcome import Failure, Fault, Outcome, TaskOutcome
from cmcompile.model.reason import Reason
from cmcompile.model.source import Entry, Mapping, Node, Scalar, Span
from cmcompile.state.acceptance import Accept, accept_of, judge

HERE = Span("campaign.yaml", 1, 1)


def node(value: object) -> Node:
    if isinstance(value, dict):
        return Mapping({k: Entry(k, HERE, node(v)) for k, v in value.items()}, HERE)
    assert value is None or isinstance(value, str | int | float | bool)
    return Scalar(value, HERE)


def accept(value: dict[str, object]) -> Accept:
    written = node(value)
    assert isinstance(written, Mapping)
    return accept_of(Pace(accept=written))


def of(quanta: int, failed: int, task: str = "isr", blocked: int = 0) -> Outcome:
    return Outcome((TaskOutcome(task, quanta, quanta - failed - blocked, failed, blocked),))


def test_what_is_written_is_read_exactly() -> None:
    assert accept_of(Pace()) == Accept()
    found = accept({"failed": "0.1%", "tasks": {"isr": "5%", "stats": "100%"}, "review": True})
    assert found == Accept(Fraction(1, 1000), {"isr": Fraction(1, 20), "stats": Fraction(1)}, True)
    assert accept({"failed": "0%"}) == Accept()


@pytest.mark.parametrize("value", ["many", "", "%", "1/0", None, 5, True, {"x": "1%"}, "-3%"])
def test_what_is_no_share_accepts_nothing(value: object) -> None:
    assert accept({"failed": value, "tasks": value}) == Accept(
        tasks={"x": Fraction(1, 100)} if isinstance(value, dict) else {}
    )


@pytest.mark.parametrize(
    ("rule", "found", "good", "reason"),
    [
        ({}, of(100, 0), True, Reason.NO_FAILURES),
        ({}, of(100, 1), False, Reason.FAILURES),
        ({}, of(100, 0, blocked=1), False, Reason.FAILURES),
        ({"failed": "0%"}, of(100, 1), False, Reason.FAILURES),
        ({"failed": "1%"}, of(100, 0), True, Reason.NO_FAILURES),
        ({"failed": "1%"}, of(100, 1), True, Reason.WITHIN_LIMITS),
        ({"failed": "1%"}, of(100, 2), False, Reason.OVER_LIMITS),
        ({"failed": "1%"}, of(100, 0, blocked=2), False, Reason.OVER_LIMITS),
        ({"failed": "1%"}, of(99, 1), False, Reason.OVER_LIMITS),
        ({"failed": "1%", "review": True}, of(100, 1), False, Reason.REVIEW_ASKED),
        ({"review": True}, of(100, 0), False, Reason.REVIEW_ASKED),
        ({"review": True}, of(100, 1), False, Reason.FAILURES),
        ({"failed": "100%"}, of(100, 100), True, Reason.WITHIN_LIMITS),
        ({}, None, False, Reason.OUTCOME_MISSING),
        ({"failed": "100%"}, None, False, Reason.OUTCOME_MISSING),
        ({"failed": "100%"}, Outcome(), False, Reason.OUTCOME_MISSING),
        ({"failed": "100%"}, outcome({"isr": 5}, complete=False), False, Reason.OUTCOME_MISSING),
    ],
)
def test_the_judgement(rule: dict[str, object], found: Outcome | None, good: bool, reason: Reason) -> None:
    verdict = judge(accept(rule), found)
    assert (verdict.good, verdict.reason) == (good, reason)


def test_a_task_that_is_named_is_judged_by_itself() -> None:
    rule = accept({"failed": "1%", "tasks": {"calibrate": "5%", "isr": "0%"}})
    good = outcome({"isr": 100, "calibrate": 100, "stats": 100}, [("calibrate", n) for n in range(5)])
    assert judge(rule, good).reason is Reason.WITHIN_LIMITS
    stats = outcome({"calibrate": 100, "stats": 100}, [("stats", 1)])
    assert judge(rule, stats).good
    for bad in (
        outcome({"isr": 100, "calibrate": 100}, [("calibrate", n) for n in range(6)]),
        outcome({"isr": 100, "calibrate": 100}, [("isr", 1)]),
        outcome({"isr": 1000, "calibrate": 1000, "stats": 100}, [("stats", 1), ("stats", 2)]),
    ):
        assert judge(rule, bad).reason is Reason.OVER_LIMITS


def test_other_tasks_may_not_fail_where_only_tasks_are_named() -> None:
    rule = accept({"tasks": {"calibrate": "5%"}})
    assert judge(rule, outcome({"isr": 100, "calibrate": 20}, [("calibrate", 1)])).good
    verdict = judge(rule, outcome({"isr": 100, "calibrate": 20}, [("isr", 1)]))
    assert verdict.reason is Reason.OVER_LIMITS
    assert verdict.detail == "1 of 100 quanta of other tasks failed, 0% accepted"


def test_the_detail_has_the_counts() -> None:
    assert judge(Accept(), of(100, 3)).detail == "3 of 100 quanta failed"
    assert judge(accept({"failed": "0.5%"}), of(1000, 6)).detail == "6 of 1000 quanta failed, 0.5% accepted"
    assert (
        judge(accept({"tasks": {"isr": "5%"}}), of(10, 1)).detail == "isr: 1 of 10 quanta failed, 5% accepted"
    )


def test_of_an_outcome_that_contradicts_itself_the_worse_counts() -> None:
    assert not judge(Accept(), Outcome((TaskOutcome("isr", 10, 9),))).good
    assert not judge(
        Accept(), Outcome((TaskOutcome("isr", 10, 10),), (Failure(quantum("isr", 1), Fault.OTHER),))
    ).good
    assert not judge(Accept(), Outcome((TaskOutcome("isr", 0, 0, 1),))).good


@given(st.integers(0, 999), st.integers(1, 10**7), st.integers(0, 10**7))
def test_the_boundary_is_exact(tenths: int, quanta: int, failed: int) -> None:
    failed = min(failed, quanta)
    rule = accept({"failed": f"{tenths // 10}.{tenths % 10}%"})
    assert judge(rule, of(quanta, failed)).good == (failed * 1000 <= tenths * quanta)
