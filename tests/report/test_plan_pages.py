"""A plan as text and Markdown; the snapshots hold one page per file, to be read by eye."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pages import Page, controls, too_wide
from plans import HOSTILE, A, R, S, idle, item, plan, source
from standings import NOW
from syrupy.assertion import SnapshotAssertion

from cmcompile.model.plan import Plan, Stage
from cmcompile.report.markdown import LIMIT
from cmcompile.report.plan import plan_markdown, plan_text
from cmcompile.report.screen import Screen

SCREEN = Screen(100, now=NOW)


def small() -> Plan:
    """Return the plan without most of what waits."""
    full = plan()
    return replace(full, stages=tuple(replace(s, items=s.items[-20:]) for s in full.stages))


@pytest.mark.parametrize("columns", [100, 60])
def test_text_looks_as_reviewed(columns: int, snapshot: SnapshotAssertion) -> None:
    text = plan_text(plan(), replace(SCREEN, columns=columns))
    assert text == snapshot(extension_class=Page)
    assert too_wide(text, columns) == []
    assert controls(text) == set()


def test_the_explanation_looks_as_reviewed(snapshot: SnapshotAssertion) -> None:
    text = plan_text(small(), SCREEN, explain=True)
    assert text == snapshot(extension_class=Page)
    assert controls(text) == set()


def test_markdown_looks_as_reviewed(snapshot: SnapshotAssertion) -> None:
    text = plan_markdown(plan())
    assert text == snapshot(extension_class=Page)
    assert controls(text) == set()


def test_a_plan_that_does_nothing_looks_as_reviewed(snapshot: SnapshotAssertion) -> None:
    for name, text in (
        ("text", plan_text(idle(), SCREEN)),
        ("explained", plan_text(idle(), SCREEN, explain=True)),
        ("markdown", plan_markdown(idle())),
    ):
        assert text == snapshot(extension_class=Page, name=name)


def test_refusals_stand_before_what_is_done() -> None:
    text = plan_text(plan(), SCREEN)
    order = [
        text.index(x) for x in ("refused step1/7", "review step1/3", "\ndecisions", "\nsubmission", "not now")
    ]
    assert order == sorted(order)
    assert text.count("refused step1/7") == 1


def test_a_group_blocked_by_a_review_needs_a_person_too() -> None:
    blocked = item(A.WAIT, "step1", "5", R.BLOCKED_BY_REVIEW, detail="3@w01", next="cmcompile abandon x")
    waiting = item(A.WAIT, "step1", "6", R.NEEDS)
    made = Plan(source(), (Stage(S.NOT_NOW, (waiting, blocked)),))
    text = plan_text(made, SCREEN)
    assert text.startswith("dp02: nothing to do; 1 needs a person, 1 waits\n")
    assert text.count("step1/5") == 1
    assert text.index("blocked step1/5") < text.index("not now") < text.index("step1/6")
    assert text.endswith("next: cmcompile abandon x\n")
    assert "| blocked | `step1/5` |" in plan_markdown(made)


def test_the_last_line_says_what_to_type() -> None:
    assert plan_text(plan(), SCREEN).splitlines()[-1] == "next: cmcompile rescue dp02/step1/7"
    assert plan_text(plan(), SCREEN, next_command="x y").splitlines()[-1] == "next: x y"
    assert plan_text(idle(), SCREEN).splitlines()[-1] == "next: cmcompile status dp02"
    sending = Plan(source(), (Stage(S.SUBMISSION, (item(A.SUBMIT, "step1", "1", R.NEVER_SENT),)),))
    assert plan_text(sending, SCREEN).splitlines()[-1] == "next: cmcompile plan dp02 --explain"


def test_thousands_are_counted_and_all_can_be_seen() -> None:
    items = tuple(item(A.SUBMIT, "step1", str(n), R.NEVER_SENT) for n in range(5000))
    many = Plan(source(selectors=("dp02/step1", "dp02/step2"), limit=9), (Stage(S.SUBMISSION, items),))
    text = plan_text(many, SCREEN)
    assert len(text.splitlines()) < 25
    assert "and 4,990 more: cmcompile plan dp02/step1 dp02/step2 --limit 9 --explain" in text
    assert "step1/4999" in plan_text(many, SCREEN, explain=True)
    assert "step1/4999" in plan_text(many, replace(SCREEN, most=None))


def test_groups_that_wait_for_different_things_are_not_folded() -> None:
    items = tuple(item(A.WAIT, "step1", str(n), R.NEEDS, detail=f"step0/{n}") for n in range(5))
    text = plan_text(Plan(source(), (Stage(S.NOT_NOW, items),)), SCREEN)
    assert all(f"step0/{n}" in text for n in range(5))


def test_which_limit_binds_is_said() -> None:
    items = [item(A.WAIT, "step1", str(n), R.LIMIT, detail="running 10 of 10") for n in range(7)]
    items += [item(A.WAIT, "step2", str(n), R.LIMIT, detail="submitting 1 of 1") for n in range(9)]
    items += [item(A.WAIT, "step3", str(n), R.NEEDS, detail="step1") for n in range(9)]
    bound = Plan(source(), (Stage(S.NOT_NOW, tuple(items)),))
    for text in (plan_text(bound, SCREEN), plan_markdown(bound)):
        after = text[text.index("what bounds the sending".capitalize() if "###" in text else "what bounds") :]
        assert after.index("submitting 1 of 1") < after.index("running 10 of 10")
    assert "submitting 1 of 1 (9 groups wait)" in plan_text(bound, SCREEN)


def test_what_cant_be_undone_is_said_where_it_is_no_submission() -> None:
    items = (
        item(A.RETIRE, "step1", "1", R.DECIDED, reversible=False),
        item(A.SUBMIT, "step1", "2", R.NEVER_SENT, reversible=False),
    )
    lines = plan_text(Plan(source(), (Stage(S.REMOVAL, items),)), SCREEN).splitlines()
    assert [("undone" in x) for x in lines if x.startswith(("  - retire", "  + submit"))] == [True, False]


def test_a_page_stays_below_its_limit_whatever_there_is() -> None:
    stages = tuple(
        Stage(
            name,
            tuple(
                item(action, f"s{n % 400}", str(n), R.NEEDS, detail=f"{n}{HOSTILE * 9}") for n in range(3000)
            ),
        )
        for name, action in ((S.SUBMISSION, A.SUBMIT), (S.NOT_NOW, A.REFUSE))
    )
    text = plan_markdown(Plan(source(), stages, "9" * 64))
    assert LIMIT * 0.8 < len(text.encode()) <= LIMIT
    assert text.startswith(
        f"<!-- cmcompile plan {'9' * 64} -->\n## Plan for `dp02`\n\n**3,000 to submit; 3,000 refused"
    )
    assert text.count("<details>") == text.count("</details>")


def test_a_digest_cant_end_the_comment_that_holds_it() -> None:
    assert plan_markdown(replace(idle(), digest="a-->b")).startswith("<!-- cmcompile plan ab -->\n")
