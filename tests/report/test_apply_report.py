"""What is told of items that were applied: what happened, what is certain, what to type next."""

from __future__ import annotations

from itertools import product

import jsonschema
import pytest

from cmcompile.model.applied import End, Moment, Result, Told
from cmcompile.model.drift import Drift, DriftKind
from cmcompile.model.event import CAMPAIGN, Subject, WmsRef
from cmcompile.model.plan import GATED, IDLE, Action, Item
from cmcompile.model.reason import Reason
from cmcompile.model.rescued import NotWritten, Written
from cmcompile.report import apply as report
from cmcompile.report.screen import Screen
from cmcompile.spec.schema import schema

SCHEMA = jsonschema.Draft202012Validator(schema("apply"))
SCREEN = Screen(columns=None)
AT = "2026-11-20T08:00:00Z"
ACTING = [action for action in Action if action not in IDLE]


def result(end: End, action: Action = Action.SUBMIT, detail: str = "", *, spooled: bool = False) -> Result:
    subject = Subject("step1", "3", "w00")
    item = Item(action, Subject("step1", "3"), Reason.NEVER_SENT, digest="a" * 64)
    return Result(item, end, subject, detail, spooled)


@pytest.mark.parametrize(("end", "action", "called"), list(product(End, ACTING, (False, True))))
def test_each_end_that_is_bad_has_a_command(end: End, action: Action, called: bool) -> None:
    found = result(end, action, "why")
    text = report.result_text("c", found, SCREEN, called=called)
    line = report.result_json("c", found, AT, called=called)
    SCHEMA.validate(line)
    good = end in (End.DONE, End.USED)
    assert (line["next"] is None) == good
    assert ("cmcompile " in text) == (not good)
    assert "why" in text
    if action in GATED and not good:
        assert line["certain"]


def test_no_run_was_started_is_said_only_where_it_is_certain() -> None:
    for end, called in product(End, (False, True)):
        said = report.certain(result(end), called=called)
        if end is End.UNKNOWN or (end is End.INTERRUPTED and called):
            assert "a run may exist" in said
            assert report.next_command("c", result(end), called=called) == "cmcompile reconcile c"
        elif end not in (End.DONE, End.USED):
            assert "no run was started" in said


def test_facts_that_are_only_on_this_disk_are_told() -> None:
    found = result(End.DONE, spooled=True)
    assert report.result_text("c", found, SCREEN, called=True) == (
        "+ submit step1/3@w00 done\n"
        "    the ledger can't be reached: what happened is kept on this disk, and is sent first next time\n"
        "    cmcompile reconcile c\n"
    )


def test_what_is_told_on_the_way() -> None:
    for moment in Moment:
        SCHEMA.validate(report.told_json("c", Told(moment, Subject("step1", "3", "w00"), "x"), AT))
    told = Told(Moment.SUBMITTED, Subject("step1", "3", "w00"), "17")
    assert report.told_text(told, SCREEN) == "  . step1/3@w00 submitted: run 17\n"
    assert report.told_text(Told(Moment.ENDED, Subject("step1")), SCREEN) == ""


def test_nothing_that_was_read_moves_the_cursor() -> None:
    text = report.result_text("c", result(End.FAILED, detail="a\x1b[2Jb\nc"), SCREEN, called=False)
    assert "\x1b" not in text
    assert r"a\x1b[2Jb\nc" in text.replace("\\x0a", "\\n")


def test_drift_always_has_a_command() -> None:
    for kind in DriftKind:
        for subject in (Subject("step1", "3"), Subject("step1", "3", "w00"), Subject(CAMPAIGN)):
            line = report.drift_json("c", Drift(kind, subject, "run 7"))
            SCHEMA.validate(line)
            assert str(line["next"]).startswith("cmcompile log c")
    found = Drift(DriftKind.FOREIGN_RUN, Subject("step1", "3"), "run 7", "bps cancel --id 7")
    assert report.drift_text("c", [found], SCREEN) == (
        "drift, 1 thing that nobody here brought about\n"
        "  ! step1/3: a run that the ledger does not know: run 7\n"
        "      bps cancel --id 7\n"
    )
    assert report.drift_text("c", [], SCREEN) == ""


def test_a_look_at_the_world() -> None:
    silent = {WmsRef("lsst.ctrl.bps.panda.PanDAService", "usdf"): "429"}
    SCHEMA.validate(report.seen_json("c", 3, silent))
    assert report.seen_text("c", 1, silent, SCREEN) == (
        "c: 1 event recorded\n"
        "! PanDAService (usdf) gave no answer: 429; what is known of its runs stays as it was\n"
    )


def test_a_rescue_that_a_policy_has_written() -> None:
    why = ("step1/rescue: 3 quanta to run, for groups 1, 2", "  3 by rule killed (p.yaml:4): more_memory")
    found = Written("step1", ("rescue", "rescue-2"), ("1", "2"), 3, why, "4f0c1de8a9b7" + "0" * 28)
    line = report.rescued_json("c", found)
    SCHEMA.validate(line)
    assert (line["written"], line["next"], line["rescues"]) == (True, None, ["rescue", "rescue-2"])
    assert report.rescued_text(found, SCREEN) == (
        "+ wrote step1/rescue, step1/rescue-2 for groups 1, 2: 3 quanta, commit 4f0c1de8a9b7\n"
        "    step1/rescue: 3 quanta to run, for groups 1, 2\n"
        "      3 by rule killed (p.yaml:4): more_memory\n"
    )


def test_a_rescue_that_could_not_be_written() -> None:
    command = "cmcompile rescue c/step1 --from-outcome --groups 1"
    found = NotWritten("step1", ("1",), "origin/main does not take it: \x1b[31mprotected", command)
    line = report.rescued_json("c", found)
    SCHEMA.validate(line)
    assert (line["written"], line["commit"], line["quanta"], line["next"]) == (False, None, None, command)
    text = report.rescued_text(found, SCREEN)
    assert "\x1b" not in text
    assert text.startswith("! rescue of step1 not written: origin/main does not take it: ")
    assert text.endswith(f"    {command}\n")


def test_the_summary() -> None:
    results = [result(End.DONE), result(End.DONE), result(End.UNKNOWN)]
    SCHEMA.validate(report.summary_json("c", results, 6))
    assert report.summary_text("c", results, SCREEN) == (
        "c: 2 done, 1 of which nobody knows whether a run exists\n"
    )
    assert report.summary_text("c", [], SCREEN) == "c: nothing was done\n"
