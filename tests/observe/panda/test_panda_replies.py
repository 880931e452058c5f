"""Every recorded reply says what was so, in both generations; no network is needed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from panda_replies import IDDS, JSON, MONITOR, PAGES, body, reply, states

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.panda import monitored, relayed
from cmcompile.observe.panda.http import TooMany, decoded
from cmcompile.observe.panda.shape import OddReplyError
from cmcompile.observe.panda.statuses import JOBS, PROCESSINGS, REQUESTS, TASKS, request_status
from cmcompile.observe.panda.times import moment
from cmcompile.observe.wms.states import STATES

_OF_5 = "u_test_w_2026_30_PREOPS-5_20260805T010203Z"


@pytest.mark.parametrize(
    ("name", "state"), [("2", "running"), ("3", "succeeded"), ("5", "partial"), ("99", None), ("abc", None)]
)
@pytest.mark.parametrize("detail", ["", "_detail"])
def test_idds_tells_the_state(name: str, state: str | None, detail: str) -> None:
    if name == "abc" and detail:
        return
    file = f"idds_{name}{detail}"
    assert states(file, body(file)) == ({} if state is None else {IDDS[file]: state})


def test_an_error_of_idds_is_no_answer_and_an_unknown_id_is_none() -> None:
    assert relayed.request(reply("idds_99"), "99") is None
    with pytest.raises(OddReplyError, match="cannot be found"):
        relayed.request(reply("idds_abc"), "7")


def test_the_monitor_of_2026_tells_states() -> None:
    shown = {"1": "succeeded", "2": "running", "3": "succeeded", "4": "succeeded", "5": "partial"}
    assert states("workflows_2026", body("workflows_2026")) == shown


def test_the_monitor_of_2022_has_other_keys_and_lower_case() -> None:
    found = monitored.workflows(reply("workflows_2022"))
    assert not found.odd
    assert len(found.found) == 14
    of = {one.status: one.state for one in found.found}
    assert of == {
        "Finished": "succeeded",
        "SubFinished": "partial",
        "Failed": "failed",
        "Cancelling": "running",
        "Expired": "failed",
    }
    assert {one.finished for one in found.found} == {None}


def test_percent_fields_are_percent() -> None:
    found = {one.run_id: one for one in monitored.workflows(reply("workflows_2026")).found}
    assert (found["5"].finished, found["5"].failed, found["5"].files) == (80, 20, 6)
    for odd in (101, -1, "80", True, float("nan"), 10**400):
        row = {**reply("workflows_2026")[0], "finished_files": odd}
        assert monitored.workflows([row]).odd


def test_pruned_quanta_are_expected() -> None:
    names = {"5": _OF_5}
    found = {one.task_id: one for one in monitored.tasks(reply("tasks_2026"), names).found}
    pruned = found["10"]
    assert (pruned.quanta, pruned.succeeded, pruned.failed, pruned.missing) == (2, 2, 0, 1)
    assert pruned.expected == 3
    assert (pruned.label, found["9"].label) == ("calibrateImage", "isr")
    in_idds = relayed.request(reply("idds_5_detail"), "5")
    assert in_idds is not None
    assert [(one.total, one.succeeded, one.failed, one.missing) for one in in_idds.transforms] == [
        (3, 2, 1, 0),
        (3, 2, 0, 1),
    ]
    assert {one.expected for one in monitored.tasks(reply("tasks_2022")).found} == {None}


def test_tasks_tell_states() -> None:
    found = {one.task_id: (one.status, one.state) for one in monitored.tasks(reply("tasks_2026")).found}
    assert (found["9"], found["10"]) == (("finished", "partial"), ("done", "succeeded"))
    assert (found["3"], found["4"]) == (("toretry", "running"), ("aborted", "cancelled"))
    one = monitored.task(reply("task_2026"))
    assert (one.state, one.expected, one.ram) == ("partial", 3, 4096)


def test_jobs_tell_what_they_used_and_who_says_what_of_a_failure() -> None:
    found = monitored.jobs(reply("jobs_2026"))
    assert not found.odd
    assert len(found.found) == 9
    bad = [one for one in found.found if one.state == "failed"]
    assert sorted(one.attempt or 0 for one in bad) == [1, 2, 3, 4, 5]
    said = {error.source: error.code for error in bad[0].errors}
    assert said == {"transform": 137, "pilot": 1305, "executor": 137}
    assert (bad[0].max_rss, bad[0].asked_ram, bad[0].seconds) == (1800000, 3686, 94)
    assert bad[0].log.endswith("/pilotlog.txt")
    assert monitored.job(reply("job_2026")).state == "failed"
    old = monitored.jobs(reply("jobs_2022"))
    assert not old.odd
    assert {one.state for one in old.found} == {"succeeded"}


def test_errors_are_counted() -> None:
    found = monitored.errors(reply("errors_2026")).found
    assert {one.name: (one.code, one.count) for one in found} == {
        "executor:137": (137, 5),
        "pilot:1305": (1305, 5),
        "transform:137": (137, 5),
    }


@pytest.mark.parametrize("name", [*MONITOR, *PAGES])
def test_every_reply_of_the_monitor_tells_something(name: str) -> None:
    assert states(name, body(name)) or name in ("errors_2026", "tasks_2022")


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20 03:29:54",
        "2026-11-20T03:29:54",
        "2026-11-20T03:29:54.000000",
        "2026-11-20 03:29:54.000",
        "2026-11-20T03:29:54Z",
        "Fri, 20 Nov 2026 03:29:54 UTC",
        {"__datetime__": "2026-11-20T03:29:54"},
    ],
)
def test_every_form_of_time_is_read(written: object) -> None:
    assert moment(written) == datetime(2026, 11, 20, 3, 29, 54, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "20-11-2026", "2026-13-01 00:00:00", 5, None, [], {"a": 1}, "now"])
def test_what_is_no_time_is_none(written: object) -> None:
    assert moment(written) is None


def test_the_table_of_requests_is_that_of_idds() -> None:
    constants = pytest.importorskip("idds.common.constants", exc_type=ImportError)
    assert {one.name for one in constants.RequestStatus} == set(REQUESTS)
    assert {one.name for one in constants.ProcessingStatus} == set(PROCESSINGS)


def test_all_names_stand_for_states_in_any_case() -> None:
    assert {*REQUESTS.values(), *TASKS.values(), *JOBS.values()} <= STATES
    assert all(request_status(name.lower()) == request_status(name.upper()) == name for name in REQUESTS)
    assert request_status("Done") == ""


def test_a_status_that_is_not_known_is_left_unanswered() -> None:
    whole = reply("idds_3")
    whole[1][1][0]["status"]["attributes"]["_name_"] = "Melting"
    found = relayed.request(whole, "3")
    assert found is not None
    with pytest.raises(OddReplyError, match="Melting"):
        found.seen()


def test_a_null_request_id_is_accepted_and_not_expanded() -> None:
    whole = reply("idds_2_detail")
    for row in whole[1][1]:
        row["request_id"] = None
        row["transform_id"] = None
        row["status"]["attributes"]["_name_"] = "New"
    found = relayed.request(whole, "2")
    assert found is not None
    assert (found.seen().state, found.seen().run_id, found.transforms) == ("submitted", "2", ())
    for row in whole[1][1]:
        row["status"]["attributes"]["_name_"] = "Failed"
    found = relayed.request(whole, "2")
    assert found is not None
    with pytest.raises(OddReplyError, match="own id"):
        found.seen()


def test_a_final_request_that_an_agent_works_on_is_left_unanswered() -> None:
    """A retry is taken up so: it would be taken for another end."""
    whole = reply("idds_5")
    whole[1][1][0]["locking"]["attributes"]["_name_"] = "Locking"
    found = relayed.request(whole, "5")
    assert found is not None
    with pytest.raises(OddReplyError, match="agent"):
        found.seen()


def test_another_request_than_was_asked_for_is_no_answer() -> None:
    with pytest.raises(OddReplyError, match="run 3 is told"):
        relayed.request(reply("idds_3"), "4")


@pytest.mark.parametrize(
    "answer",
    [
        (0, (True, [[-1, {"status": -1, "message": "No match requests"}]])),
        (0, (True, '[[-1, {"message": "No match requests"}]]')),
        (0, (True, [[0, {"status": -1, "message": "x"}]])),
        (0, (True, [[False, {"status": 0}]])),
        (0, (True, [])),
        (0, (True, [[0, {"status": 0}], [-1, {"status": -1}]])),
        (0, (True, "Authentication no permission")),
        (0, (False, "failed to execute abort")),
        (0, (True, [False, "no"])),
        (255, "relay is down"),
        (0, None),
        None,
    ],
)
def test_only_an_inner_code_of_0_is_a_cancel(answer: object) -> None:
    with pytest.raises(OddReplyError):
        relayed.taken(answer)


def test_an_inner_code_of_0_is_a_cancel() -> None:
    relayed.taken((0, (True, [[0, {"status": 0, "message": "Command registered successfully"}]])))


@pytest.mark.parametrize(
    ("code", "kind", "data", "too_many"),
    [
        (200, "text/html; charset=utf-8", b"<html>", False),
        (200, "text/html", b"[]", False),
        (200, "", b"[]", False),
        (200, JSON, b"[{", False),
        (200, JSON, b"[" * 100_000, False),
        (500, "text/html", b"", False),
        (400, JSON, b'{"error": "Illegal value"}', False),
        (302, "text/html", b"", False),
        (401, JSON, b'{"detail": "x"}', False),
        (429, JSON, b'{"error": "too many requests per hour, please try later"}', True),
        (403, "text/html", b"", True),
    ],
)
def test_what_is_no_reply_is_no_answer(code: int, kind: str, data: bytes, too_many: bool) -> None:
    found = decoded(code, kind, data)
    assert isinstance(found, NoAnswer)
    assert isinstance(found, TooMany) is too_many


def test_an_empty_list_of_workflows_is_no_answer() -> None:
    with pytest.raises(OddReplyError, match="database"):
        monitored.workflows([])


def test_of_two_rows_about_one_run_that_differ_neither_counts() -> None:
    rows = reply("workflows_2026")
    found = monitored.workflows([*rows, {**rows[0], "r_status": "Failed"}, rows[1]])
    assert {one.run_id for one in found.found} == {"2", "3", "4", "5"}
    assert found.odd
