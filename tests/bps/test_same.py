"""Two submit files are the same for BPS, or they are not."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

import pytest

from cmcompile.bps.same import Comparison, Opened


def files(content: Mapping[str, object]) -> Opened:
    def opened(path: str, name: str) -> tuple[str, object] | None:
        at = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        return (at, content[at]) if at in content else None

    return opened


def compared(
    one: object, other: object, left: Mapping[str, object], right: Mapping[str, object]
) -> list[str]:
    comparison = Comparison(files(left), files(right))
    return list(comparison.differences(("a/x.yaml", one), ("b/y.yaml", other)))


@pytest.mark.parametrize(
    ("one", "other", "keys"),
    [
        ({"a": 1, "b": {"c": [1]}}, {"b": {"c": [1]}, "a": 1}, []),
        ({"a": 1}, {"a": "1"}, ["a"]),
        ({"a": 1}, {"a": 1.0}, ["a"]),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": None}, {}, ["a"]),
        ({"a": {}}, {"a": None}, ["a"]),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": "2"}]}, ["a"]),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "d": 1}}, ["a.b", "a.c", "a.d"]),
        ({"a": float("nan")}, {"a": float("nan")}, []),
        (None, {}, []),
    ],
)
def test_values_are_compared_with_their_types(one: object, other: object, keys: list[str]) -> None:
    assert compared(one, other, {}, {}) == keys


def test_include_files_count_by_what_they_hold_not_by_their_names() -> None:
    left = {"a/m.yaml": {"m": 1, "includeConfigs": "n.yaml"}, "a/n.yaml": {"n": 1}}
    right = {"b/in/mem.yaml": {"m": 1, "includeConfigs": ["other.yaml"]}, "b/in/other.yaml": {"n": 1}}
    one, other = {"includeConfigs": ["m.yaml"]}, {"includeConfigs": ["in/mem.yaml"]}
    assert compared(one, other, left, right) == []
    changed = {**right, "b/in/other.yaml": {"n": 2}}
    assert compared(one, other, left, changed) == ["includeConfigs: m.yaml: includeConfigs: n.yaml: n"]


def test_the_order_of_include_files_counts_and_names_that_cannot_be_opened() -> None:
    left = right = {"a/p.yaml": {"k": 1}, "a/q.yaml": {"k": 2}, "b/p.yaml": {"k": 1}, "b/q.yaml": {"k": 2}}
    one = {"includeConfigs": ["p.yaml", "${DIR}/site.yaml", "q.yaml"]}
    assert compared(one, one, left, right) == []
    turned = {"includeConfigs": ["q.yaml", "${DIR}/site.yaml", "p.yaml"]}
    assert compared(one, turned, left, right) != []
    elsewhere = {"includeConfigs": ["p.yaml", "${DIR}/other.yaml", "q.yaml"]}
    assert compared(one, elsewhere, left, right) == ["includeConfigs: ${DIR}/site.yaml"]
    fewer = {"includeConfigs": ["p.yaml", "${DIR}/site.yaml"]}
    assert compared(one, fewer, left, right) == ["includeConfigs"]


def test_an_include_below_a_key_is_looked_at_too() -> None:
    one = {"payload": {"includeConfigs": "p.yaml"}}
    assert compared(one, one, {"a/p.yaml": {"k": 1}}, {"b/p.yaml": {"k": 1}}) == []
    assert compared(one, one, {"a/p.yaml": {"k": 1}}, {"b/p.yaml": {"k": 2}}) == [
        "payload.includeConfigs: p.yaml: k"
    ]


def test_files_that_include_each_other_come_to_an_end() -> None:
    loop = {"a/p.yaml": {"includeConfigs": "p.yaml"}, "b/p.yaml": {"includeConfigs": "p.yaml"}}
    assert compared({"includeConfigs": "p.yaml"}, {"includeConfigs": "p.yaml"}, loop, loop) != []


def test_files_that_include_others_twice_are_looked_at_once() -> None:
    wide: dict[str, object] = {
        f"{side}/f{n}.yaml": {"includeConfigs": [f"f{n + 1}.yaml", f"f{n + 1}.yaml"], "k": n}
        for side in "ab"
        for n in range(40)
    }
    both = {**wide, "a/f40.yaml": {}, "b/f40.yaml": {}}
    assert compared({"includeConfigs": "f0.yaml"}, {"includeConfigs": "f0.yaml"}, both, both) == []
