"""``where``: clauses of all layers, in order; only named ones can be replaced."""

from __future__ import annotations

import pytest
from language_tools import BPS, build_from, remember, steps

from cmcompile.model.diagnostic import Severity

PLAIN = BPS.split("\n", 1)[1]


def where(text: str, group: str = "all") -> str:
    built = build_from(remember(PLAIN + text))
    assert built.compilation is not None, built.findings
    return built.where(group)


def test_clauses_of_layers_axes_overrides_and_rescues_in_order() -> None:
    text = """\
where: a=1
step_defaults: {where: [b=1, c=1], rescue_defaults: {where: {r: g=1}}}
steps:
  s:
    where: {d: d=1}
    split: [{by: tract, values: [5]}, {by: visit, values: [6]}]
    overrides: [{groups: 5-6, because: x, where: e=1}, {groups: 5-6, because: x, where: f=1}]
    rescues: {r: {because: x, where: h=1, overrides: [{groups: 5-6, because: x, where: i=1}]}}
"""
    assert where(text, "5-6") == "a=1 and b=1 and c=1 and d=1 and tract = 5 and visit = 6 and e=1 and f=1"
    assert where(text, "r.5-6").endswith("visit = 6 and e=1 and f=1 and g=1 and h=1 and i=1")


def test_an_exclusion_comes_last() -> None:
    text = "where: a=1\nexclude: [{visit: 7, because: x}]\nsteps:\n  s:\n"
    text += "    split: [{by: visit, values: 6..7, size: 2}]\n"
    text += "    overrides: [{groups: 1, because: x, where: e=1}]\n"
    assert where(text, "1") == "a=1 and visit in (6, 7) and e=1 and visit != 7"


@pytest.mark.parametrize(
    ("upper", "expected"),
    [
        ("{one: z=1}", "z=1 and b=1"),
        ("{two: z=1}", "a=1 and z=1"),
        ("{one: null}", "b=1"),
        ("{new: z=1}", "a=1 and b=1 and z=1"),
        ("z=1", "a=1 and b=1 and z=1"),
        ("[z=1, y=1]", "a=1 and b=1 and z=1 and y=1"),
        ("{one: null, two: null}", ""),
    ],
)
def test_only_a_named_clause_is_replaced_in_its_place_or_removed(upper: str, expected: str) -> None:
    assert where(f"where: {{one: a=1, two: b=1}}\nsteps: {{s: {{where: {upper}}}}}\n") == expected


def test_a_clause_without_a_name_is_never_replaced() -> None:
    assert where("where: a=1\nsteps: {s: {where: {a: null}}}\n") == "a=1"
    assert where("where: [a=1, a=1]\nsteps: {s: {where: a=1}}\n") == "a=1 and a=1 and a=1"


def test_an_axis_where_has_a_name_and_keeps_its_place() -> None:
    text = "where: a=1\nsteps:\n  s:\n"
    text += "    split: [{by: tract, values: 5..6, size: 2, where: {cut: 'tract>=${{ lo }}'}}]\n"
    assert where(text, "1") == "a=1 and tract>=5"
    more = "    overrides: [{groups: 1, because: x, where: {cut: tract=5, z: z=1}}]\n"
    assert where(text + more, "1") == "a=1 and tract=5 and z=1"
    assert where(text + more.replace("tract=5", "null"), "1") == "a=1 and z=1"


def test_a_rescue_that_cuts_an_axis_anew_drops_its_where_or_takes_it_over() -> None:
    text = """\
steps:
  s:
    split:
    - {by: detector, values: 0..3, count: 2, where: {det: "detector>=${{ lo }} and detector<=${{ hi }}"}}
    - {by: tract, values: 5..6, size: 2, where: "tract>=${{ lo }}"}
    rescues:
      gone: {because: x, split: [tract]}
      same: {because: x, split: [{by: detector, values: 0..3, count: 1}, tract]}
      own:
        because: x
        split: [{by: detector, values: 0..3, count: 1, where: "detector<${{ hi + 1 }}"}, tract]
"""
    assert where(text, "2-1") == "detector>=2 and detector<=3 and tract>=5"
    assert where(text, "gone.1") == "tract>=5"
    assert where(text, "same.1-1") == "detector>=0 and detector<=3 and tract>=5"
    assert where(text, "own.1-1") == "detector<4 and tract>=5"


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("a=1 or b=1", "(a=1 or b=1)"),
        ("a=1 OR b=1", "(a=1 OR b=1)"),
        ("(a=1 or b=1)", "(a=1 or b=1)"),
        ("(a=1 or b=1) and c=1", "(a=1 or b=1) and c=1"),
        ("(a=1) or (b=1)", "((a=1) or (b=1))"),
        ("x='or'", "x='or'"),
        ("not (a=1 or b=1)", "not (a=1 or b=1)"),
    ],
)
def test_an_or_at_the_top_is_put_in_parentheses(clause: str, expected: str) -> None:
    assert where(f'where: [d=1, "{clause}"]\nsteps: {{s: {{}}}}\n') == f"d=1 and {expected}"


def test_a_query_written_by_hand_hides_the_where() -> None:
    text = "s: {split: [{by: tract, values: 1..2, size: 2}], bps: {payload: {dataQuery: tract<3}}}"
    built = build_from(remember(steps(text)))
    assert built.where("1") == "tract<3"
    assert built.finding("CM048").severity is Severity.WARNING
    built = build_from(remember(steps("s: {bps: {payload: {dataQuery: '${{ where }} and tract<3'}}}")))
    assert built.where() == "instrument='HSC' and skymap='hsc' and tract<3"
    assert "CM048" not in built.found()


def test_the_predicate_of_an_axis_is_exact() -> None:
    for ids, expected in {
        "[7]": "tract = 7",
        "[8, 7]": "tract in (7, 8)",
        "[9, 7, 8]": "tract in (7..9)",
        "[1, 2, 3, 5, 7, 8]": "tract in (1..3, 5, 7, 8)",
    }.items():
        assert where(f"steps: {{s: {{split: [{{by: tract, values: {ids}, size: 9}}]}}}}\n", "1") == expected
    assert where("steps: {s: {split: [{by: band, values: [r, g], size: 2}]}}\n", "1") == "band in ('g', 'r')"


def test_an_id_that_a_query_can_not_hold_is_an_error_at_its_axis() -> None:
    built = build_from(remember(steps('s: {split: [{by: band, values: ["a\'b"]}]}')))
    assert built.place("CM023") == "8:15"


def test_lo_and_hi_are_those_of_the_part_also_where_ids_are_excluded() -> None:
    text = "exclude: [{visit: 1, because: x}]\nsteps:\n  s:\n"
    text += "    split:\n    - by: visit\n      values: 1..4\n      size: 4\n"
    text += "      where: visit>=${{ lo }} and visit in (${{ ids | join(', ') }})\n"
    assert where(text, "1") == "visit>=1 and visit in (2, 3, 4) and visit != 1"
