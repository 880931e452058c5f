"""What jobs said of themselves, in the status of a group."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from pages import controls, too_wide
from standings import HOSTILE, NOW, SEEN, standings, state

from cmcompile.model.signal import Disagreed, SignalCounts, Signalled
from cmcompile.model.states import LedgerState
from cmcompile.model.status import CampaignStatus
from cmcompile.plan.summary import status_of
from cmcompile.report.screen import Screen
from cmcompile.report.status import render_status
from cmcompile.spec.schema import schema_text

SAID = Signalled(
    SignalCounts(60, 60, 60, 3, 0, 0, 57, 2, 1, 1, 57_000, 57, 10**9, 0),
    (Disagreed("finished-but-failed", 1, (12,)), Disagreed(HOSTILE, 30, (1, 2))),
)


def told() -> CampaignStatus:
    """Return the status of a group whose first workflow has a record of signals."""
    found: LedgerState = state()
    key = ("step1", "4")
    record = found.groups[key]
    first, *others = record.workflows
    groups = {**found.groups, key: replace(record, workflows=(replace(first, signalled=SAID), *others))}
    return status_of("dp02", SEEN, standings(), replace(found, groups=groups), chosen={key})


def test_in_words() -> None:
    text = render_status([told()], "text", "group", Screen(100, now=NOW))
    assert "    jobs      signals of 60 jobs: 57 finished, 2 failed, 1 silent, 1 in disagreement;" in text
    said = " ".join(text.split())
    assert "1 in disagreement; 57,000 events; 57 files 1 job in disagreement" in said
    assert (
        "1 job in disagreement (number 12): the payload said that it had finished, and the job ended badly"
        in said
    )
    assert "30 jobs in disagreement (numbers 1, 2, …)" in said
    assert controls(text) == set()


@pytest.mark.parametrize("columns", [60, 40])
def test_it_is_wrapped(columns: int) -> None:
    text = render_status([told()], "text", "group", Screen(columns, now=NOW))
    assert [line for line in too_wide(text, columns) if "disagreement" in line or "signals of" in line] == []


def test_as_json() -> None:
    document = json.loads(render_status([told()], "json", "group", Screen(100, now=NOW)))
    Draft202012Validator(json.loads(schema_text("status"))).validate(document)
    text = json.dumps(document)
    assert '"signals": {"jobs": 60, "begun": 60' in text
    assert '"disagreed": [{"what": "finished-but-failed", "jobs": 1, "first": [12]}' in text
    plain = json.dumps(
        json.loads(
            render_status([status_of("dp02", SEEN, standings(), state())], "json", "group", Screen(100))
        )
    )
    assert '"signals"' not in plain
