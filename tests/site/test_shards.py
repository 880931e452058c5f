"""Data as scripts: names that never meet, texts that can't be code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from site_reader import read

from cmcompile.site.shards import DETAILS, MOST_DETAILS, coded, detail_files, mixed, script, slug

NAMES = st.text(st.characters(codec=None), max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_is_handed_over_is_what_was_given_and_all_bytes_are_plain(data: object) -> None:
    made = script("data/x.js", data)
    assert read({"data/x.js": made}, "data/x.js") == data
    assert made.isascii()
    assert made.count(b"\n") == 1
    assert b"\0" not in made


def test_no_text_ends_its_quotes() -> None:
    made = script("data/x.js", ["');alert(1);('", "\\", "\\'", "\u2028", "</script>"])
    assert read({"data/x.js": made}, "data/x.js") == ["');alert(1);('", "\\", "\\'", "\u2028", "</script>"]


@given(NAMES, NAMES)
def test_two_names_share_no_path(one: str, other: str) -> None:
    if one != other and slug(one).lower() == slug(other).lower():
        assert mixed(one) == mixed(other)
    assert set(slug(one)) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-~")
    assert len(slug(one)) <= 60


@pytest.mark.parametrize(
    ("name", "path"), [("dp02", "dp02"), ("step1", "step1"), ("..", "~a3d4a70d"), ("A", "a~c40bf6cc")]
)
def test_plain_names_stand_as_they_are(name: str, path: str) -> None:
    assert slug(name) == path


def test_the_figure_of_a_name_is_that_of_fnv_1a() -> None:
    # From the reference: http://www.isthe.com/chongo/tech/comp/fnv/
    assert [mixed(""), mixed("a"), mixed("foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


@given(st.integers(0, 200_000))
def test_files_of_details_are_a_power_of_two_and_neither_many_nor_large(groups: int) -> None:
    files = detail_files(groups)
    assert files & (files - 1) == 0
    assert files == MOST_DETAILS or files * DETAILS >= groups
    assert files == 1 or files * DETAILS < 2 * groups


def test_a_column_has_each_text_once() -> None:
    assert coded(["b", "a", "b"]) == [["b", "a"], [0, 1, 0]]
