"""Rescues: later passes, what they cover, and what carries over."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_tools import Built, build, build_from, remember, steps

from cmcompile.model.diagnostic import Severity

SPLIT = "split: [{by: detector, values: 0..8, count: 3}, {by: exposure, values: 100..111, size: 4}]"
ONE = (
    "split: [{by: tract, values: 1..9, size: 3}]\n  extra: {x: {tract: 20..21, where: tract>19, because: x}}"
)


def rescued(rescues: str, split: str = SPLIT, more: str = "") -> Built:
    return build_from(remember(steps(f"s:\n  {split}\n  rescues:\n    {rescues}\n{more}")))


def covers(built: Built) -> dict[str, list[str]]:
    return {
        g.group.id: list(g.group.covers) for g in built.groups.values() if g.group.rescue is not None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rescue", "expected"),
    [
        ("{groups: {exposure: 2}}", {"r.1-2": ["1-2"], "r.2-2": ["2-2"], "r.3-2": ["3-2"]}),
        ("{groups: 2-2}", {"r.2-2": ["2-2"]}),
        ("{split: [exposure], groups: {exposure: [1, 3]}}",
         {"r.1": ["1-1", "2-1", "3-1"], "r.3": ["1-3", "2-3", "3-3"]}),
        ("{split: [{by: detector, values: 0..8, count: 2}, exposure], groups: {exposure: 2}}",
         {"r.1-2": ["1-2", "2-2"], "r.2-2": ["2-2", "3-2"]}),
        ("{split: [exposure, {by: detector, values: 0..8, count: 1}], groups: 2-2}", {"r.2-1": ["2-2"]}),
        ("{split: [{by: exposure}], groups: 2-2}",
         {f"r.{e}": ["1-2", "2-2", "3-2"] for e in range(104, 108)}),
        ("{split: [{by: exposure, size: 3}, detector], groups: 2-2}", {"r.1-2": ["2-2"], "r.2-2": ["2-2"]}),
        ("{split: [], groups: {exposure: 2}}", {"r.all": [f"{d}-{e}" for d in (1, 2, 3) for e in (1, 2, 3)]}),
        ("{split: [{by: visit, values: 7..8}], groups: 1-1}",
         {f"r.{v}": [f"{d}-{e}" for d in (1, 2, 3) for e in (1, 2, 3)] for v in (7, 8)}),
    ],
)  # fmt: skip
def test_what_rescue_groups_cover(rescue: str, expected: dict[str, list[str]]) -> None:
    built = rescued("r: " + rescue.replace("{", "{because: x, ", 1))
    assert built.found(Severity.ERROR) in ([], ["CM120"])
    assert covers(built) == expected


def test_no_groups_means_all_and_the_parents_split() -> None:
    assert covers(rescued("r: {because: x}", ONE)) == {"r.1": ["1"], "r.2": ["2"], "r.3": ["3"], "r.x": ["x"]}


def test_a_new_axis_keeps_only_ids_of_the_chosen_groups() -> None:
    built = rescued("r: {because: x, groups: 2, split: [{by: tract, values: 1..9, size: 2}]}", ONE)
    assert {n: built.part(n, "tract") for n in covers(built)} == {"r.1": (4, 5), "r.2": (6,)}


def test_a_rescue_group_that_shares_data_with_no_chosen_group_is_not_made() -> None:
    anew = "split: [{by: detector, size: 3}, {by: exposure, size: 4}]"
    built = rescued(f"r: {{because: x, groups: [1-1, 2-2], {anew}}}")
    assert covers(built) == {"r.1-1": ["1-1"], "r.2-2": ["2-2"]}


def test_extra_groups_in_a_rescue() -> None:
    built = rescued("r: {because: x, groups: [3, x]}", ONE)
    assert built.where("r.x").endswith("tract>19")
    built = rescued("r: {because: x, groups: [3, x], split: [tract]}", ONE)
    assert covers(built) == {"r.3": ["3"], "r.x": ["x"]}
    assert built.where("r.x").endswith("tract>19")
    built = rescued("r: {because: x, groups: [3, x], split: [{by: tract, size: 2}]}", ONE)
    assert covers(built) == {"r.1": ["3"], "r.2": ["3", "x"], "r.3": ["x"]}
    assert built.where("r.2").endswith("and tract in (9, 20)")


def test_the_where_of_a_parent_axis_is_not_for_hand_made_ids() -> None:
    split = """split: [{by: tract, values: 1..9, size: 3, where: "tract>=${{ lo }} and tract<=${{ hi }}"}]
  extra: {x: {tract: [20, 90], because: x}}"""
    built = rescued("r: {because: x, groups: [3, x], split: [tract, {by: visit, values: 1..2}]}", split)
    assert built.where("r.3-1").endswith("tract>=7 and tract<=9 and visit = 1")
    assert built.where("r.x-1").endswith("tract in (20, 90) and visit = 1")


def test_a_new_axis_over_the_list_of_a_kept_one_is_cut_within_it() -> None:
    text = """
    s:
      split: [{by: day_obs, list: v}, {by: visit, list: v, size: 3}]
      rescues:
        r: {because: x, split: [day_obs, {by: visit, list: v, size: 2}]}
        night: {because: x, split: [{by: day_obs, list: v, size: 2}, {by: visit, list: v, size: 9}]}
    """
    files = {"v.txt": "".join(f"2026010{d} {d}{v}\n" for d in (1, 2) for v in range(3))}
    built = build_from(
        remember(steps(text) + "lists: {v: {file: v.txt, columns: [day_obs, visit]}}\n", files)
    )
    assert covers(built) == {
        "r.20260101-1": ["20260101-1"], "r.20260101-2": ["20260101-1"],
        "r.20260102-1": ["20260102-1"], "r.20260102-2": ["20260102-1"],
        "night.1-1": ["20260101-1", "20260102-1"],
    }  # fmt: skip


def test_ids_in_the_overrides_of_a_rescue_are_its_own() -> None:
    text = "r: {because: x, split: [exposure], overrides: [{groups: 2, because: x, bps: {hit: x}}]}"
    built = rescued(text)
    assert [n for n in built.ids if "hit" in built.doc(n)] == ["r.2"]
    text = "r: {because: x, split: [exposure], overrides: [{groups: 1-2, because: x, bps: {hit: x}}]}"
    assert "override 1 of rescue r of s" in rescued(text).finding("CM046").message


def test_overrides_of_the_step_carry_over_where_they_hit_all_that_is_covered() -> None:
    more = "  overrides:\n  - {groups: {exposure: 2}, because: x, bps: {all: x}}\n"
    built = rescued("r: {because: x, split: [exposure]}", more=more)
    assert [n for n in built.ids if "all" in built.doc(n)] == ["1-2", "2-2", "3-2", "r.2"]
    built = rescued("r: {because: x, split: [exposure], carry: false}", more=more)
    assert [n for n in built.ids if "all" in built.doc(n)] == ["1-2", "2-2", "3-2"]
    defaults = more + "  rescue_defaults: {carry: false}\n"
    built = rescued("r: {because: x, split: [exposure]}\n    t: {because: x, carry: true}", more=defaults)
    assert [n for n in built.ids if "all" in built.doc(n)] == ["1-2", "2-2", "3-2", "t.1-2", "t.2-2", "t.3-2"]


PARTLY = (
    "  overrides: [{groups: {exposure: 2, detector: 1}, because: x, where: exposure!=105, bps: {a: 1}}]\n"
)


@pytest.mark.parametrize(
    ("rescue", "codes"),
    [
        ("{because: x, split: [exposure]}", ["CM050"]),
        ("{because: x, split: [exposure], carry: false}", []),
        ("{because: x, split: [exposure], groups: {exposure: 1}}", []),
        ("{because: x}", []),
        ("{because: x, split: [exposure], where: exposure!=105, bps: {a: 1}}", []),
    ],
)
def test_an_override_that_hits_only_some_must_be_repeated_or_dropped(rescue: str, codes: list[str]) -> None:
    built = rescued(f"r: {rescue}", more=PARTLY)
    assert built.found(Severity.ERROR) == codes


def test_an_override_repeated_in_the_rescue_is_enough() -> None:
    own = "[{groups: 2, because: x, where: exposure!=105, bps: {a: 1}}]"
    built = rescued(f"r: {{because: x, split: [exposure], overrides: {own}}}", more=PARTLY)
    assert built.found(Severity.ERROR) == []
    built = rescued(
        f"r: {{because: x, split: [exposure], overrides: {own.replace('2', '1', 1)}}}", more=PARTLY
    )
    assert built.found(Severity.ERROR) == ["CM050"]


@pytest.mark.parametrize(
    ("rescue", "code"),
    [
        ("{because: x, groups: 99}", "CM046"),
        ("{because: x, split: [tract]}", "CM020"),
        ("{because: x, groups: 1-1, split: [{by: exposure, values: 1..5}, detector]}", "CM051"),
        ("{because: x, split: [exposure, exposure]}", "CM038"),
    ],
)
def test_rescues_that_make_no_sense(rescue: str, code: str) -> None:
    assert rescued(f"r: {rescue}").found(Severity.ERROR) == [code]


def test_sharing_is_judged_by_ids_and_never_by_text() -> None:
    split = "split: [{by: tract, values: 1..4, size: 2, where: tract>0}]"
    built = rescued("r: {because: x, split: [{by: tract, values: 1..4, size: 3}]}", split)
    assert covers(built) == {"r.1": ["1", "2"], "r.2": ["2"]}


def test_an_exclusion_counts_for_rescues() -> None:
    built = build_from(
        remember("exclude: [{tract: 4, because: x}]\n" + steps(f"s:\n  {ONE}\n  rescues: {{r: {{}}}}\n"))
    )
    assert built.where("r.2").endswith("tract in (4..6) and tract != 4")


def test_a_rescue_without_a_reason_is_a_note() -> None:
    assert rescued("r: {}").finding("CM028").severity is Severity.NOTE


def test_a_rescue_of_a_library_and_of_the_campaign(tmp_path: Path) -> None:
    library = {"/l.yaml": "steps: {s: {rescues: {low: {because: x}, both: {because: x, groups: 1}}}}\n"}
    text = steps(
        f"s:\n  {ONE}\n  rescues: {{both: {{because: x, groups: 2}}, high: {{because: x, groups: 3}}}}\n"
    )
    built = build(tmp_path, "extends: ../../l.yaml\n" + text, library)
    assert list(covers(built)) == ["low.1", "low.2", "low.3", "low.x", "both.2", "high.3"]
