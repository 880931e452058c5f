"""The line of a pass: what is told, in how few words, and what nobody can put into it."""

from __future__ import annotations

from cmcompile.model.rounds import Part, Passed, Round
from cmcompile.report.rounds import round_json, round_text
from cmcompile.report.screen import Screen

PLAIN = Screen(columns=None)


def made(*campaigns: Passed, **more: object) -> Round:
    found = Round(7, "2026-11-20T20:00:00Z", 1.25, campaigns, next_in=60)
    return Round(**({name: getattr(found, name) for name in Round.__slots__} | more))


def said(*campaigns: Passed, **more: object) -> str:
    text = round_text(made(*campaigns, **more), PLAIN)
    assert text.count("\n") == 1
    head = "pass 7 at 2026-11-20T20:00:00Z, 1.2 s: "
    assert text.startswith(head)
    return text.removeprefix(head).rstrip("\n")


def test_a_pass_with_nothing_new() -> None:
    assert said(Passed("c", Part.PASSED, 0)) == "1 campaign, nothing new; next in 60 s"
    assert said() == "0 campaigns, nothing new; next in 60 s"
    assert said(next_in=None) == "0 campaigns, nothing new"


def test_what_was_done_is_counted() -> None:
    one = Passed("c", Part.PASSED, 0, recorded=1200, submitted=3, done=2, rows=5)
    assert said(one, Passed("d", Part.PASSED, 3, submitted=1), next_in=300) == (
        "2 campaigns, 5 rows of lists committed, 4 submitted, 2 carried out, 1,200 events recorded; "
        "next in 5 min"
    )


def test_what_failed_is_told_by_name() -> None:
    failed = Passed("c", Part.FAILED, 1, why="no answer", again=480)
    assert said(failed).startswith("0 campaigns, nothing new; c failed: no answer; again in 8 min;")
    assert "c had failed, again in 8 min" in said(Passed("c", Part.LATER, again=480))
    assert "; c has no ledger;" in said(Passed("c", Part.NO_LEDGER))
    assert "c: its passes are made by x, process 7 (Ann)" in said(
        Passed("c", Part.ELSEWHERE, why="x, process 7 (Ann)")
    )
    assert "; and 4 more;" in said(*[Passed(f"c{n}", Part.NO_LEDGER) for n in range(9)])
    assert said(error="origin can't be asked").startswith("origin can't be asked; next in")


def test_texts_of_others_are_only_text() -> None:
    text = said(Passed("c", Part.FAILED, 1, why="\x1b[2Jgone\r\n::error::x"))
    assert "\x1b" not in text
    assert "\r" not in text


def test_a_program_reads_all() -> None:
    found = round_json(made(Passed("c", Part.FAILED, 1, why="w", again=1.26)))
    assert found["campaigns"] == [
        {
            "campaign": "c",
            "part": "failed",
            "exit": 1,
            "recorded": 0,
            "submitted": 0,
            "done": 0,
            "why": "w",
            "again": 1.3,
            "rows": 0,
        }
    ]
    assert (found["kind"], found["next_in"], found["error"]) == ("pass", 60, None)
