"""Sent groups are pinned: whatever a list does, their files stay, and no number is used twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_tools import PATH, Built, build_from, remember, steps
from sent_groups import sent_groups

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.sent import sent_from
from cmcompile.model.campaign import Spec
from cmcompile.model.group import EMPTY, CompiledGroup, Part, SentGroups
from cmcompile.model.ids import Id
from cmcompile.spec.load import load

DAYS = [20260101 + n for n in range(28)] + [20260201 + n for n in range(12)]
Row = tuple[Id, ...]


@dataclass(frozen=True)
class Way:
    """One way to cut: a spec, and how a number makes a row of its list."""

    split: str
    columns: tuple[str, ...] = ("tract",)
    more: str = ""
    lists: int = 1
    apart: int = 0  # what is added to the ids of the second list

    def spec(self) -> str:
        names = ", ".join(self.columns)
        lists = ", ".join(f"t{n}: {{file: t{n}.txt, columns: [{names}]}}" for n in range(self.lists))
        body = f"s:\n  split: {self.split}\n" + "".join(f"  {line}\n" for line in self.more.splitlines())
        return steps(body) + f"lists: {{{lists}}}\n"

    def row(self, number: int, of: int = 0) -> Row:
        number += of * self.apart
        made = {
            "tract": number,
            "visit": 1000 + number,
            "day_obs": DAYS[number % len(DAYS)],
            "w": number * 7 % 5,
        }
        return tuple(made[c] for c in self.columns)

    def build(self, rows: list[set[int]], sent: SentGroups) -> Built:
        """Compile with these lists; the spec is read once, as reading takes longer than compiling."""
        spec = read(self)
        lists = {}
        for n, some in enumerate(rows):
            table = [self.row(i, n) for i in sorted(some)]
            cells: dict[str, tuple[Id, ...]] = {
                c: tuple(row[at] for row in table) for at, c in enumerate(self.columns)
            }
            lists[f"t{n}"] = replace(spec.lists[f"t{n}"], columns=cells, others=cells)
        compilation = compile_spec(replace(spec, lists=lists), sent)
        return Built(compilation, compilation.findings)


@cache
def read(way: Way) -> Spec:
    files = {f"t{n}.txt": " ".join(map(str, way.row(1))) for n in range(way.lists)}
    spec, findings = load(remember(way.spec(), files), PATH)
    assert spec is not None, findings
    return spec


ONE = "[{by: tract, list: t0, %s}]"
NIGHT = ("day_obs", "visit")
WAYS = {
    "size": Way(ONE % "size: 3"),
    "size from 0": Way(ONE % "size: 3, first: 0"),
    "count": Way(ONE % "count: 3"),
    "each": Way("[{by: tract, list: t0}]"),
    "descending": Way(ONE % "size: 3, order: descending"),
    "limit": Way(ONE % "size: 2, limit: 4"),
    "weight": Way("[{by: tract, list: t0, weight: w, size: 6}]", ("tract", "w")),
    "window": Way("[{by: day_obs, list: t0, window: 7d}]", ("day_obs",)),
    "plain parameter": Way("[{name: tract, list: t0, size: 3}]"),
    "parts": Way("[{by: tract, parts: [{list: t0, size: 3}, {list: t1, size: 1}]}]", lists=2),
    "parts and each": Way("[{by: tract, parts: [{list: t0, size: 3}, {list: t1}]}]", lists=2, apart=500),
    "parts with counts": Way("[{by: tract, parts: [{list: t0, count: 2}, {list: t1, count: 3}]}]", lists=2),
    "product": Way("[{by: detector, values: 0..9, count: 2}, {by: tract, list: t0, size: 3}]"),
    "product of lists": Way(
        "[{by: tract, list: t0, size: 3}, {by: visit, list: t1, column: tract, size: 4}]", lists=2
    ),
    "nights": Way("[{by: day_obs, list: t0}, {by: visit, list: t0, size: 2}]", NIGHT),
    "cut nights": Way("[{by: day_obs, list: t0, size: 2}, {by: visit, list: t0, count: 2}]", NIGHT),
    "nights of three": Way(
        "[{by: day_obs, list: t0}, {by: tract, list: t0}, {by: visit, list: t0, size: 2}]",
        ("day_obs", "tract", "visit"),
    ),
    "extra": Way(
        ONE % "size: 3", more="extra: {2x: {tract: [900, 901], because: x}, 7: {tract: 950, because: x}}"
    ),
    "rescue": Way(ONE % "size: 3", more="rescues: {r: {}}"),
    "rescue of an axis": Way(
        "[{by: detector, values: 0..9, count: 2}, {by: tract, list: t0, size: 3}]",
        more="rescues: {r: {split: [tract]}}",
    ),
    "rescue cut anew": Way(
        ONE % "size: 3", more="rescues: {r: {split: [{by: tract, list: t0, size: 2}]}}"
    ),
    "rescue of nights": Way(
        "[{by: day_obs, list: t0}, {by: visit, list: t0, size: 2}]",
        NIGHT,
        more="rescues: {r: {split: [day_obs, {by: visit, list: t0, size: 1}]}}",
    ),
}  # fmt: skip

numbers = st.integers(1, 40)
lists_of = st.lists(st.sets(numbers, min_size=1, max_size=14), min_size=2, max_size=2)
#: What happens between two compilations: ids that come and go per list, and which groups are sent.
rounds = st.lists(
    st.tuples(
        st.lists(st.sets(numbers, max_size=5), min_size=2, max_size=2),
        st.lists(st.sets(numbers, max_size=5), min_size=2, max_size=2),
        st.lists(st.integers(0, 200), max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("name", WAYS)
@settings(max_examples=40)
@given(start=lists_of, history=rounds)
def test_sent_groups_never_change(
    name: str, start: list[set[int]], history: list[tuple[list[set[int]], list[set[int]], list[int]]]
) -> None:
    way = WAYS[name]
    rows = start[: way.lists]
    sent: dict[str, CompiledGroup] = {}
    for come, gone, chosen in history:
        built = way.build(rows, sent_groups(sent.values()))
        check(way, rows, built, sent)
        send(built, chosen, sent)
        rows = [(some | new) - old for some, new, old in zip(rows, come, gone, strict=False)]
    check(way, rows, way.build(rows, sent_groups(sent.values())), sent)


def send(built: Built, chosen: list[int], sent: dict[str, CompiledGroup]) -> None:
    """Send some groups; a rescue group goes after the groups that it covers."""
    if built.compilation is None or built.compilation.failed or not built.groups:
        return
    order = list(built.groups.values())
    for at in chosen:
        group = order[at % len(order)]
        for name in (*group.group.covers, group.group.id):
            sent[f"s/{name}"] = built.groups[f"s/{name}"]


def check(way: Way, rows: list[set[int]], built: Built, sent: dict[str, CompiledGroup]) -> None:
    """Check what must hold whatever was sent."""
    if built.compilation is None or not built.groups:
        assert not all(rows)
        assert not sent
        return
    for name, group in sent.items():
        now = built.groups.get(name)
        assert now is not None, f"{name} is gone"
        assert now.data == group.data, f"{name} changed"
        assert now.path == group.path
        assert [as_sent(p) for p in now.group.parts] == [as_sent(p) for p in group.group.parts]
        assert now.group.excluded == group.group.excluded
    assert not {"CM060", "CM061"} & set(built.found())
    assert len(built.groups) == len(built.compilation.groups)
    if "limit" not in way.split:
        every_id_once(way, rows, built)
    if way.columns == ("tract",) and "rescues" not in way.more:
        new_numbers_follow(way, rows, built, sent)


def as_sent(part: Part) -> tuple[object, ...]:
    """Return what the ledger knows of a part; of two lists, it does not know which a part came from."""
    return (part.axis, part.dimension, part.key, part.n, part.ids, part.bounds)


def every_id_once(way: Way, rows: list[set[int]], built: Built) -> None:
    """Each row of a list is in one first-pass group; for a product, in one part of its axis."""
    split = [g.group.parts for g in built.groups.values() if g.group.rescue is None and g.group.extra is None]
    axes = [part.axis for part in split[0]] if split else []
    if way.lists > 1 and len(axes) > 1:
        for n, axis in enumerate(axes):
            distinct = {p.key: p for parts in split for p in parts if p.axis == axis}.values()
            once(Counter((i,) for p in distinct for i in p.ids), {(i,) for i in rows[n]})
        return
    named = [axis for axis in axes if axis in way.columns]
    table = [way.row(i, n) for n, some in enumerate(rows) for i in some]
    wanted = {tuple(row[way.columns.index(a)] for a in named) for row in table}
    distinct_parts = {tuple((p.axis, p.key) for p in ps if p.axis in named): ps for ps in split}.values()
    held = Counter(
        row for row in wanted for parts in distinct_parts if holds(parts, dict(zip(named, row, strict=True)))
    )
    once(held, wanted)


def holds(parts: tuple[Part, ...], row: dict[str, Id]) -> bool:
    """Tell whether a group holds a row of a list."""
    return all(row[p.axis] in p.ids for p in parts if p.axis in row)


def once(held: Counter[Row], wanted: set[Row]) -> None:
    """Everything that is wanted is held, and nothing twice."""
    assert not wanted - set(held), "in no group"
    assert not [row for row, times in held.items() if times > 1], "in two groups"


def new_numbers_follow(way: Way, rows: list[set[int]], built: Built, sent: dict[str, CompiledGroup]) -> None:
    """While the list gives the sent parts as they were sent, numbers are those of a fresh cut."""
    used = [p.n for g in sent.values() if g.group.extra is None for p in g.group.parts if p.n is not None]
    parts = {(p.axis, p.key): p for g in built.groups.values() if not g.group.extra for p in g.group.parts}
    known = {(p.axis, p.key) for g in sent.values() for p in g.group.parts}
    fresh_built = way.build(rows, EMPTY)
    fresh = {(p.axis, p.key): p.ids for g in fresh_built.groups.values() for p in g.group.parts}
    if way.lists == 1 and all(fresh.get(key) == p.ids for key, p in parts.items() if key in known):
        assert {key: p.ids for key, p in parts.items()} == {k: ids for k, ids in fresh.items() if k in parts}
    elif way.lists == 1 and used and "detector" not in way.split:
        assert all(p.n > max(used) for key, p in parts.items() if key not in known and p.n is not None)


def compiled(text: str, rows: str = "", sent: SentGroups = EMPTY) -> Built:
    return build_from(remember(text, {"t.txt": rows}), sent)


TRACTS = steps("s: {split: [{by: tract, list: t, size: 2}]}") + "lists: {t: {file: t.txt}}\n"


def test_a_list_that_grows_at_its_end_goes_on_with_the_next_number() -> None:
    first = compiled(TRACTS, "1\n2\n3\n4\n")
    built = compiled(TRACTS, "1\n2\n3\n4\n5\n6\n", sent_groups(first.groups.values()))
    assert {n: built.part(n, "tract") for n in built.ids} == {"1": (1, 2), "2": (3, 4), "3": (5, 6)}


def test_an_id_in_the_middle_goes_to_a_new_number() -> None:
    first = compiled(TRACTS, "1\n3\n5\n7\n")
    sent = sent_groups([first.groups["s/1"]])
    built = compiled(TRACTS, "1\n2\n3\n5\n7\n", sent)
    assert {n: built.part(n, "tract") for n in built.ids} == {"1": (1, 3), "2": (2, 5), "3": (7,)}


def test_a_number_that_was_used_is_not_used_again() -> None:
    first = compiled(TRACTS, "1\n2\n3\n4\n5\n6\n")
    sent = sent_groups([first.groups["s/3"]])
    built = compiled(TRACTS, "1\n2\n3\n4\n6\n", sent)
    assert {n: built.part(n, "tract") for n in built.ids} == {"3": (5, 6), "4": (1, 2), "5": (3, 4)}


def test_another_size_is_for_what_was_not_sent() -> None:
    first = compiled(TRACTS, "1\n2\n3\n4\n5\n6\n7\n")
    sent = sent_groups([first.groups["s/1"], first.groups["s/2"]])
    built = compiled(TRACTS.replace("size: 2", "size: 3"), "1\n2\n3\n4\n5\n6\n7\n", sent)
    found = {n: built.part(n, "tract") for n in built.ids}
    assert found == {"1": (1, 2), "2": (3, 4), "3": (5, 6, 7)}
    assert built.found() == []


def test_an_edit_that_would_alter_a_sent_group_is_an_error() -> None:
    sent = sent_groups(compiled(TRACTS, "1\n2\n").groups.values())
    built = compiled(TRACTS.replace("pipelineYaml: p", "pipelineYaml: q"), "1\n2\n", sent)
    assert built.found() == ["CM060"]
    built = compiled(TRACTS.replace("by: tract", "by: visit"), "1\n2\n", sent)
    assert "CM060" in built.found()
    built = compiled(TRACTS.replace("size: 2", "limit: 1"), "1\n2\n", sent)
    assert built.found() == []
    built = compiled(TRACTS.replace("  s: {", "  z: {"), "1\n2\n", sent)
    assert built.found() == ["CM061"]
    built = compiled(TRACTS.replace("file: t.txt}", "file: t.txt}, u: {file: t.txt}"), "1\n2\n", sent)
    assert built.found() == []


RANGES = steps("s: {split: [{by: tract, list: t, ranges: [[1, 3], [4, 9]]}]}") + "lists: {t: {file: t.txt}}\n"


def test_ranges_of_sent_groups() -> None:
    sent = sent_groups([compiled(RANGES, "1\n2\n3\n5\n").groups["s/1"]])
    built = compiled(RANGES, "1\n2\n3\n5\n8\n", sent)
    assert {n: built.part(n, "tract") for n in built.ids} == {"1": (1, 2, 3), "2": (5, 8)}
    built = compiled(RANGES, "1\n3\n5\n", sent)
    assert built.part("1", "tract") == (1, 2, 3)
    assert built.found() == []
    built = compiled(RANGES.replace("[1, 3], [4, 9]", "[1, 5], [6, 9]"), "1\n2\n3\n5\n8\n", sent)
    assert (
        "the range 1..5 of axis tract takes in 1..3, already sent in part 1" in built.finding("CM062").message
    )


def test_bounds_of_a_sent_range_are_as_written() -> None:
    text = RANGES.replace("ranges", "where: 'tract>=${{ lo }} and tract<=${{ hi }}', ranges")
    sent = sent_groups([compiled(text, "2\n5\n").groups["s/1"]])
    built = compiled(text, "5\n", sent)
    assert built.where("1").endswith("tract>=1 and tract<=3")
    assert "CM060" not in built.found()


def test_exclusions_are_as_they_were_when_a_group_was_sent() -> None:
    veto = "exclude: [{tract: 2, because: x}]\n"
    rescued = TRACTS.replace("size: 2}]", "size: 2}], rescues: {r: {because: x}}")
    rows = "1\n2\n3\n4\n"
    before = sent_groups([compiled(rescued, rows).groups["s/1"]])
    built = compiled(veto + rescued, rows, before)
    assert built.where("1").endswith("tract in (1, 2)")
    assert built.where("r.1").endswith("tract in (1, 2) and tract != 2")
    assert "CM063" in {f.code.name for f in built.findings}
    assert built.found() == []
    after = sent_groups([compiled(veto + rescued, rows).groups["s/1"]])
    built = compiled(rescued, rows, after)
    assert built.where("1").endswith("tract in (1, 2) and tract != 2")
    assert built.found() == []


def test_more_exclusions_after_some_do_not_alter_a_sent_group() -> None:
    veto = "exclude: [{tract: 2, because: x}]\n"
    rows = "1\n2\n3\n4\n"
    after = sent_groups([compiled(veto + TRACTS, rows).groups["s/1"]])
    built = compiled(veto.replace("2", "[1, 2]") + TRACTS, rows, after)
    assert built.where("1").endswith("tract in (1, 2) and tract != 2")
    assert built.found() == []


def test_a_sent_extra_group_stays_and_its_number_is_not_used() -> None:
    text = TRACTS.replace("size: 2}]", "size: 2}], extra: {3: {tract: [90], because: x}}")
    sent = sent_groups(compiled(text, "1\n2\n").groups.values())
    built = compiled(text, "1\n2\n3\n4\n5\n6\n7\n8\n", sent)
    assert {n: built.part(n, "tract") for n in built.ids} == {
        "1": (1, 2), "4": (3, 4), "5": (5, 6), "6": (7, 8), "3": (90,),
    }  # fmt: skip
    assert built.found() == []


def test_a_rescue_that_was_sent_pins_what_it_stands_for() -> None:
    text = TRACTS.replace("size: 2}]", "size: 2}], rescues: {r: {because: x}}")
    sent = sent_groups([compiled(text, "1\n3\n5\n7\n").groups["s/r.2"]])
    built = compiled(text, "1\n2\n3\n5\n7\n", sent)
    assert built.part("r.2", "tract") == built.part("2", "tract") == (5, 7)
    assert built.found() == []


def test_what_the_ledger_keeps_of_a_group() -> None:
    made = compiled("exclude: [{tract: 2, because: x}]\n" + TRACTS, "1\n2\n3\n").groups["s/1"]
    sent = sent_from(made)
    assert (sent.step, sent.id, sent.digest) == ("s", "1", made.digest)
    assert sent.parts == {"tract": ("1", (1, 2))}
    assert sent.excluded == {"tract": (2,)}


def test_a_sent_part_keeps_its_vars_when_its_ids_leave_the_list() -> None:
    text = (
        "lists: {wide: {file: lists/wide.txt}, deep: {file: lists/deep.txt}}\n"
        "bps: {pipelineYaml: p.yaml, project: '${{ layer }}', "
        "payload: {butlerConfig: r, inCollection: i, output: o}}\n"
        "where: instrument='HSC' and skymap='s'\n"
        "steps:\n  s:\n    split:\n    - by: tract\n      parts:\n"
        "      - {list: wide, size: 2, vars: {layer: wide}}\n"
        "      - {list: deep, size: 2, vars: {layer: deep}}\n"
    )
    files = {"lists/wide.txt": "1\n2\n3\n4\n", "lists/deep.txt": "7\n8\n"}
    built = build_from(remember(text, files))
    assert [built.doc(n)["project"] for n in built.ids] == ["wide", "wide", "deep"]
    sent = sent_groups([built.groups["s/3"]])
    later = build_from(remember(text, {**files, "lists/deep.txt": "9\n"}), sent)
    assert later.groups["s/3"].data == built.groups["s/3"].data
    assert later.found() == []
