"""Tables of rows, and the table of codes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.diagnostic import Code, Severity
from cmcompile.report.codes_table import codes_table
from cmcompile.report.table import render_table

COLUMNS = ["group", "ids", "file"]
ROWS = [["1-日", "9", "step1/1.yaml"], ["20", "1,200", "a, b.yaml"], ["x", "", ""]]


def test_text_is_aligned() -> None:
    assert render_table(COLUMNS, ROWS, "text").splitlines() == [
        "GROUP    IDS  FILE",
        "1-日       9  step1/1.yaml",
        "20     1,200  a, b.yaml",
        "x",
    ]


def test_json_has_a_row_per_row() -> None:
    document = json.loads(render_table(COLUMNS, ROWS, "json"))
    assert document["format"] == 1
    assert document["rows"][1] == {"group": "20", "ids": "1,200", "file": "a, b.yaml"}


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2)))
def test_csv_reads_back(rows: list[list[str]]) -> None:
    text = render_table(["a", "b"], rows, "csv")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "b"], *rows]


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
def test_text_has_a_line_per_row_and_no_trailing_space(rows: list[list[str]]) -> None:
    lines = render_table(["a", "b"], rows, "text").split("\n")
    assert len(lines) == len(rows) + 2
    assert all(line == line.rstrip(" ") for line in lines)


def test_a_table_without_rows_has_its_header() -> None:
    assert render_table(["a"], [], "text") == "A\n"
    assert render_table(["a"], [], "csv") == "a\n"


def test_csv_quotes_only_what_needs_it() -> None:
    assert render_table(["a", "b"], [["x y", 'say "no"']], "csv") == 'a,b\nx y,"say ""no"""\n'


def test_a_short_row_is_refused() -> None:
    with pytest.raises(ValueError, match="cells"):
        render_table(["a", "b"], [["1"]], "text")


def test_codes_are_listed_in_order_with_a_link() -> None:
    codes = [Code("CM002", Severity.NOTE, "a|b"), Code("CM001", Severity.ERROR, "first")]
    assert codes_table(codes).splitlines()[-2:] == [
        "| [CM001](CM001.md) | error | first |",
        "| [CM002](CM002.md) | note | a\\|b |",
    ]
