"""Plans as documents: there and back, as the schema says, and with digests that tell what they should."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from plan_tools import campaign, facts, plan_of, source, state_of

from cmcompile.model.event import Subject
from cmcompile.model.plan import Action, Cost, Item, Plan, Stage, StageName
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState
from cmcompile.plan.document import BadPlanError, from_document, plan_digest, to_document
from cmcompile.plan.items import canonical, item_digest

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/plan-v1.schema.json").read_text(encoding="utf-8"))
FULL = Item(
    Action.RESCUE,
    Subject("a", "r.1", "w00"),
    Reason.FAILURES,
    "3 of 100 quanta",
    GroupState.READY,
    Span("campaigns/c/campaign.yaml", 3, 5),
    "d" * 64,
    ("1", "2"),
    {"workflows": "none"},
    Cost(100, (1.0, 2.5), "the former campaign"),
    False,
    "abcdef012345",
    "cmcompile apply c",
    "e" * 64,
)
BARE = Item(Action.CHAIN, Subject("a"), Reason.NEW_RUNS, cost=Cost(), digest="f" * 64)


def plan() -> Plan:
    stages = (Stage(StageName.SUBMISSION, (FULL,)), Stage(StageName.NOT_NOW, (BARE,)))
    made = Plan(replace(source(3), inputs={"b": "2", "a": "1"}, selectors=("c/a",)), stages)
    return replace(made, digest=plan_digest(made))


def test_a_document_gives_the_same_plan() -> None:
    assert from_document(json.loads(json.dumps(to_document(plan())))) == plan()


def test_the_sample_has_something_in_every_field() -> None:
    default = Item(FULL.action, FULL.subject, FULL.reason)
    same = [f.name for f in fields(Item) if getattr(FULL, f.name) == getattr(default, f.name)]
    assert same == ["action", "subject", "reason"]


def test_the_schema_agrees_and_names_every_key() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = to_document(plan())
    Draft202012Validator(SCHEMA).validate(document)
    full, bare = (stage["items"][0] for stage in document["stages"])
    assert set(full) == set(SCHEMA["$defs"]["item"]["properties"])
    assert set(SCHEMA["$defs"]["item"]["required"]) <= set(bare)
    assert set(document) == set(SCHEMA["properties"])
    assert set(document["source"]) == set(SCHEMA["$defs"]["source"]["properties"])


@pytest.mark.parametrize(
    ("place", "kind"),
    [(("action",), Action), (("reason",), Reason), (("state",), GroupState)],
)
def test_the_schema_knows_every_word(place: tuple[str], kind: Any) -> None:
    assert SCHEMA["$defs"]["item"]["properties"][place[0]]["enum"] == [member.value for member in kind]
    assert SCHEMA["$defs"]["stage"]["properties"]["name"]["enum"] == [name.value for name in StageName]


@pytest.mark.parametrize("change", ["format", "kind", "digest", "stages", "source"])
def test_what_is_no_plan_is_refused(change: str) -> None:
    document = to_document(plan())
    others: list[Any] = [None, 7, "x", [], {}]
    for value in others:
        with pytest.raises(BadPlanError):
            from_document({**document, change: value})
    del document[change]
    with pytest.raises(BadPlanError):
        from_document(document)


def test_an_altered_plan_is_refused() -> None:
    document = to_document(plan())
    document["stages"][0]["items"][0]["definition"] = "0" * 64
    with pytest.raises(BadPlanError, match="altered"):
        from_document(document)


def test_every_part_counts_in_the_digest_of_an_item() -> None:
    of: dict[str, Any] = {"campaign": "c", "subject": "a/1", "action": Action.SUBMIT}
    of |= {"definition": "d", "attempt": 0, "decision": ""}
    other: dict[str, Any] = {"campaign": "d", "subject": "a/2", "action": Action.RESCUE}
    other |= {"definition": "e", "attempt": 1, "decision": "x"}
    digests = {item_digest(**{**of, key: other[key]}) for key in of} | {item_digest(**of)}
    assert len(digests) == 7


def test_canonical_json_is_canonical() -> None:
    assert canonical({"b": [1, "ä"], "a": None}) == '{"a":null,"b":[1,"ä"]}'.encode()


def test_the_digest_of_an_item_stays_until_a_claim_has_a_gate() -> None:
    made = campaign("steps: {a: {}}")
    ledgers: list[dict[str, list[Any]]] = [
        {},
        {"a/all@w00": ["claimed", "abandoned"]},
        {"a/all@w00": ["claimed", {"submitting": "g1"}, {"not_called": "g1"}]},
        {"a/all@w00": ["claimed", {"submitting": "g1"}, {"unknown": "g1"}, {"abandoned": "g1"}]},
    ]
    digests = []
    for ledger in ledgers:
        item = next(plan_of(made, state_of(made, ledger), facts({})).items())
        assert item.action is Action.SUBMIT
        digests.append(item.digest)
    assert digests[0] == digests[1] == digests[2] != digests[3]


def test_no_digest_comes_back_when_a_former_workflow_turns_out_to_be_unused() -> None:
    # Its `not_called` came late: whoever knew it could not reach the ledger before the next one was sent.
    made = campaign("steps: {a: {}}")
    first: list[Any] = ["claimed", {"submitting": "g1"}, {"unknown": "g1"}, {"abandoned": "g1"}]
    second: list[Any] = ["claimed", {"submitting": "g2"}, {"unknown": "g2"}, {"abandoned": "g2"}]
    ledgers: list[dict[str, list[Any]]] = [
        {"a/all@w00": first},
        {"a/all@w00": [*first, {"not_called": "g1"}], "a/all@w01": second},
    ]
    sent, again = (next(plan_of(made, state_of(made, one), facts({})).items()) for one in ledgers)
    assert sent.action is again.action is Action.SUBMIT
    assert sent.digest != again.digest


def test_preconditions_tell_what_must_still_hold() -> None:
    made = campaign("steps: {a: {rescues: {r: {because: x}}}, b: {needs: a}}")
    ledger = {"a/all@w00": ["sent", {"observed": "failed", "failures": {"isr": 3}}]}
    rescue = next(plan_of(made, state_of(made, ledger), facts({})).items())
    assert rescue.preconditions == {
        "definition": made.definition("a", "r.all"),
        "workflows": "none",
        "others": "all@w00 failed",
        "covers": "all",
        "output": "u/a/r.all",
    }
    before: dict[str, list[Any]] = {
        "a/all@w00": ["sent", {"observed": "succeeded"}],
        "a/all": [{"accepted": ["w00"]}],
    }
    again = {**before, "a/all@w01": ["sent", {"observed": "succeeded"}]}
    again["a/all"] = [{"accepted": ["w01"]}]
    again = {name: again[name] for name in ("a/all@w00", "a/all@w01", "a/all")}
    needs = []
    for found in (before, again):
        items = plan_of(made, state_of(made, found), facts({})).items()
        needs.append(next(i for i in items if i.subject.step == "b").preconditions["needs"])
    assert needs[0] != needs[1]


def test_an_accept_item_names_what_it_judges() -> None:
    made = campaign("steps: {a: {rescues: {r: {because: x}}}}")
    ledger = {
        "a/all@w00": ["sent", {"observed": "failed"}],
        "a/all@w01": ["sent", {"observed": "partial", "failures": {"isr": 3}}],
        "a/r.all@w00": ["sent", {"observed": "succeeded", "cleared": {"isr": 3}}],
    }
    item = next(plan_of(made, state_of(made, ledger), facts({})).items())
    assert item.action is Action.ACCEPT
    assert item.preconditions["judged"] == "all@w01, r.all@w00"
    assert item.preconditions["workflows"] == "w00 failed, w01 partial"
