"""The parts that all pages share: ages, bars, shares, columns, code spans, and pages of a given size."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.report.markdown import Section, code, page
from cmcompile.report.screen import Screen, bar, columns, count, percent

NOW = Screen(now=datetime(2026, 11, 20, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "age"),
    [
        ("2026-11-20T07:59:50Z", "10 s"),
        ("2026-11-20T07:57:00Z", "3 min"),
        ("2026-11-20T09:57:00+02:00", "3 min"),
        ("2026-11-20T03:00:00Z", "5 h"),
        ("2026-11-10T03:00:00Z", "10 d"),
        ("2026-11-20T08:00:01Z", ""),
        ("2026-11-20T03:00:00", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_ages(at: str, age: str) -> None:
    assert NOW.age(at) == age
    assert NOW.time(at) == (f"{at} ({age} ago)" if age else at)


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(0, 0, ""), (0, 7, "0%"), (7, 7, "100%"), (1, 3, "33%"), (1, 99_999, "0.1%"), (99_998, 99_999, "99.9%")],
)
def test_a_share_is_all_or_nothing_only_where_it_is(part: int, whole: int, share: str) -> None:
    assert percent(part, whole) == share


@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4), st.integers(4, 40))
def test_a_bar_is_full_and_hides_nothing(numbers: list[int], cells: int) -> None:
    drawn = bar(zip("#=!.", numbers, strict=True), cells)
    assert len(drawn) == cells + 2
    assert {c for c in drawn[1:-1] if c != " "} == {c for c, n in zip("#=!.", numbers, strict=True) if n}


def test_counts_and_columns() -> None:
    assert [count(1, "group"), count(1200, "group"), count(2, "quantum", "quanta")] == [
        *("1 group", "1,200 groups", "2 quanta")
    ]
    assert columns([["a", "1"], ["日本", "20"]], frozenset({1})) == ["a      1", "日本  20"]
    assert columns([]) == []


def test_one_line_more_is_shown_rather_than_counted() -> None:
    assert [Screen(most=3).shown(n) for n in (2, 3, 4, 5)] == [2, 3, 4, 3]
    assert Screen(most=None).shown(99) == 99


def test_without_a_terminal_nothing_is_cut() -> None:
    assert Screen(None).line("x" * 500) == "x" * 500 + "\n"
    assert list(Screen(None).wrapped("x " * 300)) == ["x " * 299 + "x\n"]
    assert len(Screen(50).line("x" * 500)) == 51


@given(st.text())
def test_a_code_span_holds_whatever_it_is_given(text: str) -> None:
    made = code(text)
    assert "\n" not in made
    assert len(made) < 400
    # No bar ends the cell, and the fence is longer than every run of backticks within.
    assert "|" not in made.replace("\\|", "")
    if made:
        fence = made[: len(made) - len(made.lstrip("`"))]
        assert made.endswith(fence)
        assert fence not in made[len(fence) : -len(fence)]


def test_a_code_span_hides_bars_behind_backslashes() -> None:
    assert code("a|b") == "`a\\|b`"
    assert code("a\\|b") == "`a\\ \\|b`"
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert code("  ") == ""
    assert code(" a") == "`  a `"


def test_a_page_is_cut_by_rows_then_by_parts() -> None:
    rows = tuple("r" * 50 for _ in range(100))
    sections = [Section(("head",), rows, ("foot",)) for _ in range(20)]
    text = page(sections, "see it", 2000)
    assert len(text.encode()) <= 2000
    assert text.count("foot") == 20
    assert "_100 more; see it_" in text
    tiny = page(sections, "see it", 300)
    assert len(tiny.encode()) <= 300
    assert tiny.rstrip().endswith("more parts; see it_")


def test_a_page_that_fits_is_whole() -> None:
    assert page([Section(("a",), ("b", "c"), ("d",))], "x") == "a\nb\nc\nd\n"
    assert page([Section(("a",), ("b", "c"), (), 1)], "x") == "a\nb\n\n_1 more; x_\n"
