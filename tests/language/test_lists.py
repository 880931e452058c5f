"""Lists: rows of text and csv files, their columns, and ``only``."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_tools import PATH, Built, Memory, build, build_from, remember, steps

from cmcompile.model.campaign import ListData
from cmcompile.spec.load import load

USE = "s: {split: [{by: tract, list: t, size: 2}]}"


def read(content: str, keys: str = "", name: str = "t.txt") -> ListData:
    text = steps("s: {}") + f"lists: {{t: {{file: {name}{keys}}}}}\n"
    spec, findings = load(remember(text, {name: content}), PATH)
    assert spec is not None, findings
    return spec.lists["t"]


def used(content: str, keys: str = "", name: str = "t.txt", use: str = USE) -> Built:
    text = steps(use) + f"lists: {{t: {{file: {name}{keys}}}}}\n"
    return build_from(remember(text, {name: content}))


@pytest.mark.parametrize(
    ("content", "keys", "name", "columns"),
    [
        ("1\n2\n", "", "t.txt", {"": (1, 2)}),
        ("1\n2", "", "t.txt", {"": (1, 2)}),
        ("1\r\n2\r\n", "", "t.txt", {"": (1, 2)}),
        ("\ufeff1\n", "", "t.txt", {"": (1,)}),
        ("# c\n\n  # c\n 1 \n\t2\n   \n", "", "t.txt", {"": (1, 2)}),
        ("r 1\ng 2\n", ", columns: [band, tract]", "t.txt", {"band": ("r", "g"), "tract": (1, 2)}),
        ("r, 1\ng,2\n", ", columns: [band, tract]", "t.txt", {"band": ("r", "g"), "tract": (1, 2)}),
        ("r\t1\n", ", columns: [band, tract]", "t.txt", {"band": ("r",), "tract": (1,)}),
        ("band,tract\nr,1\n", "", "t.csv", {"band": ("r",), "tract": (1,)}),
        ("# made by x\n\nband , tract\nr , 1\n", "", "t.csv", {"band": ("r",), "tract": (1,)}),
        ("r,1\n", ", columns: [band, tract]", "t.csv", {"band": ("r",), "tract": (1,)}),
        ("a b,1\n", ", columns: [field, tract]", "t.csv", {"field": ("a b",), "tract": (1,)}),
        ("band,tract\n", "", "t.csv", {"band": (), "tract": ()}),
        ("", ", columns: [band, tract]", "t.txt", {"band": (), "tract": ()}),
        ("007\n1\n", "", "t.txt", {"": ("007", "1")}),
        ("-3\n0\n", "", "t.txt", {"": (-3, 0)}),
        ("1.5\n", "", "t.txt", {"": ("1.5",)}),
        ("9" * 5000 + "\n1\n", "", "t.txt", {"": ("9" * 5000, "1")}),
        ("\uff11\n", "", "t.txt", {"": ("\uff11",)}),
        ("1\x0c2\n", ", columns: [a, b]", "t.txt", {"a": (1,), "b": (2,)}),
    ],
)
def test_columns(content: str, keys: str, name: str, columns: dict[str, tuple[object, ...]]) -> None:
    assert read(content, keys, name).columns == columns


@pytest.mark.parametrize(
    ("content", "keys", "name", "place", "words"),
    [
        ("1\n2 3\n", "", "t.txt", "t.txt:2:1", "2 columns in this row, 1 expected"),
        (
            "# c\nr 1\nr\n",
            ", columns: [band, tract]",
            "t.txt",
            "t.txt:3:1",
            "1 columns in this row, 2 expected",
        ),
        ("a,b\n1,\n", "", "t.csv", "t.csv:2:1", "2 columns"),
        ("a,a\n1,2\n", "", "t.csv", "t.csv:1:1", "two have one"),
        ("a,\n1,2\n", "", "t.csv", "t.csv:1:1", "no name"),
        ("1 2\n3 4\n", "", "t.txt", "t.txt:1:1", "no names for them"),
    ],
)
def test_rows_that_can_not_be_read(content: str, keys: str, name: str, place: str, words: str) -> None:
    built = used(content, keys, name)
    assert words in built.finding("CM039").message
    assert built.place("CM039") == f"campaigns/c/{place}"


def test_many_bad_rows_are_counted() -> None:
    found = [f for f in used("1\n" + "2 3\n" * 20).findings if f.code.name == "CM039"]
    assert len(found) == 6
    assert any("15 more rows" in f.message for f in found)


@pytest.mark.parametrize(
    ("content", "keys", "name", "line"),
    [
        ("tract\n1\n2\n", "", "t.txt", 1),
        ("1\ncomment\n2\n", "", "t.txt", 2),
        ("# c\n\n1\n007\n", "", "t.txt", 4),
        ("1\n1.5\n", "", "t.txt", 2),
        ("band tract\nr 1\n", ", columns: [band, tract]", "t.txt", 1),
        ("band,tract\nr,1\nr,x\n", "", "t.csv", 3),
        ("band,tract\nr,1\n", ", columns: [band, tract]", "t.csv", 1),
        ("a\nb\nc\n", "", "t.txt", 1),
        ("1\n" + "9" * 30 + "x\n", "", "t.txt", 2),
    ],
)
def test_text_where_ids_are_numbers_is_an_error_at_its_row(
    content: str, keys: str, name: str, line: int
) -> None:
    built = used(content, keys, name)
    assert built.place("CM039") == f"campaigns/c/{name}:{line}:1"
    assert "an id of tract is a whole number" in built.finding("CM039").message
    assert not built.groups


def test_text_is_fine_where_ids_are_text_and_for_plain_parameters() -> None:
    for axis in ("by: physical_filter", "name: run"):
        built = used("1\nx\n2\n", use=f"s: {{split: [{{{axis}, list: t, size: 2}}]}}")
        assert built.ids == ["1", "2"]
        assert "CM039" not in built.found()


def test_rows_that_only_leaves_out_may_hold_text() -> None:
    built = used("unknown x\nr 1\nr 2\n", ", columns: [band, tract], only: {band: r}")
    assert built.part("1", "tract") == (1, 2)
    assert built.found() == []


ROWS = "r 1 0.9\nr 2 1.2\ng 3 1.20\nz 4 nan\ng 5 2\n"


@pytest.mark.parametrize(
    ("only", "kept"),
    [
        ("{band: r}", [1, 2]),
        ("{band: [r, g]}", [1, 2, 3, 5]),
        ("{tract: 3}", [3]),
        ("{tract: [3, '4']}", [3, 4]),
        ('{seeing: "<1.2"}', [1]),
        ('{seeing: "<=1.2"}', [1, 2, 3]),
        ('{seeing: "> 1.2"}', [5]),
        ('{seeing: ">=1.2"}', [2, 3, 5]),
        ('{seeing: "=1.2"}', [2, 3]),
        ('{seeing: "!=1.2"}', [1, 4, 5]),
        ("{seeing: 1.2}", [2, 3]),
        ('{band: "!=r"}', [3, 4, 5]),
        ('{band: g, seeing: "<1.5"}', [3]),
        ('{tract: "<3", band: "=r"}', [1, 2]),
    ],
)
def test_only_keeps_rows(only: str, kept: list[int]) -> None:
    found = read(ROWS, f", columns: [band, tract, seeing], only: {only}")
    assert list(found.columns["tract"]) == kept
    assert list(found.others["tract"]) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("only", "code", "words"),
    [
        ("{visit: 1}", "CM020", "names the column visit"),
        ('{seeing: "<x"}', "CM039", "condition on seeing"),
        ('{seeing: "<1 >2"}', "CM039", "condition on seeing"),
        ('{seeing: ["<1", 2]}', "CM039", "condition on seeing"),
        ('{seeing: ["<1", "<x"]}', "CM039", "condition on seeing"),
    ],
)
def test_conditions_that_can_not_be_read(only: str, code: str, words: str) -> None:
    built = used(ROWS, f", columns: [band, tract, seeing], only: {only}")
    assert words in built.finding(code).message


def test_a_list_without_names_has_no_column_to_filter() -> None:
    built = used("1\n", ", only: {tract: 1}")
    assert built.finding("CM020").hint == "name its columns with `columns:`"


def test_files_that_are_not_there_or_no_text(tmp_path: Path) -> None:
    text = steps(USE) + "lists: {t: {file: lists/t.txt}}\n"
    built = build(tmp_path, text)
    assert built.place("CM001") == "9:19"
    (tmp_path / "campaigns/c/lists").mkdir()
    (tmp_path / "campaigns/c/lists/t.txt").write_bytes(b"1\n\xff\n")
    assert "not UTF-8" in build(tmp_path, text).finding("CM039").message
    assert build(tmp_path, text.replace("lists/t.txt", "../../../t.txt")).found() == ["CM011"]
    assert build(tmp_path, text.replace("lists/t.txt", "lists")).found() == ["CM002"]
    stored = text.replace("}}", ", query: {dimensions: [tract]}}}").replace("lists/t", "lists/none")
    assert "lists update" in build(tmp_path, stored).finding("CM001").hint


def test_the_list_of_a_library_is_beside_the_library() -> None:
    campaign = "cmcompile: 1\ncampaign: c\nextends: ../library/l.yaml\n" + steps(USE)
    sources = Memory(
        {
            PATH: campaign,
            "campaigns/library/l.yaml": "lists: {t: {file: lists/t.txt}}\n",
            "campaigns/library/lists/t.txt": "4\n5\n",
        }
    )
    built = build_from(sources)
    assert built.part("1", "tract") == (4, 5)
    assert built.compilation is not None
    assert set(built.compilation.spec.inputs) == {
        PATH, "campaigns/library/l.yaml", "campaigns/library/lists/t.txt",
    }  # fmt: skip


def test_the_one_column_of_a_list_is_read_whatever_the_axis_is_called() -> None:
    assert used("7\n8\n", use="s: {split: [{by: visit, list: t, size: 2}]}").part("1", "visit") == (7, 8)
    built = used(
        "7\n8\n", ", columns: [tract]", use="s: {split: [{by: visit, list: t, column: tract, size: 2}]}"
    )
    assert built.part("1", "visit") == (7, 8)
    built = used("7\n8\n", ", columns: [tract]", use="s: {split: [{by: visit, list: t, size: 2}]}")
    assert "no column visit" in built.finding("CM038").message
