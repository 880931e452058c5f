"""A plan that removes outputs lists each collection that goes."""

from __future__ import annotations

from plans import item, source

from cmcompile.model.plan import Action, Plan, Stage, StageName
from cmcompile.model.reason import Reason
from cmcompile.report.plan import plan_text
from cmcompile.report.screen import Screen


def text(*runs: str, most: int | None = 10, explain: bool = False) -> str:
    removal = item(
        Action.RETIRE,
        "step1",
        "3",
        Reason.DECIDED,
        workflow="w00",
        preconditions={"removes": ", ".join(runs)},
    )
    plan = Plan(source(), (Stage(StageName.REMOVAL, (removal,)),))
    return plan_text(plan, Screen(most=most), explain=explain, next_command="")


def test_each_collection_is_listed_and_how_to_count_it() -> None:
    shown = text("u/a/w00", "u/b/w00")
    assert "      removes u/a/w00\n      removes u/b/w00\n" in shown
    assert "      cmcompile outputs dp02/step1/3@w00  tells what is in there\n" in shown


def test_many_are_cut_but_not_where_all_is_explained() -> None:
    runs = [f"u/{n}/w00" for n in range(30)]
    assert text(*runs, most=5).count("removes u/") == 5
    assert "and 25 more" in text(*runs, most=5)
    assert "removes = u/0/w00, u/1/w00" in text(*runs, explain=True)
    assert "u/29/w00" in text(*runs, explain=True)


def test_where_nothing_is_left_nothing_is_listed() -> None:
    assert "removes" not in text()
