"""Which runs a rescue takes over, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from cmcompile.apply.claim import Claiming
from cmcompile.apply.declaration import Sendable
from cmcompile.apply.prior import prior_runs
from cmcompile.model.body import Claimed, Process, SpecRef, WmsRef
from cmcompile.model.group import CompiledGroup, Group
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, Workflow, WorkflowState
from cmcompile.model.wms import NoAnswer

CLAIM = Claimed(
    run_name="x",
    prefix="x",
    output_run="x",
    submit_path="",
    wms=WmsRef("w"),
    definition="d",
    spec=SpecRef("p", "c", "0", 1),
    process=Process("h", "b", 1),
)


def ended(group: str, name: str, at: str, *built_on: str, covers: tuple[str, ...] = ()) -> Workflow:
    claim = replace(CLAIM, output_run=f"u/{group}/{name}", builds_on=built_on, covers=covers)
    state = WorkflowState.PARTIAL
    return Workflow("s", group, name, state, live=False, claim=claim, run_id="1", used=True, begun_at=at)


def state(*workflows: Workflow, **verdicts: GroupState) -> LedgerState:
    groups: dict[tuple[str, str], GroupRecord] = {}
    covering: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in workflows:
        key = ("s", one.group)
        before = groups[key].workflows if key in groups else ()
        verdict = verdicts.get(f"g{one.group}")
        groups[key] = GroupRecord("s", one.group, (*before, one), verdict=verdict)
        for covered in one.claim.covers if one.claim is not None else ():
            known = covering.get(("s", covered), ())
            covering["s", covered] = tuple(dict.fromkeys((*known, one.group)))
    return LedgerState(groups, covering=covering)


FIRST = (ended("1", "w00", "2026-01-01"), ended("2", "w00", "2026-01-02"), ended("3", "w00", "2026-01-03"))
EARLIER = ended("a.1", "w00", "2026-01-04", "u/1/w00", covers=("1",))


def test_covered_groups_and_their_earlier_rescues() -> None:
    known = state(*FIRST, EARLIER)
    assert prior_runs(known, "s", "b.1", ("1", "2")) == ("u/a.1/w00", "u/2/w00", "u/1/w00")
    assert prior_runs(known, "s", "b.3", ("3",)) == ("u/3/w00",)
    assert prior_runs(known, "other", "b.3", ("3",)) == ()


def test_its_own_former_workflows() -> None:
    own = ended("b.1", "w00", "2026-01-05", "u/1/w00", covers=("1",))
    assert prior_runs(state(*FIRST, own), "s", "b.1", ("1",)) == ("u/b.1/w00", "u/1/w00")


def test_what_was_done_anew_replaces_what_was_there() -> None:
    again = ended("1", "w01", "2026-01-06")
    assert prior_runs(state(*FIRST, again), "s", "b.1", ("1",)) == ("u/1/w01",)


@pytest.mark.parametrize(
    "without",
    [
        replace(FIRST[0], state=WorkflowState.RETIRED),
        replace(FIRST[0], state=WorkflowState.PREPARE_FAILED),
        replace(FIRST[0], state=WorkflowState.RUNNING),
        replace(FIRST[0], used=False),
        replace(FIRST[0], retiring=True),
    ],
)
def test_a_run_that_left_no_outputs(without: Workflow) -> None:
    assert prior_runs(state(without, *FIRST[1:]), "s", "b.1", ("1", "2")) == ("u/2/w00",)


def test_a_rejected_group() -> None:
    known = state(*FIRST, g1=GroupState.REJECTED)
    assert prior_runs(known, "s", "b.1", ("1", "2")) == ("u/2/w00",)


class Known:
    """A Butler that tells which runs have no collection."""

    def __init__(self, answer: frozenset[str] | NoAnswer) -> None:
        self._answer = answer

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        return self._answer


@pytest.mark.parametrize(
    ("answer", "runs"),
    [
        (frozenset({"u/2/w00"}), ("u/a.1/w00", "u/1/w00")),
        (frozenset(), ("u/a.1/w00", "u/2/w00", "u/1/w00")),
        (NoAnswer("it is locked"), NoAnswer("it is locked")),
    ],
)
def test_a_run_without_a_collection_is_not_named(
    answer: frozenset[str] | NoAnswer, runs: tuple[str, ...] | NoAnswer
) -> None:
    group = Group("s", "b.1", (), rescue="b", covers=("1", "2"))
    made = CompiledGroup(group, "p", b"", (), "d", "u", None, "")
    found = Sendable(made, {}, WmsRef("w"), shared=False, takes_over=True)
    some: Any = None
    claiming = Claiming(some, some, some, "", some, some, cast("Any", Known(answer)))
    assert claiming._taken_over(found, state(*FIRST, EARLIER)) == runs
    assert claiming._taken_over(replace(found, takes_over=False), state(*FIRST)) == ()
