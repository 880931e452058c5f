"""``split``: axes, sources and cuts, and the groups that they make."""

from __future__ import annotations

import pytest
from language_tools import Built, build_from, remember, steps

WEIGHTS = "1 5\n2 5\n3 5\n4 1\n5 1\n6 1\n7 1\n8 1\n"
#: Night, band, visit.
VISITS = "20260101 r 11\n20260101 g 12\n20260101 r 13\n20260105 g 14\n20260109 r 15\n20260109 r 16\n"
LISTS = """\
lists:
  t: {file: t.txt}
  w: {file: w.txt, columns: [tract, load]}
  v: {file: v.txt, columns: [day_obs, band, visit]}
  other: {file: t.txt, columns: [pixel]}
"""
FILES = {"t.txt": "3\n1\n2\n5\n4\n3\n", "w.txt": WEIGHTS, "v.txt": VISITS}


#: Groups of some four of a weight.
LOADS = (
    steps("s: {split: [{by: tract, list: w, weight: load, size: 4}]}")
    + "lists: {w: {file: w.txt, columns: [tract, load]}}\n"
)


def split(axes: str, more: str = "") -> Built:
    return build_from(remember(steps(f"s:\n  split: {axes}\n") + LISTS + more, FILES))


def parts(built: Built) -> dict[str, list[object]]:
    """Return the ids of each axis, by group."""
    assert built.compilation is not None, built.findings
    return {
        g.group.id: [list(p.ids) if len(p.ids) != 1 else p.ids[0] for p in g.group.parts]
        for g in built.groups.values()
    }


def one(axis: str) -> dict[str, object]:
    """Return the ids of a split with one axis, by group."""
    return {name: ids[0] for name, ids in parts(split(f"[{axis}]")).items()}


def test_no_split_is_one_group() -> None:
    assert build_from(remember(steps("s: {}"))).ids == ["all"]
    assert split("[]").ids == ["all"]


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        ("{by: tract, list: t}", {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}),
        ("{by: tract, list: t, size: 2}", {"1": [1, 2], "2": [3, 4], "3": 5}),
        ("{by: tract, list: t, size: 99}", {"1": [1, 2, 3, 4, 5]}),
        ("{by: tract, list: t, count: 3}", {"1": [1, 2], "2": [3, 4], "3": 5}),
        ("{by: tract, list: t, count: 9}", {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}),
        ("{by: tract, list: t, ranges: [[4, 9], [1, 3]]}", {"1": [4, 5], "2": [1, 2, 3]}),
        ("{by: tract, list: t, size: 2, order: descending}", {"1": [4, 5], "2": [2, 3], "3": 1}),
        ("{by: tract, list: t, ranges: [[1, 2], [3, 5]], order: descending}", {"1": [1, 2], "2": [3, 4, 5]}),
        ("{by: tract, list: t, order: descending}", {"5": 5, "4": 4, "3": 3, "2": 2, "1": 1}),
        ("{by: tract, list: t, size: 2, first: 0}", {"0": [1, 2], "1": [3, 4], "2": 5}),
        ("{by: tract, list: t, size: 2, first: 7, limit: 2}", {"7": [1, 2], "8": [3, 4]}),
        ("{by: tract, list: t, limit: 2}", {"1": 1, "2": 2}),
        ("{by: tract, values: 3..5}", {"3": 3, "4": 4, "5": 5}),
        ("{by: tract, values: [9, 1..3, 2]}", {"1": 1, "2": 2, "3": 3, "9": 9}),
        ("{by: tract, list: w, weight: load, size: 10}", {"1": [1, 2], "2": [3, 4, 5, 6, 7, 8]}),
        ("{by: tract, list: w, weight: load, size: 5}", {"1": 1, "2": 2, "3": 3, "4": [4, 5, 6, 7, 8]}),
        ("{by: day_obs, list: v}", {"20260101": 20260101, "20260105": 20260105, "20260109": 20260109}),
        ("{by: day_obs, list: v, window: 4d}", {"1": 20260101, "2": 20260105, "3": 20260109}),
        ("{by: day_obs, list: v, window: 1w}", {"1": [20260101, 20260105], "2": 20260109}),
        ("{by: day_obs, list: v, window: 2d}", {"1": 20260101, "3": 20260105, "5": 20260109}),
        ("{by: band, list: v}", {"g": "g", "r": "r"}),
        ("{name: pixel, list: other}", {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}),
        ("{name: run, values: [A b, 7], size: 1}", {"1": 7, "2": "A b"}),
        ("{name: run, values: [A b, 7]}", {"7": 7, "a-b": "A b"}),
    ],
)  # fmt: skip
def test_cuts(axis: str, expected: dict[str, object]) -> None:
    found = one(axis)
    assert found == expected
    assert list(found) == list(expected)


def test_parts_number_on_and_have_vars() -> None:
    text = """
    s:
      bps: {a: '${{ layer }}'}
      split:
      - by: tract
        first: 0
        parts:
        - {list: t, size: 2, vars: {layer: wide}}
        - {values: [8, 7, 3], vars: {layer: deep}, count: 2}
        - {values: [90..91], size: 1}
    """
    built = build_from(remember(steps(text) + LISTS + "vars: {layer: none}\n", FILES))
    assert parts(built) == {"0": [[1, 2]], "1": [[3, 4]], "2": [5], "3": [7], "4": [8], "5": [90], "6": [91]}
    assert [built.doc(g)["a"] for g in built.ids] == ["wide"] * 3 + ["deep"] * 2 + ["none"] * 2


def test_axes_are_multiplied() -> None:
    found = parts(split("[{by: detector, values: 0..3, count: 2}, {by: tract, list: t, size: 3}]"))
    assert found == {
        "1-1": [[0, 1], [1, 2, 3]], "1-2": [[0, 1], [4, 5]],
        "2-1": [[2, 3], [1, 2, 3]], "2-2": [[2, 3], [4, 5]],
    }  # fmt: skip


def test_an_axis_over_the_same_list_is_cut_within_each_group() -> None:
    assert parts(split("[{by: day_obs, list: v}, {by: visit, list: v, size: 2}]")) == {
        "20260101-1": [20260101, [11, 12]],
        "20260101-2": [20260101, 13],
        "20260105-1": [20260105, 14],
        "20260109-1": [20260109, [15, 16]],
    }
    axes = "[{by: day_obs, list: v, size: 2}, {by: band, list: v}, {by: visit, list: v, count: 2}]"
    assert parts(split(axes)) == {
        "1-g-1": [[20260101, 20260105], "g", 12],
        "1-g-2": [[20260101, 20260105], "g", 14],
        "1-r-1": [[20260101, 20260105], "r", 11],
        "1-r-2": [[20260101, 20260105], "r", 13],
        "2-r-1": [20260109, "r", 15],
        "2-r-2": [20260109, "r", 16],
    }  # fmt: skip


def test_an_axis_between_does_not_part_what_is_nested() -> None:
    found = parts(split("[{by: day_obs, list: v}, {by: detector, values: 0..1}, {by: visit, list: v}]"))
    assert len(found) == 12
    assert found["20260105-1-14"] == [20260105, 1, 14]


def test_columns_of_lists_with_parts_of_their_own() -> None:
    lists = """\
lists:
  a: {file: a.txt, columns: [night, visit]}
  b: {file: b.txt, columns: [day, visit]}
"""
    files = {"a.txt": "20260101 1\n20260102 2\n", "b.txt": "20260102 3\n20260103 4\n"}
    axes = """
  - {by: day_obs, parts: [{list: a, column: night}, {list: b, column: day}]}
  - {by: visit, parts: [{list: a}, {list: b}], size: 9}
"""
    built = build_from(remember(steps("s:\n  split:" + axes) + lists, files))
    assert parts(built) == {
        "20260101-1": [20260101, 1], "20260102-1": [20260102, 2],
        "20260102-2": [20260102, 3], "20260103-1": [20260103, 4],
    }  # fmt: skip


def test_weights_are_added_up_and_the_order_of_rows_does_not_matter() -> None:
    rows = [(n % 7, 0.1 * (n % 11)) for n in range(40)]
    files = [{"w.txt": "".join(f"{t} {w}\n" for t, w in some)} for some in (rows, rows[::-1])]
    first, second = (build_from(remember(LOADS, f)) for f in files)
    assert parts(first) == parts(second)
    assert len(first.ids) > 2


def test_weights_add_up_alike_in_any_order_of_rows() -> None:
    # Added up one by one, these are 1 or a little more, as their order will have it.
    for some in ((0.4, 0.3, 0.2), (0.4, 0.2, 0.3)):
        rows = "".join(f"1 {w}\n" for w in some) + "2 0.1\n"
        assert build_from(remember(LOADS.replace("size: 4", "size: 1"), {"w.txt": rows})).ids == ["1"]


def test_weights_within_an_enclosing_part_are_those_of_its_rows() -> None:
    text = steps("s: {split: [{by: day_obs, list: w}, {by: tract, list: w, weight: load, size: 10}]}")
    lists = "lists: {w: {file: w.txt, columns: [day_obs, tract, load]}}\n"
    rows = "20260101 1 1\n20260101 2 1\n20260102 1 10\n20260102 2 10\n"
    assert build_from(remember(text + lists, {"w.txt": rows})).ids == [
        "20260101-1",
        "20260102-1",
        "20260102-2",
    ]


@pytest.mark.parametrize(
    ("axis", "code", "words"),
    [
        ("{list: t}", "CM038", "an axis needs"),
        ("{by: tract, name: x, list: t}", "CM038", "not both"),
        ("{by: tract}", "CM038", "has no ids"),
        ("{by: tract, list: t, values: 1..2}", "CM038", "both"),
        ("{by: tract, list: t, parts: [{list: t}]}", "CM038", "ids and `parts`"),
        ("{by: tract, list: none}", "CM020", "no list is named none"),
        ("{by: tract, list: v}", "CM038", "has no column tract; it has day_obs, band, visit"),
        ("{by: tract, list: t, size: 2, count: 3}", "CM038", "size and count"),
        ("{by: tract, list: w, weight: load}", "CM038", "`weight` needs `size`"),
        ("{by: tract, list: w, weight: nope, size: 2}", "CM038", "no column nope"),
        ("{by: tract, list: t, weight: nope, size: 2}", "CM038", "no column nope"),
        ("{by: tract, values: 1..5, weight: w, size: 2}", "CM038", "weight"),
        ("{by: visit, list: v, weight: band, size: 2}", "CM038", "which is no weight"),
        ("{by: tract, list: t, ranges: [[1, 3], [3, 5]]}", "CM038", "overlaps 1..3"),
        ("{by: tract, list: t, ranges: [[3, 1]]}", "CM038", "ends before"),
        ("{by: band, list: v, ranges: [[3, 4]]}", "CM038", "the ids are text"),
        ("{by: tract, list: t, window: 7d}", "CM038", "`window` needs days"),
        ("{by: day_obs, list: v, window: 12h}", "CM038", "whole days"),
        ("{by: day_obs, values: [20261399], window: 7d}", "CM038", "not 20261399"),
        ("{by: tract, values: 5..3}", "CM038", "5..3"),
        ("{by: tract, list: t, size: 0}", "CM035", "size"),
        ("{by: tract, list: t, limit: 0}", "CM035", "limit"),
        ("{name: x, values: 1..2, where: 'tract=1'}", "CM038", "plain parameter"),
        ("{by: tract, list: t}, {by: tract, values: 1..2}", "CM038", "two axes are named tract"),
    ],
)
def test_axes_that_make_no_sense(axis: str, code: str, words: str) -> None:
    built = split(f"[{axis}]")
    assert words in built.finding(code).message
    assert built.place(code).split(":")[0] == "9"


@pytest.mark.parametrize("weight", ["nan", "inf", "-1", "x", "1e999"])
def test_weights_that_are_none(weight: str) -> None:
    built = build_from(remember(LOADS, {"w.txt": f"1 2\n2 {weight}\n"}))
    assert "which is no weight" in built.finding("CM038").message


def test_no_weight_at_all_is_one_group() -> None:
    assert build_from(remember(LOADS, {"w.txt": "1 0\n2 0\n"})).ids == ["1"]


def test_a_range_without_ids_makes_no_group_and_is_told() -> None:
    built = split("[{by: tract, list: t, ranges: [[1, 2], [7, 8], [3, 5]]}]")
    assert built.ids == ["1", "3"]
    assert "7..8" in built.finding("CM049").message


def test_an_axis_without_ids_is_an_error_unless_its_list_grows() -> None:
    text = steps("s: {split: [{by: tract, list: e, size: 2}]}")
    built = build_from(remember(text + "lists: {e: {file: e.txt}}\n", {"e.txt": "# none\n\n"}))
    assert "there are no ids: list e is empty" in built.finding("CM038").message
    lists = "lists: {e: {file: e.txt, columns: [band, tract], only: {band: x}}}\n"
    built = build_from(remember(text + lists, {"e.txt": "r 1\n"}))
    assert "`only`" in built.finding("CM038").message
    lists = "lists: {e: {file: e.txt, query: {dimensions: [tract]}}}\n"
    built = build_from(remember(text + lists, {"e.txt": "# none\n"}))
    assert (built.ids, built.found()) == ([], [])


def test_ids_have_the_type_of_their_dimension() -> None:
    built = split("[{by: physical_filter, values: [1, 2], size: 2}]")
    assert built.where("1").endswith("physical_filter in ('1', '2')")
    lists = "lists: {g: {file: g.txt, columns: [group, day_obs, visit]}}\n"
    lists += "exclude: [{group: 2026010500012, because: x}]\n"
    files = {"g.txt": "2026010500012 20260105 1\n2026010500013 20260105 2\n"}
    text = steps("s: {split: [{by: group, list: g, size: 2}, {by: visit, list: g, size: 2}]}")
    built = build_from(remember(text + lists, files))
    assert built.where("1-1").endswith(
        "group in ('2026010500012', '2026010500013') and visit in (1, 2) and group != '2026010500012'"
    )


def test_which_part_may_still_grow() -> None:
    lists = "lists: {g: {file: g.txt, query: {dimensions: [tract]}}}\n"
    text = "s: {{split: [{{by: tract, list: g, size: 2, order: {}}}]}}"
    for order, last in {"ascending": "3", "descending": "1"}.items():
        built = build_from(remember(steps(text.format(order)) + lists, {"g.txt": "1\n2\n3\n4\n5\n"}))
        assert [g.group.id for g in built.groups.values() if g.group.parts[0].last] == [last]
    assert not any(g.group.parts[0].last for g in split("[{by: tract, list: t, size: 2}]").groups.values())


def test_a_size_forgotten_is_no_flood_of_groups() -> None:
    built = split("[{by: tract, values: 0..9999999}]")
    assert "groups" in built.finding("CM038").message
    built = split("[{by: tract, values: 0..9999, size: 1}, {by: visit, values: 0..9999, count: 9999}]")
    assert "100,000,000" in built.finding("CM038").message.replace("99,990,000", "100,000,000")
    assert built.groups == {}
