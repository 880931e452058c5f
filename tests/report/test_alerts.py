"""Messages about what needs a person or is late."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from syrupy.assertion import SnapshotAssertion

from cmcompile.model.alert import Alert
from cmcompile.model.forecast import Range
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState
from cmcompile.model.status import Attention, CampaignStatus, Concern, StepStatus
from cmcompile.report.alerts import message, overdue, people
from cmcompile.spec.schema import schema_text

HOSTILE = (
    "<!channel> <@U123> <https://evil.test|click> @here `code` *bold* &lt; \x1b[31m \u202e ```\nnext line"
    " {code} [~admin] !https://evil.test/x.png! |cell|| \\\\ http://evil.test ----"
)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STEP = StepStatus("step1", {GroupState.ACCEPTED: 3, GroupState.FAILED: 1})


def status(*concerns: Concern) -> CampaignStatus:
    attention = (Attention("step1", Reason.OUTCOME_UNKNOWN, concerns),) if concerns else ()
    return CampaignStatus("hsc-w46", steps=(STEP,), attention=attention)


def some(number: int) -> list[Alert]:
    return [
        Alert("person", f"step1/{n}", "failed", HOSTILE, f"cmcompile retry c/step1/{n}")
        for n in range(number)
    ]


def test_what_needs_a_person() -> None:
    one = Concern("step1/2", GroupState.REVIEW, "no reply", "2@w00", "cmcompile abandon c/step1/2@w00")
    (found,) = people(status(one))
    assert (found.subject, found.reason, found.topic) == (
        "step1/2@w00",
        Reason.OUTCOME_UNKNOWN.value,
        "person",
    )
    assert found.words == f"{Reason.OUTCOME_UNKNOWN.words}: no reply"
    assert found.command == "cmcompile abandon c/step1/2@w00"
    assert people(status()) == []


@pytest.mark.parametrize(
    ("due", "ends", "reason"),
    [
        ("", None, ""),
        ("2026-11-20", None, ""),
        ("2026-11-19", None, "overdue 2026-11-19"),
        ("2026-11-19", Range(1.0, 2.0, 3.0), "overdue 2026-11-19"),
        ("2026-11-22", Range(86400.0, 9e9, 9e9), ""),
        ("2026-11-22", Range(4 * 86400.0, 9e9, 9e9), "late 2026-11-22"),
        ("2026-11-22", Range(None, None, None), "late 2026-11-22"),
    ],
)
def test_what_is_late(due: str, ends: Range | None, reason: str) -> None:
    assert [alert.reason for alert in overdue(status(), due, NOW, ends)] == ([reason] if reason else [])


def test_what_is_done_is_not_late() -> None:
    done = CampaignStatus("c", steps=(StepStatus("step1", {GroupState.ACCEPTED: 3}),))
    assert overdue(done, "2020-01-01", NOW, None) == []


def test_a_message(snapshot: SnapshotAssertion) -> None:
    alerts = [*some(25), *overdue(status(), "2026-11-01", NOW, None)]
    again = {alerts[1].key}
    assert json.loads(message("hsc-w46", alerts, again, "slack"))["text"] == snapshot
    document = json.loads(message("hsc-w46", alerts, again, "json"))
    assert (len(document["alerts"]), document["more"], document["alerts"][1]["again"]) == (20, 6, True)


@given(text=st.text(min_size=1))
def test_nothing_of_others_is_read_by_slack(text: str) -> None:
    alert = Alert("person", "step1/2", "failed", text, "cmcompile status c")
    lines = json.loads(message("c", [alert], (), "slack"))["text"].split("\n")
    assert len(lines) == 2
    assert re.fullmatch(r"• `step1/2`: `[^`<>\n]*` → `cmcompile status c`", lines[1])
    assert not re.search(r"&(?!amp;|lt;|gt;)", lines[1])


@given(alerts=st.lists(st.builds(Alert, st.sampled_from(["person", "overdue"]), *[st.text()] * 4)))
def test_the_document_is_as_its_schema_says(alerts: list[Alert]) -> None:
    data = message("c", alerts, (), "json")
    Draft202012Validator(json.loads(schema_text("alerts"))).validate(json.loads(data))
