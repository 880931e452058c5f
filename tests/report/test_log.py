"""The log of a group; the snapshots hold one page per format, to be read by eye."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from logs import DECISIONS, lines
from pages import Page, controls, too_wide
from standings import NOW
from syrupy.assertion import SnapshotAssertion

from cmcompile.model import event as e
from cmcompile.model.diagnosed import JobCount
from cmcompile.model.signal import Disagreed, Disagreement, SignalCounts
from cmcompile.model.status import LogLine
from cmcompile.report.log import LOG_FORMATS, LogFormat, in_order, render_log
from cmcompile.report.log_words import more, said
from cmcompile.report.markdown import LIMIT
from cmcompile.report.screen import Screen

SCREEN = Screen(100, now=NOW)


@pytest.mark.parametrize("format_", LOG_FORMATS)
def test_each_format_looks_as_reviewed(format_: LogFormat, snapshot: SnapshotAssertion) -> None:
    text = render_log("dp02/step1/3", lines(), format_, SCREEN, DECISIONS)
    assert text == snapshot(extension_class=Page)
    assert controls(text) == set()
    if format_ == "text":
        assert too_wide(text, 100) == []


def test_events_are_told_by_time_but_never_against_their_numbers() -> None:
    found = in_order(lines())
    numbers: dict[e.Subject, int] = {}
    for line in found:
        assert line.event.number > numbers.get(line.event.subject, 0)
        numbers[line.event.subject] = line.event.number
    told = [(line.event.draft.at, str(line.event.subject), line.event.draft.kind) for line in found]
    late = told.index(("2026-11-20T05:00:00Z", "step1/3@w01", "prepare_failed"))
    assert told[late - 1] == ("2026-11-20T05:02:00Z", "step1/3@w01", "claimed")


@pytest.mark.parametrize("kind", [*e.KINDS])
def test_every_kind_of_event_is_said_in_words(kind: type[e.Body]) -> None:
    bodies = {type(line.event.draft.body): line.event.draft.body for line in lines()}
    others: list[e.Body] = [
        e.NotCalled("g"),
        e.Cancelling("4711"),
        e.Measured("butler"),
        e.Diagnosed("monitor", jobs=(JobCount("isr", 2),)),
        e.Signalled(SignalCounts(jobs=3, finished=2)),
        e.Retiring(),
        e.Retired(),
        e.Rejected(("3@w00",), "dark"),
        e.Superseded(("3@w00",), "other seeing"),
        e.Chaining("u/x", "d"),
        e.Tagging("u/t", "d"),
        e.Tagged("u/t", "d", 3, "ids"),
    ]
    bodies |= {type(body): body for body in others}
    # A name with an underscore would be the kind itself, not words.
    assert " " in said(bodies[kind]) or said(bodies[kind]) in ("accepted", "rejected")
    assert "_" not in said(bodies[kind])


def test_where_jobs_disagree_is_told() -> None:
    told = e.Signalled(SignalCounts(jobs=3, disagree=1), (Disagreed("exits-differ", 1, (2,)),))
    assert ("jobs", "1 job in disagreement (number 2): " + Disagreement.EXITS_DIFFER.about) in list(
        more(told)
    )


def test_a_claim_tells_a_restart_and_an_adoption_apart() -> None:
    claim = next(x.event.draft.body for x in lines() if isinstance(x.event.draft.body, e.Claimed))
    assert isinstance(claim, e.Claimed)
    words = {said(claim), said(replace(claim, restart=True)), said(replace(claim, adopted=True))}
    assert len(words) == 3


def test_giving_up_before_and_after_the_gate_differ() -> None:
    assert "before the gate" in said(e.Abandoned(None, ""))
    assert "after its gate" in said(e.Abandoned("g", ""))


def test_a_reason_of_a_later_version_is_shown_as_it_is() -> None:
    assert said(e.Reviewed("moon_full", "")) == "needs a person: moon_full"


def test_a_decision_is_told_with_its_place_or_at_least_by_its_id() -> None:
    text = render_log("g", lines(), "text", SCREEN, DECISIONS)
    assert "abandon, campaigns/dp02/decisions.yaml:9, by Ann" in text
    assert "decision  gone0gone0go" in text
    found = json.loads(render_log("g", lines(), "json", SCREEN, DECISIONS))["events"]
    assert [x["decided_at"] for x in found if x["decision"]] == [
        {"file": "campaigns/dp02/decisions.yaml", "line": 9, "column": 3},
        None,
    ]


@pytest.mark.parametrize("format_", LOG_FORMATS)
def test_nothing_recorded_is_an_answer(format_: LogFormat) -> None:
    assert render_log("dp02/step1/9", (), format_, SCREEN).endswith("\n")


def test_a_long_log_is_bounded_as_a_page() -> None:
    one = lines()[0]
    many = [LogLine(replace(one.event, number=n), f"{n:040x}", "x" * 99) for n in range(1, 3000)]
    text = render_log("dp02/step1/3", many, "markdown", SCREEN)
    assert len(text.encode()) <= LIMIT
    assert "more; see `cmcompile log dp02/step1/3`" in text
