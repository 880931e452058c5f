"""The page of a ledger, its marks, and the course of its figures."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import Page, controls
from standings import HOSTILE, SEEN, standings, state
from syrupy.assertion import SnapshotAssertion

from cmcompile.model.ledger import Tip
from cmcompile.model.reason import Reason
from cmcompile.model.severity import Severity, rank, severity
from cmcompile.model.states import NOTHING, GroupState, Standing
from cmcompile.model.status import CampaignStatus, StepStatus, Took
from cmcompile.plan.summary import status_of
from cmcompile.report.markdown import LIMIT
from cmcompile.report.status.course import COLUMNS, appended, ends_of, progress_of, rows_of, steps_of
from cmcompile.report.status.ledger_page import (
    Links,
    changed,
    changed_of,
    figures,
    readme,
    took,
    without_links,
)

TIP = Tip("a" * 40, "b" * 40)
FIRST = changed(TIP, "", ())
SPEC = "campaigns/dp02/campaign.yaml"
LINKS = Links(SPEC, f"https://github.com/lsst/runs/blob/main/{SPEC}", site="https://lsst.github.io/runs/")
#: Words with which a page could be made to say what it does not.
EVIL = (
    HOSTILE,
    "<!-- cmcompile: end of what changed -->",
    "x\n<!-- cmcompile: end of what changed -->\n## More\n",
    "```\n# a heading\n```",
    "[a link](javascript:alert(1))",
    "::error::file=x",
    "| a | b |",
    "@someone ![x](http://example.invalid/x.png)",
)


def status() -> CampaignStatus:
    made = standings()
    found = status_of(
        "dp02", SEEN, made, state(), production="DR1", steps=["step1", "step3"], rows=False,
        collections={"step1": "u/ann/dp02/step1"},
    )  # fmt: skip
    first = replace(found.steps[0], took=Took(9, 7, 4_444_444))
    return replace(found, steps=(first, *found.steps[1:]))


def large(detail: str = "", groups: int = 25_000, steps: int = 7, sorts: int = 99) -> CampaignStatus:
    """Return a campaign in which everything needs a person, for every reason there is, or for some."""
    reasons, made = list(Reason)[:sorts], {}
    for n in range(groups):
        step, reason = f"step{n % steps + 1}", reasons[n // steps % len(reasons)]
        since = "2026-11-20T08:00:00Z"
        made[step, str(n)] = Standing(step, str(n), GroupState.REVIEW, reason, detail, detail, since=since)
    return status_of("dp02", SEEN, made, NOTHING, steps=[f"step{n + 1}" for n in range(steps)], rows=False)


def test_the_page_looks_as_reviewed(snapshot: SnapshotAssertion) -> None:
    told = changed(TIP, "2026-11-19T08:00:00Z", ["2 of 54 groups accepted, 4%; 0 before", "`step1` began"])
    text = readme(status(), told, LINKS, due="2026-12-31")
    assert text == snapshot(extension_class=Page)
    assert controls(text) == set()


def test_a_page_of_nothing_looks_as_reviewed(snapshot: SnapshotAssertion) -> None:
    text = readme(status_of("new", SEEN, {}, NOTHING, rows=False), FIRST, Links(SPEC))
    assert text == snapshot(extension_class=Page)


def test_the_most_urgent_comes_first() -> None:
    text = readme(status(), FIRST, LINKS)
    places = [text.index(f"### {each.words}\n") for each in Severity]
    assert places == sorted(places)
    assert text.index("## Needs a person") < places[0]
    assert places[-1] < text.index("## Steps") < text.index("## What changed") < text.index("## More")


def test_every_reason_has_a_place_among_all() -> None:
    order = sorted(Reason, key=rank)
    severities = [list(Severity).index(severity(reason)) for reason in order]
    assert severities == sorted(severities)
    assert severity(Reason.TWO_LIVE) is Severity.TWICE
    assert severity(Reason.OVER_LIMITS) is Severity.ENDED


def test_each_thing_has_a_command_to_copy_and_since_when() -> None:
    text = readme(status(), FIRST, LINKS)
    blocks = re.findall(r"^```sh\n(.*)\n```$", text, re.MULTILINE)
    assert len(blocks) == len(status().attention)
    assert all(line.startswith("cmcompile ") for line in blocks)
    assert "cmcompile status dp02/step1 reason:over_limits" in blocks
    assert text.count("since `2026-11-20T03:00:00Z`") == 3


@pytest.mark.parametrize("sorts", [2, 99])
@pytest.mark.parametrize("detail", ["", HOSTILE * 99])
def test_a_page_is_bounded_and_whole_whatever_there_is(detail: str, sorts: int) -> None:
    lines = ["`x` " * 100] * 100
    text = readme(large(detail, sorts=sorts), changed(TIP, "2026-11-19T08:00:00Z", lines), LINKS)
    assert len(text.encode()) <= LIMIT
    assert "more" in text
    for step in range(1, 8):
        assert f"| `step{step}` | `[!!!!!!!!!!!!!!!!!!!!]` |" in text
    assert "`cmcompile changes` has them all" in text
    assert "\n## More\n" in text
    assert changed_of(text) is not None


def test_many_steps_leave_room_for_what_changed() -> None:
    made = large(steps=400, groups=4000)
    text = readme(made, changed(TIP, "x", ["y" * 900] * 40), LINKS)
    assert len(text.encode()) <= LIMIT
    assert changed_of(text) is not None
    assert "more; see `cmcompile status dp02`" in text


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_is_taken_for_markup_or_marks(evil: str) -> None:
    made = {("step1", "1"): Standing("step1", "1", GroupState.REVIEW, Reason.OVER_LIMITS, evil, next=evil)}
    found = status_of(evil, SEEN, made, NOTHING, production=evil, steps=["step1"], rows=False)
    text = readme(found, FIRST, Links(evil, evil, evil, evil))
    plain = readme(
        status_of("c", SEEN, {k: replace(s, detail="d", next="n") for k, s in made.items()}, NOTHING,
                  production="p", steps=["step1"], rows=False),
        FIRST, Links("s", "t", "u", "v"),
    )  # fmt: skip
    assert controls(text) == set()
    assert len(text.splitlines()) == len(plain.splitlines())
    bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text.replace("\\|", ""))
    for sign in ("<b>", "javascript", "@someone", "example.invalid", "::error"):
        fenced = re.sub(r"^(`{3,})sh\n.*\n\1$", "", bare, flags=re.MULTILINE)
        assert sign not in fenced
    assert changed_of(text) == FIRST


def test_only_an_address_becomes_a_link() -> None:
    for address in ("javascript:alert(1)", "https://x.example/a) [b](c", "https://x.example/\n", "ftp://x"):
        assert f"]({address}" not in readme(status(), FIRST, Links(SPEC, address, address, address))


def test_the_page_holds_what_it_was_made_from() -> None:
    told = changed(TIP, "2026-11-19T08:00:00Z", ["one", "two"])
    text = readme(status(), told, LINKS)
    assert changed_of(text) == told
    assert readme(status(), told, LINKS) == text
    assert changed_of(text.replace("<!-- cmcompile: a report", "<!-- another")) is None
    assert changed_of(text.replace("<!-- cmcompile: end", "<!-- another")) is None
    assert changed_of("") is None


def test_a_page_is_told_apart_but_for_its_links() -> None:
    one, two = readme(status(), FIRST, LINKS), readme(status(), FIRST, Links(SPEC))
    assert one != two
    assert without_links(one) == without_links(two)
    other = replace(status(), production="DR2")
    assert without_links(readme(other, FIRST, LINKS)) != without_links(one)


def test_core_hours_say_of_how_many_runs_they_are() -> None:
    assert took(StepStatus("s", {})) == ""
    assert took(StepStatus("s", {}, took=Took(3, 0, 0))) == ""
    assert took(StepStatus("s", {}, took=Took(3, 3, 5400))) == "1.5"
    assert took(StepStatus("s", {}, took=Took(4, 3, 5400))) == "1.5 (3 of 4 runs)"


def at(day: int, hour: int = 0) -> str:
    return f"2026-11-{day:02}T{hour:02}:00:00Z"


def accepted(number: int) -> CampaignStatus:
    return CampaignStatus("c", steps=(StepStatus("s", {GroupState.ACCEPTED: number}),))


def test_a_row_is_added_only_where_figures_differ() -> None:
    one = appended(None, accepted(1), at(1), "c" * 40)
    assert appended(one, accepted(1), at(2), "d" * 40) == one
    two = appended(one, accepted(2), at(2), "d" * 40)
    assert two.startswith(one)
    rows = list(csv.DictReader(io.StringIO(two.decode())))
    assert [(r["at"], r["ledger"], r["accepted"]) for r in rows] == [
        (at(1), "c" * 40, "1"),
        (at(2), "d" * 40, "2"),
    ]
    assert rows[0]["quanta_done"] == rows[0]["core_hours"] == ""
    assert appended(two, accepted(2), at(3), "e" * 40) == two


def test_another_forecast_alone_is_no_row() -> None:
    one = appended(None, accepted(1), at(1), "c", "2026-12-01")
    assert ends_of(one) == "2026-12-01"
    assert appended(one, accepted(1), at(2), "d", "2026-12-02") == one
    assert ends_of(appended(one, accepted(2), at(2), "d", "")) == ""
    assert ends_of(None) == ends_of(b"nonsense") == ""


def test_figures_of_a_campaign() -> None:
    (row,) = csv.DictReader(io.StringIO(appended(None, status(), at(1), "c").decode()))
    assert (row["groups"], row["rescue_groups"], row["needs_person"]) == ("54", "2", "11")
    assert (row["quanta_done"], row["quanta_missing"]) == ("29439", "561")
    assert (row["core_hours"], row["measured"]) == ("1234.568", "7")
    assert sum(int(row[s.value]) for s in GroupState) == 54


def test_old_rows_are_thinned_to_one_a_day() -> None:
    data, number = None, 0
    for day in range(1, 31):
        for hour in (1, 2, 3):
            number += 1
            data = appended(data, accepted(number), at(day, hour), "c")
    rows = rows_of(data)
    assert rows is not None
    days = [row[0][:10] for row in rows]
    assert len(rows) < 30 * 3
    assert days.count("2026-11-01") == days.count("2026-11-15") == 1
    assert days.count("2026-11-17") == days.count("2026-11-30") == 3
    assert [row[0] for row in rows if row[0] < at(15)] == [at(day, 3) for day in range(1, 15)]


@given(st.binary(max_size=200))
def test_what_is_no_course_is_begun_anew(old: bytes) -> None:
    fresh = appended(None, accepted(1), at(1), "c")
    assert appended(old, accepted(1), at(1), "c") == fresh
    assert len(fresh.decode().splitlines()[0].split(",")) == len(COLUMNS)


def test_progress_is_read_from_the_figures() -> None:
    data = figures(status()).encode()
    found = progress_of(data)
    assert found is not None
    assert (found.groups, found.accepted, found.people) == (54, 2, 11)
    assert steps_of(data) == ("step1", "step3")
    for bad in (None, b"", b"{}", b"[]", b"nonsense", b'{"campaigns": [{}]}', b"[" * 9000, b"\xff"):
        assert progress_of(bad) is None
        assert steps_of(bad) == ()
