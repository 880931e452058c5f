"""Verdicts over all failures of a group: unknown is never sent again, and budgets hold."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.cause import Cause
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.policy import Budgets, FailureClass, Policy, Remedy, Rule
from cmcompile.model.source import Span
from cmcompile.state.policy import Spent, evaluate, matching, ruled

TOTAL = 100
UNKNOWN = Failure(Quantum("isr", "unknown"), Fault.FAILED, "never heard of")


def rule(remedy: Remedy, line: int, **match: object) -> Rule:
    kind = FailureClass.EXPECTED if remedy is Remedy.ACCEPT else FailureClass.TRANSIENT
    found = {"message": f"<{remedy.value}>", "within": Fraction(1, 10), **match}
    return Rule(remedy.value, kind, remedy, "a reason", Span("p.yaml", line, 3), **found)  # type: ignore[arg-type]


RULES = tuple(rule(remedy, line) for line, remedy in enumerate(Remedy, 4))


def policy(*rules: Rule, **budgets: object) -> Policy:
    return Policy("p", "p.yaml", rules or RULES, Budgets(**budgets))  # type: ignore[arg-type]


def failure(number: int, remedy: str, task: str = "isr", fault: Fault = Fault.FAILED) -> Failure:
    return Failure(Quantum(task, f"visit={number}"), fault, f"RuntimeError: <{remedy}>")


def outcome(failures: Sequence[Failure], *, complete: bool = True, total: int = TOTAL) -> Outcome:
    tasks = dict.fromkeys([f.quantum.task for f in failures] or ["isr"])
    rows = []
    for task in tasks:
        failed = sum(f.quantum.task == task and f.fault is Fault.FAILED for f in failures)
        blocked = sum(f.quantum.task == task and f.fault is Fault.BLOCKED for f in failures)
        other = sum(f.quantum.task == task and f.fault is Fault.OTHER for f in failures)
        rows.append(TaskOutcome(task, total, total - failed - blocked - other, failed, blocked, other))
    return Outcome(tuple(rows), tuple(failures), (), complete)


kinds = st.sampled_from([remedy.value for remedy in Remedy])
some = st.lists(
    st.tuples(kinds, st.sampled_from(["isr", "cal"]), st.sampled_from(Fault)), min_size=1, max_size=12
).map(lambda told: [failure(n, kind, task, fault) for n, (kind, task, fault) in enumerate(told)])
spendings = st.builds(Spent, st.integers(0, 4), st.integers(0, 4), st.integers(0, 9))
budgets = st.builds(
    Budgets,
    st.integers(0, 3),
    st.integers(0, 3),
    st.none() | st.integers(0, 6),
    st.none() | st.fractions(0, 1),
    st.dictionaries(st.sampled_from(["isr", "c*"]), st.fractions(0, 1)),
)


@given(some, budgets, spendings)
def test_adding_an_unknown_failure_gives_review(
    failures: list[Failure], limits: Budgets, spent: Spent
) -> None:
    found = evaluate(Policy("p", "p.yaml", RULES, limits), outcome([*failures, UNKNOWN]), spent)
    assert found.remedy is Remedy.REVIEW
    assert found.proposal is Remedy.REVIEW
    assert "unknown cause" in found.detail


@given(some, budgets, spendings, st.randoms())
def test_the_order_of_failures_does_not_matter(
    failures: list[Failure], limits: Budgets, spent: Spent, random: object
) -> None:
    shuffled = list(failures)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (
        evaluate(Policy("p", "p.yaml", RULES, limits), outcome(some_), spent)
        for some_ in (failures, shuffled)
    )
    assert (one.remedy, one.detail, one.rule, one.holds, one.proposal) == (
        other.remedy,
        other.detail,
        other.rule,
        other.holds,
        other.proposal,
    )


@given(some, budgets, spendings)
def test_no_budget_is_exceeded(failures: list[Failure], limits: Budgets, spent: Spent) -> None:
    found = evaluate(Policy("p", "p.yaml", RULES, limits), outcome(failures), spent)
    if found.remedy is Remedy.RETRY:
        assert spent.retries < limits.retries
        assert limits.step_retries is None or spent.step_retries < limits.step_retries
    if found.remedy in (Remedy.RESCUE, Remedy.MORE_MEMORY, Remedy.AVOID_SITE, Remedy.QUARANTINE):
        assert spent.rescues < limits.rescues
    if found.remedy is not Remedy.REVIEW and limits.failed is not None:
        missing = outcome(failures).missing
        assert missing <= limits.failed * outcome(failures).quanta


@given(st.text(max_size=20), st.sampled_from(Fault))
def test_a_rule_that_says_nothing_matches_nothing(message: str, fault: Fault) -> None:
    silent = rule(Remedy.RETRY, 1, message="")
    assert matching(policy(silent), Failure(Quantum("isr", "x"), fault, message)) is None


@pytest.mark.parametrize(
    ("remedies", "remedy"),
    [
        (["retry"], Remedy.RETRY),
        (["accept"], Remedy.ACCEPT),
        (["accept", "retry"], Remedy.RETRY),
        (["retry", "rescue"], Remedy.RESCUE),
        (["rescue", "more_memory", "retry"], Remedy.MORE_MEMORY),
        (["quarantine", "more_memory"], Remedy.QUARANTINE),
        (["hold", "quarantine"], Remedy.HOLD),
        (["hold", "review"], Remedy.REVIEW),
    ],
)
def test_what_asks_for_most_counts(remedies: list[str], remedy: Remedy) -> None:
    found = evaluate(policy(), outcome([failure(n, r) for n, r in enumerate(remedies)]), Spent())
    assert found.remedy is remedy
    assert found.rule is not None
    assert found.rule.remedy is remedy
    assert found.holds is ("hold" in remedies)


def test_the_first_rule_that_matches_counts() -> None:
    narrow = rule(Remedy.REVIEW, 1, message="<retry> odd")
    [one] = ruled(policy(narrow, *RULES), [Failure(Quantum("isr", "x"), Fault.FAILED, "<retry> odd")])
    assert one.rule is narrow


@pytest.mark.parametrize(
    ("match", "cause", "found"),
    [
        ({"sources": ("pilot",)}, Cause("pilot", 1), True),
        ({"sources": ("pilot",)}, Cause("transform", 1), False),
        ({"sources": ("pilot",)}, None, False),
        ({"codes": (137, -9)}, Cause("pilot", -9), True),
        ({"codes": (137,)}, Cause("pilot", 13), False),
        ({"codes": (137,)}, Cause("pilot"), False),
        ({"site": "SLAC*"}, Cause("pilot", site="SLAC_Rubin"), True),
        ({"site": "*"}, Cause("pilot"), False),
        ({"task": "is?"}, None, True),
        ({"task": "ISR"}, None, False),
        ({"codes": (137,), "task": "cal"}, Cause("pilot", 137), False),
        ({"message": "^odd"}, None, True),
        ({"message": "odd.$", "sources": ("pilot",)}, None, False),
    ],
)
def test_all_parts_of_a_rule_must_hold(match: dict[str, object], cause: Cause | None, found: bool) -> None:
    one = rule(Remedy.RETRY, 1, **{"message": "", **match})
    told = Failure(Quantum("isr", "x"), Fault.FAILED, "odd!", cause)
    assert (matching(policy(one), told) is one) is found


def test_what_never_ran_has_no_reason_of_its_own() -> None:
    behind = failure(2, "odd", "cal", Fault.BLOCKED)
    found = evaluate(policy(), outcome([failure(1, "retry"), behind]), Spent())
    assert found.remedy is Remedy.RETRY
    alone = evaluate(policy(), outcome([behind]), Spent())
    assert (alone.remedy, alone.detail) == (Remedy.REVIEW, "nothing tells what failed")


def test_what_is_not_named_is_unknown() -> None:
    known = (failure(1, "retry"),)
    more = Outcome((TaskOutcome("isr", 10, 7, 3),), known)
    found = evaluate(policy(), more, Spent())
    assert found.remedy is Remedy.REVIEW
    assert found.detail.startswith("isr: 3 quanta failed, and 1 are named")
    assert evaluate(policy(), outcome(known, complete=False), Spent()).remedy is Remedy.REVIEW


def test_shares_are_exact() -> None:
    ten = [failure(n, "accept") for n in range(10)]
    assert evaluate(policy(), outcome(ten), Spent()).remedy is Remedy.ACCEPT
    found = evaluate(policy(), outcome([*ten, failure(10, "accept")]), Spent())
    assert found.remedy is Remedy.REVIEW
    assert found.proposal is Remedy.ACCEPT
    assert found.detail.startswith("isr: 11 of 100 quanta, rule accept accepts 10%")
    behind = [failure(n, "odd", "cal", Fault.BLOCKED) for n in range(11)]
    assert evaluate(policy(), outcome([*ten, *behind[1:]]), Spent()).remedy is Remedy.ACCEPT
    assert evaluate(policy(), outcome([*ten, *behind]), Spent()).remedy is Remedy.REVIEW


def test_shares_of_steps_and_tasks_bound_whatever_matches() -> None:
    failures = [failure(n, "retry") for n in range(5)]
    assert evaluate(policy(failed=Fraction(5, 100)), outcome(failures), Spent()).remedy is Remedy.RETRY
    over = evaluate(policy(failed=Fraction(4, 100)), outcome(failures), Spent())
    assert over.remedy is Remedy.REVIEW
    assert over.detail.startswith("5 of 100 quanta failed, the budget is 4%")
    task = evaluate(policy(tasks={"i*": Fraction(4, 100)}), outcome(failures), Spent())
    assert task.detail.startswith("isr: 5 of 100 quanta failed, the budget is 4%")
