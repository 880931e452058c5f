"""Selectors of groups: what stands in the id, vars of parts, and what groups hold."""

from __future__ import annotations

import pytest
from language_tools import Built, build_from, remember, steps

from cmcompile.model.diagnostic import Severity

ONE = "{by: tract, values: 11..40, size: 3}"
TWO = "{by: detector, values: 0..5, count: 3}, {by: exposure, values: 100..111, size: 4}"
PARTS = """\
{by: tract, parts: [{values: 1..4, size: 2, vars: {layer: wide, depth: 1}},
                          {values: 7..8, vars: {layer: deep, depth: 2}}]}"""


def chosen(split: str, groups: str, more: str = "") -> tuple[list[str], Built]:
    text = f"s:\n  split: [{split}]\n  overrides: [{{groups: {groups}, because: x, bps: {{hit: x}}}}]\n{more}"
    built = build_from(remember(steps(text)))
    return [name for name in built.ids if "hit" in built.doc(name)], built


@pytest.mark.parametrize(
    ("split", "groups", "expected"),
    [
        (ONE, "2", ["2"]),
        (ONE, "'2'", ["2"]),
        (ONE, "2..4", ["2", "3", "4"]),
        (ONE, "[2, 4..5, 5]", ["2", "4", "5"]),
        (ONE, "[9..99]", ["9", "10"]),
        (ONE, "{tract: 3}", ["3"]),
        (ONE, "{holds: {tract: 18}}", ["3"]),
        (ONE, "{holds: {tract: [13..14, 40]}}", ["1", "2", "10"]),
        (ONE, "{tract: 2..5, holds: {tract: 18}}", ["3"]),
        (TWO, "1-2", ["1-2"]),
        (TWO, "[1-2, 3-3]", ["1-2", "3-3"]),
        (TWO, "{exposure: 2}", ["1-2", "2-2", "3-2"]),
        (TWO, "{exposure: 2, detector: 1}", ["1-2"]),
        (TWO, "{exposure: [1..2], detector: [1, 3]}", ["1-1", "1-2", "3-1", "3-2"]),
        (TWO, "{holds: {detector: 5, exposure: 100}}", ["3-1"]),
        (PARTS, "{layer: deep}", ["7", "8"]),
        (PARTS, "{layer: [wide, deep], tract: 1}", ["1"]),
        (PARTS, "{depth: 2}", ["7", "8"]),
        (PARTS, "{depth: 1..2}", ["1", "2", "7", "8"]),
        ("{name: run, values: [A b, c]}", "a-b", ["a-b"]),
        ("{name: run, values: [A b, c]}", "{run: c}", ["c"]),
        ("{name: run, values: [A b, c]}", "{holds: {run: A b}}", ["a-b"]),
        ("{by: day_obs, values: [20260105, 20260109]}", "20260101..20260107", ["20260105"]),
        ("{by: physical_filter, values: [1, 2]}", "{holds: {physical_filter: 2}}", ["2"]),
    ],
)
def test_which_groups_are_meant(split: str, groups: str, expected: list[str]) -> None:
    found, built = chosen(split, groups)
    assert built.found(Severity.ERROR) == []
    assert found == expected


@pytest.mark.parametrize(
    ("split", "groups", "code", "words"),
    [
        (ONE, "99", "CM046", "matches none of the 10 groups"),
        (ONE, "[2, 99, 98]", "CM046", "99, 98 in the selector of override 1 of s"),
        (ONE, "{tract: [1, 77]}", "CM046", "tract 77"),
        (ONE, "{holds: {tract: 99}}", "CM046", "matches none"),
        (TWO, "11", "CM046", "matches none"),
        (TWO, "{exposure: 9, detector: 1}", "CM046", "matches none"),
        (TWO, "{visit: 2}", "CM020", "names visit, which is no axis"),
        (TWO, "{holds: {tract: 2}}", "CM020", "names tract, which is no axis"),
        (PARTS, "{layer: udeep}", "CM046", "matches none"),
        (PARTS, "{layr: deep}", "CM020", "names layr"),
        (ONE, "5..2", "CM038", "5..2"),
        (ONE, "{}", "CM035", "groups"),
        (ONE, "[]", "CM035", "groups"),
    ],
)
def test_selectors_that_mean_nothing(split: str, groups: str, code: str, words: str) -> None:
    _, built = chosen(split, groups)
    assert words in built.finding(code).message


@pytest.mark.parametrize("key", ["²", "--5", "9" * 5000, "٣", "-", ""])
def test_odd_keys_are_no_traceback(key: str) -> None:
    _, built = chosen("{name: run, values: [a, 5]}", f"[1..3, '{key}']")
    assert built.found(Severity.ERROR)


def test_extra_groups_are_selected_by_id_and_by_what_they_hold() -> None:
    more = "  extra: {late: {tract: 90..91, because: x}}\n"
    for groups in ("late", "{tract: late}", "{holds: {tract: 91}}"):
        assert chosen(ONE, groups, more)[0] == ["late"]


def test_a_note_where_a_part_of_a_product_is_hit() -> None:
    _, built = chosen(TWO, "{exposure: 2, detector: 1}")
    assert built.finding("CM047").severity is Severity.NOTE
    _, built = chosen(TWO, "{exposure: 2}")
    assert "CM047" not in built.found(Severity.NOTE)


def test_overrides_of_two_files_are_numbered_on() -> None:
    text = """
    s:
      split: [{by: tract, values: 1..2}]
      overrides: [{groups: 9, because: x}, {groups: 8, because: x}]
    """
    built = build_from(remember(steps(text)))
    messages = [f.message for f in built.findings if f.code.name == "CM046"]
    assert ["override 1 of s" in messages[0], "override 2 of s" in messages[1]] == [True, True]
