"""``exclude``: ids are taken out after cutting, with a clause in each group that holds them."""

from __future__ import annotations

import pytest
from language_tools import Built, build_from, remember, steps

from cmcompile.model.diagnostic import Severity

TEXT = """\
a:
  split: [{by: detector, values: 0..3, count: 2}, {by: visit, values: 1..6, size: 2}]
  rescues: {r: {because: x}}
b:
  split: [{by: visit, values: 1..6, size: 2}]
  extra: {x: {visit: [90, 91], where: visit>89, because: x}}
c:
  split: [{name: visit, values: 1..6, size: 2}]
  bps: {ids: "${{ visit.ids }}"}
"""


def excluded(exclude: str, files: dict[str, str] | None = None, text: str = TEXT) -> Built:
    return build_from(remember(f"exclude: {exclude}\n" + steps(text), files))


def tails(built: Built) -> dict[str, str]:
    """Return the part of each predicate that leaves ids out."""
    found = {}
    for name in built.groups:
        if not name.startswith("c/"):
            _, sign, tail = built.where(name).partition(
                " and visit not in " if " not in " in built.where(name) else " and visit != "
            )
            if sign:
                found[name] = sign.removeprefix(" and ") + tail
    return found


def test_each_group_that_holds_an_id_gets_a_clause_and_no_boundary_moves() -> None:
    built = excluded("[{visit: 3, because: x}]")
    assert tails(built) == {f"{g}": "visit != 3" for g in ("a/1-2", "a/2-2", "a/r.1-2", "a/r.2-2", "b/2")}
    assert built.part("b/2", "visit") == (3, 4)
    assert built.part("b/3", "visit") == (5, 6)


def test_steps_may_be_named() -> None:
    assert list(tails(excluded("[{visit: 3, because: x, steps: b}]"))) == ["b/2"]
    assert list(tails(excluded("[{visit: 3, because: x, steps: [b, c]}]"))) == ["b/2"]
    assert "no step is named z" in excluded("[{visit: 3, because: x, steps: z}]").finding("CM020").message


def test_ids_of_several_exclusions_are_put_together() -> None:
    built = excluded(
        "[{visit: 3, because: x}, {visit: [90], because: x, ticket: DM-1, until: 2026-12-31}]", text=TEXT
    )
    assert tails(built)["b/x"] == "visit != 90"
    text = "b: {split: [{by: visit, values: 1..6, size: 6}]}"
    built = excluded("[{visit: [5, 2..3], because: x}, {visit: [3, 77], because: x}]", text=text)
    assert tails(built) == {"b/1": "visit not in (2, 3, 5)"}


def test_a_file_of_ids() -> None:
    files = {"veto.txt": "# bad\n3\n\n90\n"}
    assert list(tails(excluded("[{file: veto.txt, by: visit, because: x}]", files))) == [
        "a/1-2", "a/2-2", "a/r.1-2", "a/r.2-2", "b/2", "b/x",
    ]  # fmt: skip
    files = {"veto.csv": "day_obs,visit\n20260101,3\n20260102,5\n"}
    assert list(tails(excluded("[{file: veto.csv, by: visit, steps: b, because: x}]", files))) == [
        "b/2",
        "b/3",
    ]


@pytest.mark.parametrize(
    ("exclude", "files", "code"),
    [
        ("[{file: none.txt, by: visit, because: x}]", {}, "CM001"),
        ("[{file: v.csv, by: visit, because: x}]", {"v.csv": "exposure\n3\n"}, "CM039"),
        ("[{file: v.txt, by: visit, because: x}]", {"v.txt": "3 4\n"}, "CM039"),
        ("[{visit: 3..1, because: x}]", {}, "CM038"),
        ("[{visit: 3}]", {}, "CM032"),
        ("[{because: x}]", {}, "CM032"),
    ],
)
def test_exclusions_that_can_not_be_read(exclude: str, files: dict[str, str], code: str) -> None:
    assert excluded(exclude, files).found(Severity.ERROR) == [code]


def test_a_plain_parameter_has_no_clause_but_fewer_ids() -> None:
    built = excluded("[{visit: 3, because: x}]")
    assert [built.doc(f"c/{n}")["ids"] for n in (1, 2, 3)] == [[1, 2], [4], [5, 6]]


def test_a_group_left_with_no_id_is_not_made() -> None:
    built = excluded("[{visit: [3, 4], because: x}]")
    assert [n for n in built.groups if n.startswith("b/")] == ["b/1", "b/3", "b/x"]
    assert [n for n in built.groups if n.startswith("c/")] == ["c/1", "c/3"]
    assert not [f for f in built.findings if f.severity is Severity.ERROR and f.scope in ("a", "b")]
    assert "CM049" in built.found()


def test_numbers_and_texts_are_one() -> None:
    text = "b: {split: [{name: run, values: [5, a], size: 2}], bps: {ids: '${{ run.ids }}'}}"
    assert excluded("[{run: '5', because: x}]", text=text).doc("b/1")["ids"] == ["a"]
    text = "b: {split: [{by: physical_filter, values: [1, 2], size: 2}]}"
    assert (
        excluded("[{physical_filter: 1, because: x}]", text=text)
        .where("b/1")
        .endswith("physical_filter != '1'")
    )


def test_what_no_step_is_split_by_is_told() -> None:
    built = excluded("[{tract: 3, because: x}]")
    assert "no step is split by tract" in built.finding("CM029").message
    text = "b: {rescues: {r: {because: x, split: [{by: tract, values: 3..4, size: 2}]}}}"
    assert "CM029" not in excluded("[{tract: 3, because: x}]", text=text).found(Severity.NOTE)
