"""What `review` of a spec makes of a plan, beside the cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from plan_tools import campaign, facts, plan_of, state_of

from cmcompile.model.plan import Action
from cmcompile.plan.document import from_document, to_document

STEPS = "steps: {a: {split: [{by: tract, values: 1..4}], rescues: {r: {because: failures}}}, b: {needs: a}}\n"
ASKS = "review: {approvals: 1}\n"
SENT: dict[str, list[Any]] = {
    "a/1@w00": ["sent", {"observed": "succeeded"}, {"measured": 10}],
    "a/1": [{"accepted": ["w00"]}],
}
SCHEMA = Path(__file__).parents[2] / "schemas/plan-v1.schema.json"


def test_it_changes_no_file() -> None:
    plain, asking = campaign(STEPS), campaign(ASKS + STEPS)
    assert {d.key: d.definition for d in plain.declared} == {d.key: d.definition for d in asking.declared}


def test_what_waits_names_what_would_be_approved_and_its_cost() -> None:
    plain, asking = campaign(STEPS), campaign(ASKS + STEPS)
    plans = [plan_of(made, state_of(made, SENT), facts({})) for made in (plain, asking)]
    waits = [{str(i.subject): i for i in p.items() if i.action is Action.WAIT} for p in plans]
    assert [waits[0][name].definition for name in ("a/r.1", "b/all")] == ["", ""]
    for name in ("a/2", "a/r.1", "b/all"):
        step, group = name.split("/")
        assert waits[1][name].definition == asking.definition(step, group)
    cost = waits[1]["a/2"].cost
    assert cost is not None
    assert cost.core_hours == (10.0, 10.0)
    # It is no part of what tells an item from another.
    assert waits[1]["b/all"].digest == waits[0]["b/all"].digest


def test_such_a_plan_is_kept_and_read_again() -> None:
    made = campaign(ASKS + STEPS)
    plan = plan_of(made, state_of(made, SENT), facts({}))
    document = to_document(plan)
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    assert from_document(document) == plan


@given(st.lists(st.tuples(st.sampled_from(["Ann", "Bob", "Cid"]), st.integers(1, 4)), max_size=10), st.data())
def test_never_more_is_sent_for_a_smaller_choice_or_budget(
    given_: list[tuple[str, int]], data: st.DataObject
) -> None:
    """What may go by itself may go with the others, but for the budget; and the budget is never exceeded."""
    budget = data.draw(st.integers(1, 60))
    text = "steps: {a: {split: [{by: tract, values: 1..4}]}}\n"
    made = campaign(f"review: {{approvals: 2, budget: {{core_hours: {budget}}}}}\n" + text)
    told = [{"by": by, "of": [f"a/{group}"]} for by, group in given_]
    state = state_of(made, SENT, told)
    sends = {
        i.subject.group or "" for i in plan_of(made, state, facts({})).items() if i.action is Action.SUBMIT
    }
    for group in ("2", "3", "4"):
        alone = plan_of(made, state, facts({}), chosen={("a", group)})
        goes = any(i.action is Action.SUBMIT for i in alone.items())
        people = {by for by, number in given_ if str(number) == group}
        assert goes == (len(people) >= 2 and budget >= 20)
        assert goes or group not in sends
    assert not sends or 10 * (1 + len(sends)) <= budget


def test_a_name_that_somebody_made_up_stays_a_name() -> None:
    from cmcompile.report.plan import plan_markdown, plan_text
    from cmcompile.report.screen import Screen

    name = "Ann\x1b[31m\n::error::x\n`|<b>@all</b>\u202e"
    made = campaign("review: {approvals: 2}\n" + STEPS)
    plan = plan_of(made, state_of(made, {}, [{"by": name, "of": ["a/1"]}]), facts({}))
    text, page = plan_text(plan, Screen(), explain=True), plan_markdown(plan)
    assert "1 of 2 approvals" in text
    assert "1 of 2 approvals" in page
    for said in (text, page):
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert not any(line.startswith("::error") for line in said.splitlines())
