"""What standings tell beside state and reason, and how long they take."""

from __future__ import annotations

from time import process_time
from typing import Any

from plan_tools import campaign, facts, plan_of, source, state_of

from cmcompile.model.group import Group, Part
from cmcompile.model.plan import Action
from cmcompile.model.states import NOTHING, GroupState
from cmcompile.plan.inputs import Inputs
from cmcompile.plan.make import make_plan
from cmcompile.plan.sharing import Sharing
from cmcompile.plan.standing import judged, standings, standings_of


def test_a_source_that_cannot_be_asked_is_told() -> None:
    made = campaign("steps: {a: {}, b: {}}")
    ledger = {
        "a/all@w00": ["sent", {"observed": "running"}],
        "b/all@w00": ["sent", {"observed": "succeeded"}],
    }
    found = standings(made.inputs(state_of(made, ledger), facts({"stale": "2026-11-20T09:00:00Z"})))
    assert found["a", "all"].stale_since == "2026-11-20T09:00:00Z"
    # What is over is known, whoever can be asked.
    assert found["b", "all"].stale_since == ""


def test_workflow_time_and_outcome_are_told() -> None:
    made = campaign("steps: {a: {rescues: {r: {because: x}}}}")
    ledger = {
        "a/all@w00": ["sent", {"observed": "partial", "failures": {"isr": 3}}],
        "a/r.all@w00": ["sent", {"observed": "partial", "failures": {"calib": 1}, "cleared": {"isr": 3}}],
    }
    found = standings(made.inputs(state_of(made, ledger), facts({})))["a", "all"]
    assert (found.workflow, found.since) == ("r.all@w00", "2026-11-20T08:10:00Z")
    assert found.outcome is not None
    assert found.outcome.missing == 1


def test_only_a_blocked_group_counts_as_waiting_for_a_person() -> None:
    made = campaign("steps: {a: {rescues: {r: {because: x}}}, b: {needs: a}}")
    ledger = {"a/all@w00": ["claimed", {"submitting": "g"}, {"unknown": "g"}, {"review": "not_found"}]}
    found = standings(made.inputs(state_of(made, ledger), facts({})))
    assert {key for key, s in found.items() if s.blocked} == {("a", "r.all")}


def test_groups_that_were_only_expanded_stand_somewhere_too() -> None:
    """``status`` does not compile: no definitions, no outputs."""
    made = campaign("steps: {a: {collect: u/a}, b: {needs: a}}")
    ledger: dict[str, list[Any]] = {
        "a/all@w00": ["sent", {"observed": "succeeded"}],
        "a/all": [{"accepted": ["w00"]}],
    }
    whole = made.inputs(state_of(made, ledger), facts({}))
    bare = tuple(type(d)(d.group) for d in whole.declared)
    found = standings(Inputs(whole.spec, bare, whole.state, whole.decisions, whole.facts, whole.collects))
    assert [s.state for s in found.values()] == [GroupState.ACCEPTED, GroupState.READY]


def test_a_plan_may_be_asked_with_a_test_of_groups() -> None:
    made = campaign("steps: {a: {split: [{by: tract, values: 1..3}]}}")
    plan = plan_of(made, NOTHING, facts({}), chosen=lambda step, group: step == "a" and group == "2")
    assert [str(i.subject) for i in plan.items() if i.action is Action.SUBMIT] == ["a/2"]


def test_what_is_judged_serves_standings_and_plan() -> None:
    made = campaign("steps: {a: {split: [{by: tract, values: 1..3}]}, b: {needs: a}}")
    inputs = made.inputs(NOTHING, facts({}))
    found = judged(inputs)
    assert standings_of(found) == standings(inputs)
    plan = make_plan(inputs, source(), None, already=found)
    assert plan == make_plan(inputs, source(), None, already=found) == make_plan(inputs, source())


def group(group_id: str, **ids: list[int | str]) -> Group:
    return Group("a", group_id, tuple(Part(n, n, group_id, None, tuple(v)) for n, v in ids.items()))


def test_sharing_is_judged_by_every_common_dimension() -> None:
    first = [
        group("1", tract=[1, 2], patch=[1]),
        group("2", tract=[1, 2], patch=[2]),
        group("3", tract=[3], patch=[1]),
        group("4", patch=[1]),
    ]
    index = Sharing(first)
    assert index.of(group("x", tract=[2, 9])) == [0, 1, 3]
    assert index.of(group("x", tract=[2], patch=[1])) == [0, 3]
    assert index.of(group("x", visit=[5])) == [0, 1, 2, 3]
    assert index.of(group("x", tract=["3"])) == [2, 3]
    assert index.of(group("x", tract=[7])) == [3]


def test_thousands_of_groups_take_no_longer_than_they_must() -> None:
    """A bound that group by group is far from, and group times group far beyond."""
    made = campaign(
        """
        steps:
          a: {split: [{by: tract, values: 1..4000}], rescues: {r: {because: x}}}
          b: {needs: {a: same}, split: [{by: tract, values: 1..4000}]}
        """
    )
    inputs = made.inputs(NOTHING, facts({}))
    start = process_time()
    found = standings(inputs)
    plan = plan_of(made, NOTHING, facts({}))
    assert process_time() - start < 4
    assert len(found) == 12000
    assert sum(1 for _ in plan.items()) == 12000
