"""Which runs a workflow follows."""

from __future__ import annotations

from dataclasses import replace

from state_events import at, claimed

from cmcompile.model.states import GroupRecord, GroupState, LedgerState, Workflow, WorkflowState
from cmcompile.reconcile.former import former_runs

S = WorkflowState


def workflow(
    group: str,
    name: str,
    start: int,
    state: WorkflowState = S.PARTIAL,
    covers: tuple[str, ...] = (),
    builds_on: tuple[str, ...] = ("u",),
) -> Workflow:
    claim = replace(claimed(covers, builds_on=builds_on), output_run=f"u/{group}/{name}")
    return Workflow("step1", group, name, state, live=False, claim=claim, claimed_at=at(start), used=True)


def ledger(*workflows: Workflow) -> LedgerState:
    groups: dict[tuple[str, str], GroupRecord] = {}
    covering: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in workflows:
        key = ("step1", one.group)
        former = groups.get(key, GroupRecord("step1", one.group))
        groups[key] = replace(former, workflows=(*former.workflows, one))
        for covered in one.claim.covers if one.claim else ():
            covering["step1", covered] = tuple(
                dict.fromkeys((*covering.get(("step1", covered), ()), one.group))
            )
    return LedgerState(groups, covering=covering)


FIRST, SECOND = workflow("1", "w00", 1, builds_on=()), workflow("1", "w01", 2)
OTHER = workflow("2", "w00", 3, builds_on=())
RESCUE, AGAIN = (workflow("fix.1", f"w0{n}", 10 + n, covers=("1", "2")) for n in (0, 1))


def test_a_first_workflow_and_one_that_takes_nothing_over_follow_nothing() -> None:
    anew = workflow("1", "w01", 2, builds_on=())
    assert former_runs(ledger(FIRST, anew), FIRST) == ()
    assert former_runs(ledger(FIRST, anew), anew) == ()


def test_one_that_takes_outputs_over_follows_the_older_ones_of_its_group() -> None:
    third = workflow("1", "w02", 4)
    assert former_runs(ledger(FIRST, SECOND, third, OTHER), SECOND) == ("u/1/w00",)
    assert former_runs(ledger(FIRST, SECOND, third, OTHER), third) == ("u/1/w00", "u/1/w01")


def test_a_rescue_follows_all_that_it_covers_and_what_covered_it_before() -> None:
    state = ledger(OTHER, FIRST, SECOND, RESCUE, AGAIN, workflow("3", "w00", 1))
    assert former_runs(state, RESCUE) == ("u/1/w00", "u/1/w01", "u/2/w00")
    assert former_runs(state, AGAIN) == ("u/1/w00", "u/1/w01", "u/2/w00", "u/fix.1/w00")
    other = workflow("fix.2", "w00", 20, covers=("2",))
    state = ledger(OTHER, FIRST, SECOND, RESCUE, other)
    assert former_runs(state, other) == ("u/2/w00", "u/fix.1/w00")


def test_a_rescue_that_was_rejected_gives_nothing_to_another() -> None:
    other = workflow("fix.2", "w00", 20, covers=("2",))
    state = ledger(OTHER, RESCUE, other)
    record = replace(state.groups["step1", "fix.1"], verdict=GroupState.REJECTED)
    state = replace(state, groups={**state.groups, ("step1", "fix.1"): record})
    assert former_runs(state, other) == ("u/2/w00",)


def test_what_has_not_ended_or_is_removed_is_left_out() -> None:
    for state in (S.RUNNING, S.RETIRED, S.UNKNOWN):
        assert former_runs(ledger(replace(FIRST, state=state), SECOND), SECOND) == ()


def test_a_restarted_workflow_keeps_its_place() -> None:
    restarted = replace(FIRST, claimed_at=at(50), begun_at=at(1))
    assert former_runs(ledger(restarted, SECOND), SECOND) == ("u/1/w00",)
    assert former_runs(ledger(FIRST, SECOND), replace(restarted, claim=FIRST.claim)) == ()
