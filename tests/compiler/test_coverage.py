"""The coverage proof against brute force, and what it tells people."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

import brute
from brute import Combo, campaign, compiled, coverage, messages, seen, truth
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from cmcompile.model.ids import Id

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
                others["visit"] = {*more} - {*visits}
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
        others["visit"] = {*visits} - {*keep}
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
