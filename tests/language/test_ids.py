"""Ids of groups and paths of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_tools import build, build_from, remember, steps


@pytest.mark.parametrize(
    ("value", "group"),
    [("COSMOS", "cosmos"), ("a b", "a-b"), ("A/b.c", "a-b-c"), ("w_2026_01", "w_2026_01"), ("-x-", "x"),
     ("é1", "1"), ("20260105", "20260105"), ("'007'", "007"), ("-5", "5"), ("x" * 60, "x" * 60)],
)  # fmt: skip
def test_a_value_as_a_part_of_an_id(value: str, group: str) -> None:
    assert build_from(remember(steps(f"s: {{split: [{{name: run, values: [{value}]}}]}}"))).ids == [group]


def test_parts_are_joined_in_split_order() -> None:
    text = (
        "s: {split: [{name: run, values: [B]}, {by: tract, values: 4..5, size: 1}, {by: visit, values: [7]}]}"
    )
    assert build_from(remember(steps(text))).ids == ["b-1-7", "b-2-7"]


def test_groups_are_in_natural_order() -> None:
    ids = build_from(remember(steps("s: {split: [{by: tract, values: 1..12, size: 1}]}"))).ids
    assert ids == [str(n) for n in range(1, 13)]
    ids = build_from(remember(steps("s: {split: [{name: run, values: [a10, a9, b, 2, 10]}]}"))).ids
    assert ids == ["2", "10", "a9", "a10", "b"]


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (f"[{{name: run, values: [{'x' * 61}]}}]", "61 characters"),
        (f"[{{name: a, values: [{'x' * 40}]}}, {{name: b, values: [{'z' * 40}]}}]", "81 characters"),
        ("[{name: run, values: [a, A]}]", "two groups of s have the id a"),
        ("[{name: run, values: ['a b', a-b]}]", "two groups of s have the id a-b"),
        ("[{name: run, values: ['+']}]", "the value '+'"),
    ],
)
def test_ids_that_are_not_possible(split: str, words: str) -> None:
    built = build_from(remember(steps(f"s: {{split: {split}}}")))
    found = [f for f in built.findings if f.code.name in ("CM038", "CM040")]
    assert len(found) == 1
    assert words in found[0].message


def test_extra_groups() -> None:
    text = """
    s:
      split: [{by: tract, values: 1..4, size: 2}]
      extra:
        7: {tract: [9, 20..21], because: late}
        wide-1: {tract: 30, visit: [2, 1], because: late}
        own: {tract: 40..41, where: "tract=40 or tract=41", because: late}
        named: {tract: 50, where: {t: tract=50}, because: late}
    """
    built = build_from(remember(steps(text)))
    assert built.ids == ["1", "2", "7", "wide-1", "own", "named"]
    head = "instrument='HSC' and skymap='hsc' and "
    assert built.where("7") == head + "tract in (9, 20, 21)"
    assert built.where("wide-1") == head + "tract = 30 and visit in (1, 2)"
    assert built.where("own") == head + "(tract=40 or tract=41)"
    assert built.where("named") == head + "tract=50"
    assert built.part("wide-1", "visit") == (1, 2)
    built = build_from(remember(steps(text.replace(" 7:", " 2:"))))
    assert "two groups of s have the id 2" in built.finding("CM040").message


def test_numbers_of_an_extra_group_are_its_id() -> None:
    text = """
    s:
      split: [{by: tract, values: 1..4, size: 2}]
      file: s/${{ tract.n }}_${{ tract.lo }}_${{ tract.hi }}.yaml
      extra: {7: {tract: [9, 20], because: late}}
    """
    assert build_from(remember(steps(text))).groups["s/7"].path == "s/7_9_20.yaml"


FILE = "s: {{split: [{{by: tract, values: 1..2}}], file: '{}'}}"


def test_the_path_of_a_file() -> None:
    built = build_from(remember(steps("s: {split: [{by: tract, values: 1..2}], rescues: {r: {because: x}}}")))
    assert [g.path for g in built.groups.values()] == ["s/1.yaml", "s/2.yaml", "s/r.1.yaml", "s/r.2.yaml"]
    built = build_from(remember(steps(FILE.format("a/b_${{ tract.value }}.yml"))))
    assert [g.path for g in built.groups.values()] == ["a/b_1.yml", "a/b_2.yml"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../x_${{ group.id }}.yaml", "leaves the output folder"),
        ("a/../x_${{ group.id }}.yaml", "leaves the output folder"),
        ("/x_${{ group.id }}.yaml", "leaves the output folder"),
        ("a//x_${{ group.id }}.yaml", "has an empty part"),
        ("./x_${{ group.id }}.yaml", "has an empty part"),
        ("${{ group.id }}", "does not end with .yaml"),
        ("manifest.json", "does not end with .yaml"),
        ("x_${{ group.id }}.yaml ", "does not end with .yaml"),
        ("x\\\\${{ group.id }}.yaml", "backslash"),
        ("x" * 240 + "${{ group.id }}.yaml", "240"),
    ],
)
def test_paths_that_are_not_possible(path: str, words: str) -> None:
    built = build_from(remember(steps(FILE.format(path))))
    assert words in built.finding("CM070").message
    assert built.place("CM070") == "8:49"


def test_two_groups_for_one_path_are_told_once() -> None:
    for path in ("s/x.yaml", "s/${{ step.name }}.yaml"):
        built = build_from(remember(steps(FILE.format(path))))
        assert built.place("CM071") == "8:3"
    built = build_from(remember(steps("s: {}\nS: {}")))
    assert "S/all and group s/all would both be written to S/all.yaml" in built.finding("CM071").message
    text = FILE.format("s/${{ tract.value }}.yaml").replace("{split", "{rescues: {r: {because: x}}, split")
    assert built.finding("CM071").hint == "let `file` name what tells them apart"
    built = build_from(remember(steps(text)))
    assert built.finding("CM071").hint == "give the rescue a `file`"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    text = "s: {file: a.yaml}\nt: {file: A.yaml/b.yaml}"
    built = build_from(remember(steps(text)))
    assert "group s/all would be a file where A.yaml/b.yaml needs a folder" in built.finding("CM071").message
    include = "s: {file: x/a.yaml, bps: {includeConfigs: [inc]}}\nt: {file: x/inc/b.yaml}"
    built = build(tmp_path, steps(include), {"inc": "a: 1\n"})
    assert "CM071" in built.found()


def test_an_include_is_no_manifest_and_no_group(tmp_path: Path) -> None:
    text = "s: {file: a.yaml, bps: {includeConfigs: [Manifest.json]}}"
    built = build(tmp_path, steps(text), {"Manifest.json": "a: 1\n"})
    assert "the manifest" in built.finding("CM071").message
    text = "s: {file: a.yaml, bps: {includeConfigs: [A.yaml]}}"
    assert "CM071" in build(tmp_path, steps(text), {"A.yaml": "a: 1\n"}).found()
    text = "s: {file: x.yaml, bps: {includeConfigs: [i/a.yaml, i/A.yaml]}}"
    built = build(tmp_path, steps(text), {"i/a.yaml": "a: 1\n", "i/A.yaml": "a: 1\n"})
    assert "include file i/A.yaml and include file i/a.yaml" in built.finding("CM071").message
