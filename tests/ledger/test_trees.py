"""Files below some directories."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.ledger.trees import chosen

_PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)


@given(st.lists(_PATHS, max_size=12), st.lists(_PATHS | st.sampled_from(["", "a/", "b/c/"]), max_size=4))
def test_each_file_stands_below_what_was_asked_for(paths: list[str], below: list[str]) -> None:
    files = dict.fromkeys(paths, "x")
    wanted = [path.strip("/") for path in below]
    expected = [p for p in files if any(p == w or not w or p.startswith(f"{w}/") for w in wanted)]
    assert list(chosen(files, below)) == expected
    assert chosen(files, None) == files


def test_depth_is_no_matter() -> None:
    deep = "/".join("a" * 5000)
    assert chosen({deep: "x", f"{deep}/b": "x"}, ["b"]) == {}
    assert chosen({deep: "x", f"{deep}/b": "x"}, ["a"]) == {deep: "x", f"{deep}/b": "x"}
