"""The coverage proof against brute force, and what it tells people."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

import pytest
from brute import Combo, campaign, compiled, coverage, messages, seen, truth
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from cmcompile.compiler.checks import sweep
from cmcompile.compiler.checks.taken import Evaluator
from cmcompile.compiler.sent import sent_from
from cmcompile.model.group import ClauseText, Group, Part, SentGroups
from cmcompile.model.ids import Id
from cmcompile.model.resolved import Origin

Data = Any

WHERES = (
    None,
    None,
    "{d} >= ${{{{ lo }}}} and {d} <= ${{{{ hi }}}}",
    "({d}>=${{{{ lo }}}} and {d}<=${{{{ hi }}}})",
    "{d} >= ${{{{ lo }}}} and {d} < ${{{{ hi }}}}",
    "{d} >= ${{{{ lo }}}}",
    "not ({d} < ${{{{ lo }}}} or {d} > ${{{{ hi }}}})",
    "{d} = ${{{{ lo }}}} or {d} = ${{{{ hi }}}}",
    "{d} in (${{{{ lo }}}}..${{{{ hi }}}})",
    "{d} in (${{{{ lo }}}}..${{{{ hi }}}}) or {d} = 4",
    "{d} not in (3, 5)",
)


@st.composite
def axes(draw: st.DrawFn, dimension: str, source: dict[str, Any], top: int) -> dict[str, Any]:
    cut = draw(st.sampled_from(["size", "size", "count", "ranges", "each"]))
    out: dict[str, Any] = {"by": dimension, **source}
    if cut == "ranges":
        lo = draw(st.integers(0, top))
        middle = draw(st.integers(lo, top))
        out["ranges"] = [[lo, middle], [middle + 1, draw(st.integers(middle + 1, top + 1))]]
    elif cut != "each":
        out[cut] = draw(st.integers(1, 4))
    where = draw(st.sampled_from(WHERES))
    if where is not None:
        out["where"] = where.format(d=dimension)
    if draw(st.integers(0, 5)) == 0:
        out["limit"] = draw(st.integers(1, 2))
    if draw(st.integers(0, 5)) == 0 and cut != "ranges":
        out["order"] = "descending"
    return out


def some_ids(top: int, least: int = 1) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, top), min_size=least, max_size=top + 1, unique=True).map(sorted)


CLAUSES = (
    "visit != 3",
    "visit < 4 or detector > 1",
    "not (visit = 2 and detector = 1)",
    "visit in (0..4, 6)",
    "detector <= 2",
    "visit=2",
    "(visit >= 1 and visit <= 2) or visit=5",
)


@st.composite
def specs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str], set[Combo], dict[str, set[Id]]]:
    """Return a spec, its files, the combinations of ids that exist, and the ids of other lists."""
    shape = draw(
        st.sampled_from(["one", "product", "product", "nested", "plain", "nested plain", "two lists"])
    )
    event(shape)
    visits, detectors = draw(some_ids(7)), draw(some_ids(3))
    files = {"v.txt": "".join(f"{i}\n" for i in visits)}
    lists: dict[str, Any] = {"v": {"file": "v.txt", "columns": ["visit"]}}
    others: dict[str, set[Id]] = {}
    listed = {"list": "v"}
    combos: set[Combo]
    if shape in ("nested", "nested plain"):
        rows = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), min_size=1, max_size=10))
        name = "detector" if shape == "nested" else "night"
        files["v.txt"] = "".join(f"{a} {b}\n" for a, b in rows)
        lists = {"v": {"file": "v.txt", "columns": [name, "visit"]}}
        outer = draw(axes("detector", listed, 3)) if shape == "nested" else {"name": name, **listed}
        split = [outer, draw(axes("visit", listed, 7))]
        combos = {((name, a), ("visit", b)) for a, b in rows}
    elif shape in ("one", "two lists"):
        split = [draw(axes("visit", listed, 7))]
        combos = {(("visit", i),) for i in visits}
        if shape == "two lists":
            more = draw(some_ids(8))
            files["w.txt"] = "".join(f"{i}\n" for i in more)
            lists["w"] = {"file": "w.txt", "columns": ["visit"]}
            if draw(st.integers(0, 2)) == 0:
                split = [{"by": "visit", "parts": [{"list": "v", "size": 2}, {"list": "w", "size": 3}]}]
                combos |= {(("visit", i),) for i in more}
            else:
                others["visit"] = {i for i in more if i not in visits}
    else:
        second = {"name": "seed", "values": ["a", "b"]} if shape == "plain" else None
        values: list[Id] = ["a", "b"] if second else [*detectors]
        split = [second or draw(axes("detector", {"values": detectors}, 3)), draw(axes("visit", listed, 7))]
        split = split if draw(st.booleans()) else split[::-1]
        names = ("seed" if second else "detector", "visit")
        combos = {tuple(zip(names, pair, strict=True)) for pair in product(values, visits)}
    step: dict[str, Any] = {"split": split}
    spec = campaign({"step1": step}, lists=lists)
    if shape == "one" and draw(st.booleans()):
        keep = draw(some_ids(7))
        lists["v"]["only"] = {"visit": keep}
        others["visit"] = {i for i in visits if i not in keep}
        combos = {c for c in combos if c[0][1] in keep}
        assume(combos)
    _add(draw, spec, step, combos)
    return spec, files, combos, others


def _add(draw: st.DrawFn, spec: dict[str, Any], step: dict[str, Any], combos: set[Combo]) -> None:
    """Add extra groups, clauses, overrides and exclusions."""
    names = [name for name, _ in next(iter(combos))]
    has_detector = "detector" in names
    clauses = [c for c in CLAUSES if has_detector or "detector" not in c]
    if draw(st.integers(0, 3)) == 0:
        step["where"] = draw(st.sampled_from(clauses))
    if draw(st.integers(0, 2)) == 0:
        visits = draw(st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True))
        extra: dict[str, Any] = {"visit": visits, "because": "x"}
        members: dict[str, list[Id]] = {"visit": list(visits)}
        if has_detector and draw(st.booleans()):
            extra["detector"] = draw(some_ids(3))
            members["detector"] = [*extra["detector"]]
        if draw(st.booleans()):
            extra["where"] = draw(st.sampled_from(clauses))
        step["extra"] = {"hand": extra}
        listed = {n: {i for c in combos for m, i in c if m == n} for n in names}
        unlisted = {m: set(ids) - listed[m] for m, ids in members.items()}
        for pair in product(*(members.get(n, sorted(listed[n], key=str)) for n in names)):
            combo = tuple(zip(names, pair, strict=True))
            # Where the extra group says nothing about a dimension, only what the lists have goes together;
            # with an id that they do not have, anything does.
            if len(members) == len(names) or any(i in unlisted.get(n, ()) for n, i in combo):
                combos.add(combo)
    if draw(st.integers(0, 1)) == 0:
        held = draw(st.integers(0, 7))
        where = draw(st.sampled_from([f"visit != {held}", *clauses]))
        step["overrides"] = [{"groups": {"holds": {"visit": held}}, "where": where, "because": "x"}]
        axis = next(a for a in step["split"] if a.get("by") == "visit")
        if "parts" not in axis and draw(st.booleans()):
            axis["where"] = {"cut": "visit >= ${{ lo }} and visit <= ${{ hi }}"}
            step["overrides"][0]["where"] = {"cut": where}
    if draw(st.integers(0, 2)) == 0:
        spec["exclude"] = [{"visit": draw(some_ids(7)), "because": "x"}]


@given(given_spec=specs())
@settings(max_examples=250)
def test_the_proof_says_what_brute_force_says(given_spec: Data) -> None:
    spec, files, combos, others = given_spec
    bare_spec = copy.deepcopy(spec)
    bare_spec.pop("exclude", None)
    bare_spec["steps"]["step1"].pop("overrides", None)
    result = compiled(spec, files)
    bare = {m.group.id: m.where for m in compiled(bare_spec, files).groups}
    groups = list(result.groups)
    assume(any(g.group.extra is None for g in groups))
    excluded: dict[str, set[Id]] = {"visit": {i for e in spec.get("exclude", ()) for i in e["visit"]}}
    others = {name: ids - {i for c in combos for n, i in c if n == name} for name, ids in others.items()}
    right = truth(groups, bare, combos, others, excluded)
    proof = coverage(result)
    found = seen(proof, result, combos)
    assert proof.complete
    assert found.leaks == right.leaks
    assert found.gaps == right.gaps
    assert found.lost == right.lost
    for what in ("foreign", "still"):
        pairs: set[tuple[str, Id, str]] = getattr(right, what)
        told = {
            (n, frozenset(o.ids.ids()), frozenset(groups[at].group.id for at in o.groups))
            for n, o in getattr(proof, what).items()
        }
        names = {n for n, _, _ in pairs}
        assert told == {
            (n, frozenset(i for m, i, _ in pairs if m == n), frozenset(g for m, _, g in pairs if m == n))
            for n in names
        }
    for name in ("leaks", "gaps", "lost", "foreign", "still"):
        event(f"{name}: {bool(getattr(right, name))}")


RANGE = "visit >= ${{ lo }} and visit <= ${{ hi }}"
VISITS = {"by": "visit", "values": "1..9", "size": 3}
DETECTORS = {"by": "detector", "values": "0..5", "size": 2}


def told(code: str, split: list[Any], **keys: Any) -> list[str]:
    """Return what is said of a step; keys of the campaign are among those of the step."""
    top = {key: keys.pop(key) for key in ("lists", "exclude", "files") if key in keys}
    files = top.pop("files", None)
    return messages(compiled(campaign({"step1": {"split": split, **keys}}, **top), files), code)


def test_a_pair_of_groups_is_named_with_the_ids_that_they_share() -> None:
    split = [{**VISITS, "where": "visit >= ${{ lo }} and visit <= ${{ hi + 1 }}"}]
    assert told("CM041", split) == [
        "visit 4 is in two groups of step1: 1 and 2",
        "visit 7 is in two groups of step1: 2 and 3",
    ]


def test_many_groups_are_counted() -> None:
    (message,) = told("CM041", [{"by": "visit", "values": "1..20", "where": "visit > 0"}])
    assert message == "visit 1..20 is in 20 groups of step1: 1, 2, 3, 4, 5, 6, 7, 8 and 12 more"


def test_a_leak_of_one_axis_of_a_product_is_said_once() -> None:
    split = [DETECTORS, {**VISITS, "where": "visit >= ${{ lo }} and visit <= ${{ hi + 1 }}"}]
    assert told("CM041", split) == [
        "visit 4 is in two groups of step1: 1-1 and 1-2, and so in 2 more such pairs of groups",
        "visit 7 is in two groups of step1: 1-2 and 1-3, and so in 2 more such pairs of groups",
    ]


def test_a_leak_counts_only_where_the_other_dimensions_meet() -> None:
    rows = "1 10\n1 11\n2 20\n2 21\n"
    files, lists = {"v.txt": rows}, {"v": {"file": "v.txt", "columns": ["day_obs", "visit"]}}
    days = {"by": "day_obs", "list": "v"}
    visits = {"by": "visit", "list": "v", "size": 1}
    assert told("CM041", [days, {**visits, "where": "visit > 0"}], lists=lists, files=files) == [
        "visit 10, 11 is in two groups of step1: 1-1 and 1-2",
        "visit 20, 21 is in two groups of step1: 2-1 and 2-2",
    ]
    # Each visit is of one day: groups of other days have none of it.
    assert told("CM041", [{**days, "where": "day_obs > 0"}, visits], lists=lists, files=files) == []


def test_an_extra_group_that_shares_no_axis_takes_all_of_the_others() -> None:
    assert told("CM041", [VISITS], extra={"x": {"band": ["r"], "because": "x"}}) == [
        "band r is in two groups of step1: 1 and x, and so in 2 more such pairs of groups"
    ]


def test_or_between_dimensions_is_followed() -> None:
    split = [{**DETECTORS, "where": "detector in (${{ lo }}..${{ hi }}) or visit = 5"}, VISITS]
    assert told("CM041", split) == ["detector 0..5 is in 3 groups of step1: 1-2, 2-2, 3-2"]


def test_a_gap_names_the_group_and_the_clause_that_makes_it() -> None:
    result = compiled(campaign({"step1": {"split": [VISITS], "where": "visit != 5"}}))
    assert messages(result, "CM042") == ["visit 5 of group 2 is taken by no group of step1"]
    (finding,) = [f for f in result.findings if f.code.name == "CM042"]
    layer = result.spec.steps[0].layers[0].body.get("where")
    assert layer is not None
    assert finding.span == result.spec.steps[0].split[0].span
    assert [(r.span, r.message) for r in finding.related] == [(layer.span, "this takes it out")]


def test_a_gap_in_a_whole_row_of_a_product_is_said_once() -> None:
    split = [DETECTORS, VISITS]
    assert told("CM042", split, where="detector != 3") == [
        "detector 3 of groups 2-1, 2-2, 2-3 is taken by no group of step1"
    ]
    assert told("CM042", split, where="not (detector = 3 and visit = 9)") == [
        "detector 3 with visit 9 of group 2-3 is taken by no group of step1"
    ]


def test_ids_outside_all_ranges_are_a_gap_and_beyond_a_limit_a_note() -> None:
    ranges = [{"by": "visit", "values": "1..9", "ranges": [[2, 4], [6, 8]]}]
    assert told("CM042", ranges) == ["visit 1, 5, 9 is in no group of step1"]
    assert told("CM042", [DETECTORS, *ranges]) == ["visit 1, 5, 9 is in no group of step1"]
    limited = [{**VISITS, "limit": 1}]
    assert told("CM042", limited) == []
    assert told("CM045", limited) == ["visit 4..9 is in no group of step1"]


def test_an_exclusion_is_noted_once_with_its_place() -> None:
    spec = campaign(
        {"step1": {"split": [DETECTORS, VISITS]}, "step2": {"split": [VISITS]}, "step3": {}},
        exclude=[
            {"visit": [5, 8], "because": "corrupt"},
            {"detector": 4, "steps": ["step1"], "because": "dead"},
        ],
    )
    result = compiled(spec)
    notes = [f for f in result.findings if f.code.name == "CM045"]
    assert [f.message for f in notes] == [
        "visit 5, 8 is excluded: taken out of groups 1-2, 1-3, 2-2, 2-3, 3-2, 3-3 of step1 "
        "and groups 2, 3 of step2",
        "detector 4 is excluded: taken out of groups 3-1, 3-2, 3-3 of step1",
    ]
    assert [f.span for f in notes] == [e.span for e in result.spec.exclude]
    assert [f.scope for f in notes] == ["", "step1"]
    assert messages(result, "CM042") == []


def test_an_excluded_id_that_another_group_takes_all_the_same_is_an_error() -> None:
    split = [{"by": "visit", "values": [1, 3, 5], "where": "visit >= ${{ lo }}"}]
    assert told("CM041", split, exclude=[{"visit": 5, "because": "corrupt"}]) == [
        "visit 3, 5 is in two groups of step1: 1 and 3",
        "visit 5 is excluded, and groups 1, 3 of step1, which do not hold it, take it all the same",
    ]


def test_what_an_override_takes_out_is_a_note_that_names_who_still_takes_it() -> None:
    override = {"groups": {"detector": 1, "visit": 2}, "because": "x"}
    split = [DETECTORS, VISITS]
    (message,) = told("CM045", split, overrides=[{**override, "where": "visit != 5"}])
    still = "groups 2-2, 3-2 still take it"
    assert message == f"visit 5 is taken out of group 1-2 only, 1 of the 3 groups that hold it: {still}"
    assert told("CM045", split, overrides=[{**override, "where": "not (visit = 5 and detector = 1)"}]) == [
        "detector 1 with visit 5 is taken out of group 1-2"
    ]
    everywhere = {"groups": {"visit": 2}, "because": "x", "where": "visit != 5"}
    assert told("CM045", split, overrides=[everywhere]) == ["visit 5 is taken out of groups 1-2, 2-2, 3-2"]


def test_what_an_override_takes_out_and_another_group_takes_is_no_loss() -> None:
    extra = {"x": {"visit": [5], "because": "apart"}}
    override = {"groups": 2, "because": "x", "where": "visit != 5"}
    for code in ("CM041", "CM042", "CM045"):
        assert told(code, [VISITS], extra=extra, overrides=[override]) == []


def test_what_an_override_widens_is_a_leak() -> None:
    named = {**VISITS, "where": {"cut": RANGE}}
    override = {"groups": 2, "because": "x", "where": {"cut": "visit in (4..8)"}}
    assert told("CM041", [named], overrides=[override]) == ["visit 7, 8 is in two groups of step1: 2 and 3"]


def test_ids_of_another_list_are_a_note() -> None:
    lists = {"v": {"file": "v.txt", "columns": ["visit"]}, "w": {"file": "w.txt", "columns": ["visit"]}}
    files = {"v.txt": "1\n3\n5\n7\n", "w.txt": "2\n3\n6\n9\n"}
    split = [{"by": "visit", "list": "v", "size": 2, "where": RANGE}]
    assert told("CM044", split, lists=lists, files=files) == [
        "visit 2, 6 is in another list or left out by `only`, and groups 1, 2 of step1 take it too"
    ]
    exact = [{"by": "visit", "list": "v", "size": 2}]
    assert told("CM044", exact, lists=lists, files=files) == []


def test_several_lists_are_one_axis() -> None:
    lists = {"v": {"file": "v.txt", "columns": ["visit"]}, "w": {"file": "w.txt", "columns": ["visit"]}}
    files = {"v.txt": "1\n3\n5\n7\n", "w.txt": "2\n3\n6\n9\n"}
    parts = [{"list": "v", "size": 2}, {"list": "w", "size": 2}]
    for code in ("CM041", "CM042", "CM044", "CM045"):
        assert told(code, [{"by": "visit", "parts": parts}], lists=lists, files=files) == []
    ranges = [{"by": "visit", "parts": parts, "where": RANGE}]
    assert told("CM041", ranges, lists=lists, files=files) == [
        "visit 2, 3 is in two groups of step1: 1 and 3",
        "visit 5, 6 is in two groups of step1: 2 and 3",
    ]


def test_what_cannot_be_worked_out_is_said_and_is_no_leak() -> None:
    unknown = "visit.exposure_time > ${{ lo }} or visit = ${{ lo }}"
    split = [{**VISITS, "where": unknown}]
    assert told("CM041", split) == []
    assert told("CM043", split) == [
        "the coverage of step1 is proved as if 'visit.exposure_time > 1 or visit = 1' were always true "
        "(so 2 more like it)"
    ]
    # What is the same for all groups makes no difference between them.
    both = [{**VISITS, "where": "visit.exposure_time > 30 and visit >= ${{ lo }}"}]
    assert told("CM041", both)[0] == "visit 4..6 is in two groups of step1: 1 and 2"


def test_a_predicate_that_cannot_be_read_is_not_checked() -> None:
    result = compiled(campaign({"step1": {"split": [{**VISITS, "where": "visit in (${{ lo }}"}]}}))
    assert messages(result, "CM121")
    assert messages(result, "CM041") == []
    assert messages(result, "CM043") == [
        "the coverage of step1 is proved as if 'visit in (1' were always true (so 2 more like it)"
    ]


def test_a_predicate_that_cannot_be_written_is_reported_once_and_is_no_leak() -> None:
    result = compiled(campaign({"step1": {"split": [{**VISITS, "where": "visit > ${{ low }}"}]}}))
    assert len(messages(result, "CM021")) == 1
    assert messages(result, "CM041") == []


def test_a_query_written_by_hand_is_what_is_judged() -> None:
    query = {"payload": {"dataQuery": "skymap='x' and visit >= ${{ visit.lo }} and visit <= ${{ visit.hi }}"}}
    assert told("CM041", [VISITS], bps=query) == []
    query = {"payload": {"dataQuery": "instrument='HSC'"}}
    assert told("CM041", [VISITS], bps=query) == ["visit 1..9 is in 3 groups of step1: 1, 2, 3"]


def test_plain_axes_add_nothing() -> None:
    seeds = {"name": "seed", "values": ["a", "b"]}
    for split in ([VISITS, seeds], [seeds, VISITS], [seeds]):
        for code in ("CM041", "CM042", "CM043"):
            assert told(code, split) == []
    leaky = {**VISITS, "where": "visit >= ${{ lo }} and visit <= ${{ hi + 1 }}"}
    assert told("CM041", [leaky, seeds]) == [
        "visit 4 is in two groups of step1: 1-a and 2-a, and so in 1 more such pairs of groups",
        "visit 7 is in two groups of step1: 2-a and 3-a, and so in 1 more such pairs of groups",
    ]


def test_text_is_compared_as_text() -> None:
    bands = {"by": "band", "values": ["g", "r", "i"]}
    assert told("CM041", [bands, VISITS]) == []
    assert told("CM041", [{**bands, "where": "band in ('r', '${{ value }}')"}]) == [
        "band r is in 3 groups of step1: g, i, r"
    ]


def test_a_growing_list_of_leaks_is_counted_and_told_in_order() -> None:
    split = [{"by": "visit", "values": "1..60", "where": "visit in (${{ lo }}, ${{ hi + 1 }})"}]
    found = told("CM041", split)
    assert len(found) == 21
    assert "visit 21 is in two groups of step1: 20 and 21" in found
    assert "39 more sets of groups share ids in step1" in found


def test_the_work_does_not_grow_with_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    toggle = sweep._Active.toggle

    def counted(self: sweep._Active, group: int, piece: int) -> None:
        steps.append(group)
        toggle(self, group, piece)

    monkeypatch.setattr(sweep._Active, "toggle", counted)
    spread = {"by": "visit", "values": "1..4000", "size": 2}
    for where in ("visit > 0", "visit >= ${{ lo }}", "visit in (${{ lo }}..${{ hi + 1 }})"):
        steps.clear()
        found = told("CM041", [{**spread, "where": where}])
        assert 0 < len(steps) <= 4 * 2000
        assert sum(map(len, found)) < 5000
    steps.clear()
    tracts = {"by": "tract", "values": "1..50", "where": "tract >= ${{ lo }}"}
    found = told("CM041", [tracts, {"by": "visit", "values": "1..40", "where": "visit >= ${{ lo }}"}])
    assert 0 < len(steps) <= 4 * 50 * 2000
    assert sum(map(len, found)) < 5000


def test_more_overlaps_than_can_be_followed_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_MOST_WORK", 10)
    tracts = {"by": "tract", "values": "1..5", "where": "tract >= ${{ lo }}"}
    (message,) = told("CM043", [tracts, {"by": "visit", "values": "1..6", "where": "visit >= ${{ lo }}"}])
    assert message.endswith("overlap in so many ways that not all of them are followed")


def test_what_one_override_takes_out_of_many_groups_is_said_once() -> None:
    override = {"groups": "1..3", "because": "x", "where": "visit not in (2, 5, 8)"}
    assert told("CM045", [VISITS], overrides=[override]) == ["visit 2, 5, 8 is taken out of groups 1, 2, 3"]


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ((1, 2, 3), "visit in (1..3)"),
        ((1, 2, 3, 7), "visit in (1..3, 7)"),
        ((5,), "visit = 5"),
        ((5, 9), "visit in (5, 9)"),
    ],
)
def test_what_is_recognised_at_a_glance_is_just_that(ids: tuple[int, ...], text: str) -> None:
    part = Part("visit", "visit", "1", 1, ids)
    group = Group("step1", "1", (part,))
    evaluator = Evaluator({"visit": tuple(range(20))})
    near = (
        text,
        "visit in (1..4)",
        "visit in (1, 3)",
        "visit in (1..3, 8)",
        "visit = 6",
        "visit in (1..2)",
        "visit in (5, 9, 11)",
        "visit in (3..1)",
        "visit in (0..3)",
        "detector in (1..3)",
        "visit in ()",
        "visit in (1_0)",
        "visit in ('5')",
        "visit != 5",
        "visit in (1..3) or 1=1",
    )
    clauses = {t: ClauseText(t, "axis", Origin("", None)) for t in near}
    taken = {t: evaluator.taken((clause,), group).boxes for t, clause in clauses.items()}
    assert [t for t, boxes in taken.items() if boxes == ({"visit": part},)] == [text]


def test_an_exclusion_by_a_plain_axis_adds_no_clause_and_is_no_leak() -> None:
    nights = {"name": "night", "values": "1..4", "size": 2}
    for split in ([nights, VISITS], [nights, {**VISITS, "where": RANGE}]):
        for code in ("CM041", "CM042"):
            assert told(code, split, exclude=[{"night": [2], "because": "clouds"}]) == []


def test_a_group_that_was_sent_keeps_what_is_excluded_later() -> None:
    spec = campaign({"step1": {"split": [{**VISITS, "where": RANGE}]}})
    before = {m.group.id: sent_from(m) for m in compiled(spec).groups}
    sent = SentGroups({("step1", name): group for name, group in before.items()})
    spec["exclude"] = [{"visit": [2, 5], "because": "corrupt"}]
    result = compiled(spec, sent=sent)
    assert [f.code.name for f in result.findings if f.code.severity.value == "error"] == []
    assert len(messages(result, "CM063")) == 2
