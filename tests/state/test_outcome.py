"""What became of a group's quanta, over its own workflows and those that cover it."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st
from state_events import at, claimed, outcome, quantum

from cmcompile.model.outcome import Failure, Fault, Outcome, TaskOutcome
from cmcompile.model.states import GroupRecord, LedgerState, Workflow, WorkflowState
from cmcompile.state.fold import assemble
from cmcompile.state.outcome import group_outcome, outcome_of

FIVE = {"isr": 5, "calibrate": 5}


def workflow(
    name: str = "w00",
    found: Outcome | None = None,
    *,
    group: str = "1",
    state: WorkflowState = WorkflowState.PARTIAL,
    builds_on: tuple[str, ...] = (),
    covers: tuple[str, ...] = (),
    start: int = 1,
) -> Workflow:
    return Workflow(
        "step1",
        group,
        name,
        state,
        live=False,
        claim=claimed(covers, builds_on=builds_on),
        outcome=found,
        used=True,
        run_id="r",
        claimed_at=at(start),
    )


def rescue(
    found: Outcome | None, *, start: int = 30, covers: tuple[str, ...] = ("1",), group: str = "fix.1"
) -> Workflow:
    return workflow("w00", found, group=group, covers=covers, builds_on=("u/1",), start=start)


def failed(found: Outcome | None) -> set[tuple[str, str]]:
    assert found is not None
    return {(f.quantum.task, f.quantum.data_id) for f in found.failures}


def named(*some: tuple[str, int]) -> set[tuple[str, str]]:
    return {(quantum(*s).task, quantum(*s).data_id) for s in some}


ONE = outcome(FIVE, [("isr", 1), ("isr", 2)], blocked=[("calibrate", 1)])


def test_one_workflow_is_its_own_outcome() -> None:
    assert group_outcome([workflow(found=ONE)], []) == ONE
    assert group_outcome([], []) is None


def test_what_has_not_ended_is_passed_over() -> None:
    for state in (
        WorkflowState.RUNNING,
        WorkflowState.PREPARE_FAILED,
        WorkflowState.ABANDONED,
        WorkflowState.RETIRED,
    ):
        assert group_outcome([workflow(found=ONE), workflow("w01", state=state)], []) == ONE
        assert group_outcome([workflow(state=state)], []) is None


def test_a_later_workflow_that_takes_nothing_over_replaces_the_former() -> None:
    later = outcome(FIVE, [("calibrate", 4)])
    assert group_outcome([workflow(found=ONE), workflow("w01", later)], []) == later
    assert group_outcome([workflow(found=ONE), workflow("w01", None)], []) is None


def test_a_later_workflow_that_builds_on_the_former_clears_what_it_names() -> None:
    later = outcome({"isr": 2, "calibrate": 1}, [("isr", 2)], [("isr", 1), ("calibrate", 1)])
    found = group_outcome([workflow(found=ONE), workflow("w01", later, builds_on=("u/w00",))], [])
    assert found is not None
    assert failed(found) == named(("isr", 2))
    assert found.tasks == (TaskOutcome("isr", 5, 4, 1), TaskOutcome("calibrate", 5, 5))
    assert found.complete


def test_a_rescue_clears_only_what_it_names() -> None:
    found = group_outcome(
        [workflow(found=ONE)], [rescue(outcome({"isr": 1}, cleared=[("isr", 1), ("isr", 4)]))]
    )
    assert failed(found) == named(("isr", 2), ("calibrate", 1))
    assert found is not None
    assert found.tasks == (TaskOutcome("isr", 5, 4, 1), TaskOutcome("calibrate", 5, 4, 0, 1))


def test_a_quantum_that_failed_in_another_way_is_counted_as_it_is_now() -> None:
    found = group_outcome([workflow(found=ONE)], [rescue(outcome({"calibrate": 1}, [("calibrate", 1)]))])
    assert found is not None
    assert found.tasks[1] == TaskOutcome("calibrate", 5, 4, 1, 0)
    assert found.missing == 3


def test_caveats_are_of_all_that_count() -> None:
    base = Outcome((TaskOutcome("isr", 5, 4, 1, caveats={"NO_WORK": 2, "A": 1}), TaskOutcome("b", 1, 1)))
    later = Outcome(
        (TaskOutcome("isr", 1, 1, caveats={"NO_WORK": 1}), TaskOutcome("b", 1, 1, caveats={"A": 1}))
    )
    own = [workflow(found=base), workflow("w01", later, builds_on=("u/w00",))]
    found = group_outcome(own, [rescue(later)])
    assert found is not None
    assert [t.caveats for t in found.tasks] == [{"NO_WORK": 4, "A": 1}, {"A": 2}]
    replaced = group_outcome([workflow(found=base), workflow("w01", later)], [])
    assert replaced == later
    assert base.tasks[0].caveats == {"NO_WORK": 2, "A": 1}


def test_what_is_both_cleared_and_failed_has_failed() -> None:
    found = group_outcome([workflow(found=ONE)], [rescue(outcome({"isr": 1}, [("isr", 1)], [("isr", 1)]))])
    assert named(("isr", 1)) <= failed(found)
    assert found is not None
    assert found.missing == 3


def test_a_failure_that_is_in_no_group_counts_for_each() -> None:
    second = rescue(outcome({"isr": 2, "stats": 1}, [("isr", 5), ("stats", 1)], [("isr", 1)]))
    found = group_outcome([workflow(found=ONE)], [second])
    assert failed(found) == named(("isr", 2), ("isr", 5), ("calibrate", 1), ("stats", 1))
    assert found is not None
    assert found.tasks == (
        TaskOutcome("isr", 5, 3, 2),
        TaskOutcome("calibrate", 5, 4, 0, 1),
        TaskOutcome("stats", 1, 0, 1),
    )


def state_of(*workflows: Workflow) -> LedgerState:
    groups: dict[str, list[Workflow]] = {}
    for found in workflows:
        groups.setdefault(found.group, []).append(found)
    return assemble([GroupRecord("step1", group, tuple(some)) for group, some in groups.items()], ())


def test_a_failure_of_another_group_that_the_rescue_covers_does_not_count() -> None:
    first = workflow(found=outcome(FIVE, [("isr", 1)]))
    second = workflow(found=outcome(FIVE, [("isr", 11), ("isr", 12)]), group="2")
    both = rescue(
        outcome({"isr": 3}, [("isr", 11), ("isr", 99)], [("isr", 1), ("isr", 12)]), covers=("1", "2")
    )
    state = state_of(first, second, both)
    assert failed(outcome_of(state, "step1", "1")) == named(("isr", 99))
    assert failed(outcome_of(state, "step1", "2")) == named(("isr", 11), ("isr", 99))
    assert outcome_of(state, "step1", "fix.1") is not None
    assert failed(outcome_of(state, "step1", "fix.1")) == named(("isr", 11), ("isr", 99))
    assert outcome_of(state, "step1", "7") is None


def test_a_rescue_of_what_was_replaced_since_counts_no_more() -> None:
    former = rescue(outcome({"isr": 2}, cleared=[("isr", 1), ("isr", 2)]), start=10)
    own = [workflow(found=ONE), workflow("w01", outcome(FIVE, [("isr", 1)]), start=20)]
    assert failed(group_outcome(own, [former])) == named(("isr", 1))
    later = rescue(outcome({"isr": 1}, cleared=[("isr", 1)]), start=30)
    assert failed(group_outcome(own, [former, later])) == set()


def test_a_rescue_of_what_was_superseded_clears_nothing_of_what_was_sent_anew() -> None:
    """The superseded workflow is not given at all: the first that counts is not the first that there was."""
    former = rescue(outcome({"isr": 2}, cleared=[("isr", 1), ("isr", 2)]), start=10)
    anew = workflow("w01", ONE, start=20)
    assert group_outcome([anew], [former]) == group_outcome([anew], [])
    restarted = dataclasses.replace(anew, begun_at=at(5))
    assert failed(group_outcome([restarted], [former])) == named(("calibrate", 1))


def test_what_is_not_known_stays_so() -> None:
    assert group_outcome([workflow(found=None)], [rescue(outcome({"isr": 1}))]) is None
    unknown = group_outcome([workflow(found=ONE)], [rescue(None)])
    assert unknown is not None
    assert not unknown.complete
    assert failed(unknown) == failed(ONE)
    later = group_outcome([workflow(found=ONE), workflow("w01", None, builds_on=("u",))], [])
    assert later is not None
    assert not later.complete
    counts = group_outcome([workflow(found=ONE)], [rescue(outcome({"isr": 1}, complete=False))])
    assert counts is not None
    assert not counts.complete


def test_a_restart_that_was_given_up_leaves_nothing_known() -> None:
    given_up = dataclasses.replace(workflow(state=WorkflowState.ABANDONED), former_run_id="r0")
    assert group_outcome([given_up], []) is None
    assert group_outcome([workflow(found=ONE), dataclasses.replace(given_up, name="w01")], []) is None


def test_quanta_that_no_count_holds_are_missing() -> None:
    odd = Outcome((TaskOutcome("isr", 10, 7, 1),), (Failure(quantum("isr", 1), Fault.FAILED),))
    found = group_outcome([workflow(found=odd)], [rescue(outcome({"isr": 1}))])
    assert found is not None
    assert found.tasks == (TaskOutcome("isr", 10, 7, 1, 0, 2),)


pairs = st.sets(st.tuples(st.sampled_from(["isr", "calibrate"]), st.integers(1, 5)), max_size=6)


@given(pairs, st.lists(st.tuples(pairs, pairs), max_size=3))
def test_counts_and_names_tell_the_same(
    first: set[tuple[str, int]], later: list[tuple[set[tuple[str, int]], set[tuple[str, int]]]]
) -> None:
    """Failures of a base of 5 quanta per task, then rescues: (cleared, failed again)."""
    rescues = [rescue(outcome({}, bad, good), start=30 + i) for i, (good, bad) in enumerate(later)]
    found = group_outcome([workflow(found=outcome(FIVE, sorted(first)))], rescues)
    left = set(first)
    for good, bad in later:
        left = (left - good) | bad
    assert failed(found) == named(*left)
    assert found is not None
    assert found.missing == len(left)
    assert found.quanta == 10
