"""Checks are pure: what is answered decides, and what is not answered is never fine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cmcompile.doctor.case import Case, Chain, Environment, Next, Use
from cmcompile.doctor.check import SAYS, Check
from cmcompile.doctor.run import CHECKS, NAMES, chosen, judged, questions
from cmcompile.model.body import WmsRef
from cmcompile.model.checkup import Question, Reply, Result, Verdict
from cmcompile.model.codes import doctor as codes
from cmcompile.model.source import Span
from cmcompile.model.wms import NoAnswer
from cmcompile.report.doctor import faults, open_, render_doctor
from cmcompile.report.screen import Screen

PANDA, CONDOR = WmsRef("x.PanDAService", "https://there"), WmsRef("x.HTCondorService")
ENGINE = WmsRef("x.EngineService", "/runs")
USE = Use(
    "step1", "c/step1/1", "e", "/repo", ("in", "own"), "/p.yaml#step1", PANDA, includes=("${X}/i.yaml",),
    spans={"inputs": Span("campaigns/c/campaign.yaml", 8, 9)},
)  # fmt: skip
LOCAL = replace(USE, step="step2", address="c/step2/1", inputs=("own",), wms=ENGINE)
OUTPUT = "out/step1/1"
CASE = Case(
    campaign="c",
    environments={"e": Environment("e", "weekly", ("A_TOKEN",))},
    uses=(USE, LOCAL),
    next=(Next("c/step1/1", USE, "visit = 1", OUTPUT, f"{OUTPUT}/w", frozenset({f"{OUTPUT}/w00-a"})),),
    more=3,
    own=frozenset({"own", OUTPUT, "out/step1"}),
    chains=(Chain("out/step1", (f"{OUTPUT}/w00-a",), USE),),
    area="/area",
    spool="/spool",
    remote="origin",
    room=1000,
    hours=24,
    now=1_000_000.0,
)
ROOM = {"device": "1", "free": 5000, "files": 10**6, "quota": None, "silent": ""}
GOOD: dict[str, Reply] = {
    "setup": {"up": True},
    "versions": {
        "python": "3.12",
        "packages": {"ctrl_bps": "30"},
        "lacking": {},
        "programs": [],
        "release": "w_1",
    },
    "plugin": {"fault": ""},
    "pipeline": {"tasks": 3},
    "includes": {"lacking": {}},
    "butler": {"universe": "daf_butler 8", "roots": {"/repo": {**ROOM, "writable": True}}},
    "collections": {
        "found": {
            "in": {"type": "RUN", "children": [], "members": ["in"], "empty": False},
            "out/step1": {"type": "CHAINED", "children": [f"{OUTPUT}/w00-a"], "members": [], "empty": False},
        }
    },
    "runs": {"found": {f"{OUTPUT}/w": [f"{OUTPUT}/w00-a"]}},
    "submits": {"found": {f"{OUTPUT}/w": []}},
    "data": {"any": True, "types": ["raw"]},
    "ping": {"status": 0, "message": ""},
    "records": {"home": "/runs", "host": "", "here": True, "fault": ""},
    "credentials": {"auth": "oidc", "lacking": [], "from": "/t", "ends": 1_000_000.0 + 25 * 3600},
    "ledger": {"unreached": "", "there": True, "refused": "", "ahead": -5.0, "broken": ""},
    "protection": {"delete": "refused", "rewrite": "refused", "place": "", "how": ""},
    "spool": {"waiting": [], "aside": []},
    "writable": {"fault": "", "made": False, "skew": 0.0},
    "room": ROOM,
    "here": {"lacking": []},
}


def results(name: str, case: Case = CASE, **replies: Mapping[str, Any] | NoAnswer) -> list[Result]:
    """Return what a check finds where all is good, but for some answers by their kind."""
    checks = chosen([name])
    answers = {q: {**GOOD, **replies}[q.kind] for q in questions(checks, case)}
    return list(judged(checks, case, answers))


def only(name: str, case: Case = CASE, **replies: Mapping[str, Any] | NoAnswer) -> Result:
    found = [one for one in results(name, case, **replies) if one.verdict is not Verdict.FINE]
    assert len(found) == 1, found
    return found[0]


def collections(**found: Any) -> dict[str, Any]:
    before = GOOD["collections"]["found"]
    assert isinstance(before, dict)
    return {"found": {**before, **{name.replace("_", "/"): value for name, value in found.items()}}}


@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_good_answers_are_fine(check: Check) -> None:
    found = results(check.name)
    assert found
    assert {one.verdict for one in found} == {Verdict.FINE}
    assert all(one.code is check.code and one.check == check.name for one in found)


@pytest.mark.parametrize("nothing", [NoAnswer("it is silent"), {}], ids=["silent", "empty"])
@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_without_an_answer_nothing_is_fine(check: Check, nothing: Any) -> None:
    asked = questions([check], CASE)
    found = judged([check], CASE, dict.fromkeys(asked, nothing))
    if not asked:
        assert check.name == "secrets"
        return
    # Two places may be asked by different questions: none of them is fine.
    kinds = {one.verdict for one in found}
    assert Verdict.UNKNOWN in kinds, found
    assert Verdict.FINE not in kinds, found
    assert all(
        "not known" in one.said or "did not" in one.said or "can't be seen" in one.said for one in found
    )


def test_all_codes_belong_to_one_check_each() -> None:
    every = [value for value in vars(codes).values() if type(value).__name__ == "Code"]
    assert sorted(c.code.name for c in CHECKS) == sorted(code.name for code in every)
    assert all(set(check.after) <= set(NAMES[: NAMES.index(check.name)]) for check in CHECKS)


def test_a_question_is_asked_once_and_every_kind_is_known() -> None:
    asked = questions(CHECKS, CASE)
    assert len(asked) == len(set(asked))
    assert {question.kind for question in asked} == set(SAYS) == set(GOOD)


def test_quick_checks_ask_no_environment() -> None:
    quick = chosen(quick=True)
    assert {check.name for check in quick} > {"ledger", "room", "secrets"}
    assert {question.place for question in questions(quick, CASE)} == {""}


def test_a_secret_that_is_not_set_is_named() -> None:
    case = replace(CASE, environments={"e": Environment("e", "weekly", ("A", "B"), ("B",))})
    found = only("secrets", case)
    assert (found.verdict, found.command) == (Verdict.FAULT, "export B=…")


def test_a_chain_that_somebody_changed_is_made_anew_by_the_command() -> None:
    changed = {"type": "CHAINED", "children": ["x"], "members": ["x"], "empty": False}
    found = only("chain", collections=collections(out_step1=changed))
    assert found.said == "the collection out/step1 does not hold what the ledger says: 1 runs"
    assert found.command == f"butler collection-chain --mode redefine /repo out/step1 {OUTPUT}/w00-a"
    gone = {"found": {"in": collections()["found"]["in"]}}
    assert "is not there any more" in only("chain", collections=gone).said


def test_an_output_ends_with_the_inputs_of_its_group() -> None:
    case = replace(CASE, next=(replace(CASE.next[0], use=replace(USE, inputs=("in", "more"))),))
    more = {"type": "CHAINED", "children": [], "members": ["in", "b"], "empty": False}

    def said(*members: str) -> list[Verdict]:
        output = {"type": "CHAINED", "children": [], "members": list(members), "empty": False}
        replies = {"found": {**collections()["found"], OUTPUT: output, "more": more}}
        return [one.verdict for one in results("chain", case, collections=replies)]

    assert said("in", "b") == said("run", "in", "b") == [Verdict.FINE]
    assert said("in") == said("in", "b", "run") == said("b", "in") == [Verdict.FAULT]


def test_data_without_inputs_is_no_fault_of_the_data() -> None:
    assert results("data", data={"absent": ["own"]}) == []
    assert only("data", data={"absent": ["in"]}).verdict is Verdict.UNKNOWN
    refused = only("data", data={"invalid": "no such field"})
    assert refused.command == "cmcompile explain c/step1/1 where"
    nothing = only("data", data={"any": False, "types": ["raw", "flat"], "lacking": ["flat"], "words": "why"})
    assert nothing.said == "nothing in in, own fits the query of c/step1/1: no flat (why)"


@pytest.mark.parametrize(
    ("reply", "verdict", "said"),
    [
        ({"ends": 999_000.0}, Verdict.FAULT, "ended at 1970-01-12T13:30:00Z"),
        ({"ends": 1_003_600.0}, Verdict.FAULT, "in 1.0 h, and 24 h are wanted"),
        ({"ends": 1_003_600.0, "renews": True}, Verdict.UNKNOWN, "it is renewed by another one"),
        ({"fault": "no token"}, Verdict.FAULT, "can't be used: no token"),
        ({"lacking": ["PANDA_URL"]}, Verdict.FAULT, "PanDA needs $PANDA_URL"),
        ({"lacking": []}, Verdict.UNKNOWN, "is not told"),
    ],
)
def test_credentials_last_or_not(reply: dict[str, Any], verdict: Verdict, said: str) -> None:
    found = only("credentials", credentials={"auth": "oidc", "from": "/t", **reply})
    assert found.verdict is verdict
    assert said in found.said


@pytest.mark.parametrize(
    ("reply", "verdict", "said"),
    [
        ({"free": 999}, Verdict.FAULT, "has 999 B left, and 1 kB are wanted"),
        ({"files": 5}, Verdict.FAULT, "takes 5 more files only"),
        ({"quota": -5}, Verdict.FAULT, "a quota leaves 0 B to you"),
        ({"silent": "no `quota`"}, Verdict.UNKNOWN, "is not known: no `quota`"),
    ],
)
def test_room_is_told_once_for_each_disk(reply: dict[str, Any], verdict: Verdict, said: str) -> None:
    found = only("room", room={**ROOM, **reply})
    assert found.verdict is verdict
    assert said in found.said
    assert "df" in found.command or "quota" in found.command


def test_the_files_of_a_butler_need_room_too_and_the_right_to_write() -> None:
    def butler(**more: Any) -> dict[str, Any]:
        return {"universe": "u", "roots": {"/repo": {**ROOM, "device": "2", "writable": True, **more}}}

    checks = chosen(["butler", "room"])

    def found(reply: dict[str, Any]) -> list[str]:
        answers = {q: {**GOOD, "butler": reply}[q.kind] for q in questions(checks, CASE)}
        return [one.check for one in judged(checks, CASE, answers) if one.verdict is not Verdict.FINE]

    assert found(butler()) == []
    assert found(butler(free=1)) == ["room"]
    assert found(butler(writable=False)) == ["butler"]


@pytest.mark.parametrize(
    ("name", "reply", "said"),
    [
        ("clock", {"writable": {"fault": "", "skew": -120.0}}, "is 120 s in the past of this clock"),
        ("clock", {"ledger": {"there": True, "ahead": 61.0}}, "was made 61 s in the future"),
        ("records", {"records": {"home": "/r", "host": "h", "here": False, "fault": ""}}, "of the machine h"),
        ("records", {"records": {"home": "/r", "fault": "no right"}}, "can't be used: no right"),
        (
            "area",
            {"writable": {"fault": "x: Permission denied"}},
            "can't be written to: x: Permission denied",
        ),
        ("spool", {"writable": {"fault": "x: Permission denied"}}, "facts can't be kept: x"),
        (
            "stack",
            {"versions": {"python": "3", "programs": ["/x/bin/pipetask"]}},
            "lacks the program /x/bin/pip",
        ),
        ("wms", {"ping": {"status": 3, "message": ""}}, "answers a ping with: status 3"),
        (
            "plugin",
            {"plugin": {"fault": "no PANDA_URL"}},
            "can't be used in the environment weekly: no PANDA_URL",
        ),
    ],
)
def test_what_is_hard_to_plant_is_judged(name: str, reply: dict[str, Any], said: str) -> None:
    found = [one for one in results(name, **reply) if one.verdict is not Verdict.FINE]
    assert {one.verdict for one in found} == {Verdict.FAULT}
    assert said in found[0].said
    assert found[0].fix


def test_a_plugin_without_a_ping_is_not_known() -> None:
    assert only("wms", ping={"none": True}).verdict is Verdict.UNKNOWN


def test_a_service_that_cant_be_told_is_a_fault() -> None:
    case = replace(CASE, uses=(replace(USE, wms=None, unclear="it is {x}"),))
    assert only("plugin", case).said == "it is {x}"


def test_a_ledger_of_ones_own_repository_is_not_protected() -> None:
    case = replace(CASE, remote="")
    found = results("protection", case, protection={"delete": "allowed", "rewrite": "allowed"})
    assert {one.verdict for one in found} == {Verdict.FAULT}
    assert found[0].said.startswith("the ledger is a branch of this repository, and may be deleted")


def test_what_stands_before_is_named_and_counts_once() -> None:
    checks = chosen(["butler", "inputs", "data"])
    silent = NoAnswer("no")
    replies: dict[str, Reply | NoAnswer] = {
        **GOOD,
        "butler": {"fault": "absent", "words": "w"},
        "collections": silent,
        "data": silent,
    }
    found = judged(checks, CASE, {q: replies[q.kind] for q in questions(checks, CASE)})
    assert [(one.check, one.behind) for one in found] == [
        ("butler", ""),
        ("inputs", "butler"),
        ("data", "butler"),
    ]
    assert (len(faults(found)), open_(found)) == (1, [])
    text = render_doctor("c", found, "text", Screen(columns=None))
    assert "\nunknown inputs, data: first mend what butler says\n" in text
    every = render_doctor("c", found, "text", Screen(columns=None), everything=True)
    assert every.count("  first mend what butler says\n") == 2
    assert text.endswith("c: 3 checks, 1 fault, 2 not known\n")


def test_a_campaign_may_allow_what_is_found() -> None:
    case = replace(CASE, allow={"CM244": "a remote of a test", "CM247": "unused"})
    found = results("protection", case, protection={"delete": "cannot tell", "rewrite": "cannot tell"})
    assert [one.allowed for one in found] == ["a remote of a test"]
    assert not faults(found)
    assert not open_(found)
    screen = Screen(columns=None)
    assert render_doctor("c", found, "text", screen) == "c: 1 check, all fine, 1 allowed\n"
    assert "  allowed: a remote of a test\n" in render_doctor("c", found, "text", screen, everything=True)


def test_what_is_fine_needs_no_allowance() -> None:
    case = replace(CASE, allow={"CM244": "a remote of a test"})
    assert [one.allowed for one in results("protection", case)] == [""]


def test_a_fault_stands_behind_nothing() -> None:
    checks = chosen(["butler", "inputs"])
    replies: dict[str, Reply] = {
        **GOOD,
        "butler": {"fault": "error", "words": "w"},
        "collections": {"found": {}},
    }
    found = judged(checks, CASE, {q: replies[q.kind] for q in questions(checks, CASE)})
    assert [(one.check, one.verdict, one.behind) for one in found] == [
        ("butler", Verdict.FAULT, ""),
        ("inputs", Verdict.FAULT, ""),
    ]


@pytest.mark.parametrize("lacking", [{"pipeline": ""}, {"inputs": ()}, {"butler": ""}])
def test_what_has_no_pipeline_or_inputs_is_asked_for_no_data(lacking: dict[str, Any]) -> None:
    case = replace(CASE, next=(replace(CASE.next[0], use=replace(USE, **lacking)),))
    assert not [question for question in questions(chosen(["data"]), case) if question.kind == "data"]
    assert [one.said for one in results("data", case)] == ["no group would be sent now"]


@pytest.mark.parametrize("silent", ["spool", "writable"])
def test_a_spool_of_which_half_is_known_is_not_fine(silent: str) -> None:
    replies: dict[str, Any] = {silent: NoAnswer("no")}
    assert [one.verdict for one in results("spool", **replies)] == [Verdict.UNKNOWN]


@pytest.mark.parametrize(
    "reply",
    [
        {"spool": {"waiting": ["a"], "aside": []}},
        {"spool": {"waiting": [], "aside": ["a"]}},
        {"writable": {"fault": "no"}},
    ],
)
def test_a_spool_with_a_fault_is_not_fine_too(reply: dict[str, Any]) -> None:
    assert [one.verdict for one in results("spool", **reply)] == [Verdict.FAULT]


def test_many_of_one_kind_are_counted() -> None:
    nexts = tuple(replace(CASE.next[0], address=f"c/step1/{n}", where=f"visit = {n}") for n in range(30))
    found = results("data", replace(CASE, next=nexts), data={"any": False, "types": ["raw"]})
    text = render_doctor("c", found, "text", Screen(columns=None))
    assert "  … and 20 more of data are fault: --all shows them\n" in text
    assert text.count("fault CM232") == 10


def test_the_place_in_the_spec_stands_first() -> None:
    text = render_doctor("c", results("inputs", collections={"found": {}}), "text", Screen(columns=None))
    assert text.startswith(
        "campaigns/c/campaign.yaml:8:9: fault CM231 inputs: there is no collection in in /repo\n"
    )
    assert "    butler query-collections /repo\n" in text


def test_questions_name_the_environment_that_they_are_asked_in() -> None:
    asked = {question.kind: question.place for question in questions(CHECKS, CASE)}
    assert asked["data"] == asked["ping"] == asked["pipeline"] == "e"
    assert asked["room"] == asked["ledger"] == asked["submits"] == ""
    assert Question("data", "e", ("/repo", "/p.yaml#step1", "visit = 1", "in", "own")) in questions(
        CHECKS, CASE
    )
