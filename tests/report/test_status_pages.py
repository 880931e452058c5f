"""The status as Markdown, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pages import Page, controls
from standings import HOSTILE, NOW, SEEN, standings, state
from syrupy.assertion import SnapshotAssertion
from test_status_text import LEVELS, all_campaigns, part, whole

from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Standing
from cmcompile.model.status import CampaignStatus
from cmcompile.plan.summary import status_of, whereabouts_of
from cmcompile.report.markdown import LIMIT
from cmcompile.report.screen import Screen
from cmcompile.report.status import Level, StatusFormat, render_status, render_whereabouts

SCREEN = Screen(100, now=NOW)
SCHEMA = Path(__file__).parents[2] / "schemas/status-v1.schema.json"


def shown(level: Level, format_: StatusFormat) -> str:
    statuses = {"production": all_campaigns(), "campaign": [whole()], "step": [whole()]}
    return render_status(statuses.get(level, [part("3", "4", "13")]), format_, level, SCREEN, workflow="w00")


def closed(node: Any) -> Any:
    """Return a schema that lets no other key through, so that a key without a description is seen."""
    if isinstance(node, list):
        return [closed(x) for x in node]
    if not isinstance(node, dict):
        return node
    made = {key: closed(value) for key, value in node.items()}
    return {**made, "additionalProperties": False} if "properties" in made else made


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(closed(schema))


@pytest.mark.parametrize("level", LEVELS)
def test_json_is_as_its_schema_says(level: Level, validator: Draft202012Validator) -> None:
    found = json.loads(shown(level, "json"))
    assert list(validator.iter_errors(found)) == []
    assert all(("rows" in c) == (level not in ("production", "campaign")) for c in found["campaigns"])


def test_json_of_whereabouts_is_as_its_schema_says(validator: Draft202012Validator) -> None:
    rows = whereabouts_of("dp02", standings().values(), state())
    found = json.loads(render_whereabouts("visit:1", rows, "json", SCREEN))
    assert list(validator.iter_errors(found)) == []
    assert len(found["whereabouts"]) > len(standings())


def test_the_schema_can_refuse(validator: Draft202012Validator) -> None:
    found = json.loads(shown("group", "json"))
    for spoil in ({"format": 2}, {"campaigns": 1}, {"more": 1}, {"whereabouts": [], "of": "x"}):
        assert not validator.is_valid({**found, **spoil})
    found["campaigns"][0]["rows"][0]["state"] = "bad"
    assert not validator.is_valid(found)


def test_the_schema_knows_every_state() -> None:
    defs = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    states = [s.value for s in GroupState]
    assert defs["state"]["enum"] == states
    assert list(defs["counts"]["properties"]) == ["total", *states]


def test_every_key_is_described() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for each in (schema, *schema["$defs"].values()):
        for key, told in each.get("properties", {}).items():
            assert told["description"].endswith("."), key


@pytest.mark.parametrize("level", ["campaign", "group"])
def test_json_looks_as_reviewed(level: Level, snapshot: SnapshotAssertion) -> None:
    assert shown(level, "json") == snapshot(extension_class=Page)


@pytest.mark.parametrize("level", LEVELS)
def test_markdown_looks_as_reviewed(level: Level, snapshot: SnapshotAssertion) -> None:
    text = shown(level, "markdown")
    assert text == snapshot(extension_class=Page)
    assert controls(text) == set()


def test_csv_looks_as_reviewed(snapshot: SnapshotAssertion) -> None:
    text = shown("step", "csv")
    assert text == snapshot(extension_class=Page)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(standings())
    assert controls(text) == set()
    assert {r["group"] for r in rows if r["needs_person"] == "yes"} == {
        *map(str, (3, *range(5, 12))),
        "bad-psf.5",
    }


def test_a_page_stays_below_its_limit_whatever_there_is() -> None:
    for number, level in ((5000, "step"), (400, "group")):
        made = {
            ("step1", str(n)): Standing("step1", str(n), GroupState.REVIEW, Reason.OVER_LIMITS, HOSTILE * 99)
            for n in range(number)
        }
        text = render_status([status_of("dp02", SEEN, made, state())], "markdown", level, SCREEN)  # type: ignore[arg-type]
        assert LIMIT * 0.8 < len(text.encode()) <= LIMIT
        assert "more" in text.splitlines()[-1] or "more" in text.splitlines()[-2]


def test_a_page_of_many_campaigns_is_bounded_too() -> None:
    statuses = [replace(whole(), campaign=f"c{n}") for n in range(500)]
    assert len(render_status(statuses, "markdown", "production", SCREEN).encode()) <= LIMIT
    assert len(render_status(statuses, "markdown", "campaign", SCREEN).encode()) <= LIMIT


def test_a_cell_holds_no_line_end_and_no_bare_bar() -> None:
    text = shown("group", "markdown")
    for line in text.splitlines():
        if line.startswith("| `step1/3`"):
            assert line.replace("\\|", "").count("|") == 5


def test_a_campaign_that_cant_be_read_is_told_in_every_format() -> None:
    broken = [CampaignStatus("broken", fault="its spec has 3 errors", next="cmcompile validate broken")]
    for format_ in ("text", "markdown", "json"):
        text = render_status(broken, format_, "campaign", SCREEN)
        assert "its spec has 3 errors" in text
        assert "cmcompile validate broken" in text
