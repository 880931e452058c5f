"""Which ids a query takes: against tables, and against trying every combination."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product
from typing import overload

import pytest

from cmcompile.bps.query.idset import IdSet
from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.sets import MAX_BOXES, Boxes, evaluate
from cmcompile.bps.query.tree import (
    And,
    Compare,
    Expr,
    Float,
    Identifier,
    In,
    Int,
    Not,
    Null,
    Or,
    Range,
    String,
)

VISITS = [1, 2, 3, 5, 8, 13, 21]
DETECTORS = [0, 1, 2, 3]
BANDS = ["g", "i", "r"]


def taken(text: str, **universes: Sequence[int] | Sequence[str]) -> Boxes:
    expr = parse(text).expr
    assert expr is not None
    return evaluate(expr, text, universes)


def one(text: str, **universes: Sequence[int] | Sequence[str]) -> list[int | str]:
    """Return the ids of a query over one dimension."""
    found = taken(text, **universes)
    (name,) = universes
    ids = IdSet.between(universes[name], 0, 0).union(*(box[name] for box in found.boxes))
    return list(ids.ids())


SINGLE = [
    {"given": "visit = 5", "expect": [5]},
    {"given": "visit = 4", "expect": []},
    {"given": "5 = visit.id", "expect": [5]},
    {"given": "visit != 5", "expect": [1, 2, 3, 8, 13, 21]},
    {"given": "visit >= 3 and 13 > visit", "expect": [3, 5, 8]},
    {"given": "visit > 3.5 and visit <= 13", "expect": [5, 8, 13]},
    {"given": "visit in (2..8, 21, 4)", "expect": [2, 3, 5, 8, 21]},
    {"given": "visit in (1..21:4)", "expect": [1, 5, 13, 21]},
    {"given": "visit not in (2..8)", "expect": [1, 13, 21]},
    {"given": "not (visit < 3 or visit > 8)", "expect": [3, 5, 8]},
    {"given": "visit < 3 or visit = 13", "expect": [1, 2, 13]},
    {"given": "not not visit = 5", "expect": [5]},
    {"given": "visit = null or visit in (1, null)", "expect": [1]},
    {"given": "visit != null", "expect": VISITS},
    {"given": "visit in (8..5) or visit in (9..8)", "expect": []},
    {"given": "", "expect": VISITS},
    {"given": "instrument = 'X' and visit < 3", "expect": [1, 2]},
    {"given": "(instrument = 'X' or not skymap = 'Y') and visit < 3", "expect": [1, 2]},
    {"given": "tract = 5 and detector in (1..9) and visit < 3", "expect": [1, 2]},
]


@pytest.mark.parametrize("case", SINGLE, ids=lambda case: case["given"])
def test_ids_of_one_dimension(case: dict[str, object]) -> None:
    given = str(case["given"])
    assert one(given, visit=VISITS) == case["expect"]
    assert taken(given, visit=VISITS).exact


@pytest.mark.parametrize(
    ("text", "expect"),
    [("band = 'r'", ["r"]), ("band >= 'h'", ["i", "r"]), ("band not in ('r', 'z')", ["g", "i"])],
)
def test_ids_that_are_text(text: str, expect: list[str]) -> None:
    assert one(text, band=BANDS) == expect


UNKNOWN = [
    {
        "given": "exposure.observation_type = 'science' and visit < 3",
        "part": "exposure.observation_type = 'science'",
    },
    {"given": "visit < 3 and band = 'r'", "part": "band = 'r'"},
    {"given": "visit < 3 and visit.day_obs > 5", "part": "visit.day_obs > 5"},
    {"given": "visit < 3 and day_obs in (5, 6)", "part": "day_obs in (5, 6)"},
    {"given": "visit < 3 and visit.exposure_time > 5", "part": "visit.exposure_time > 5"},
    {"given": "visit < 3 and exposure_time > 5", "part": "exposure_time > 5"},
    {"given": "visit < 3 and exposure = 5", "part": "exposure = 5"},
    {
        "given": "visit < 3 and visit_detector_region.region overlaps point(1, 2)",
        "part": "visit_detector_region.region overlaps point(1, 2)",
    },
    {"given": "visit < 3 and exposure.can_see_sky", "part": "exposure.can_see_sky"},
    {"given": "visit < 3 and visit % 2 = 0", "part": "visit % 2 = 0"},
    {"given": "visit < 3 and visit = detector", "part": "visit = detector"},
    {"given": "visit < 3 and raw.ingest_date > T'2026-01-05'", "part": "raw.ingest_date > T'2026-01-05'"},
    {"given": "visit < 3 and 1 = 0", "part": "1 = 0"},
    {"given": "visit < 3 and visit != 'x'", "part": "visit != 'x'"},
    {"given": "visit < 3 and nonsense = 1", "part": "nonsense = 1"},
    {"given": "visit < 3 and (visit = 1 or instrument = 'X')", "part": "visit = 1 or instrument = 'X'"},
    {"given": "visit < 3 and not (visit = 1 and band = 'r')", "part": "visit = 1 and band = 'r'"},
    {"given": "visit < 3 and not band = 'r'", "part": "band = 'r'"},
]


@pytest.mark.parametrize("case", UNKNOWN, ids=lambda case: case["given"])
def test_what_can_not_be_worked_out_is_said(case: dict[str, str]) -> None:
    found = taken(case["given"], visit=VISITS)
    assert not found.exact
    assert [part.text for part in found.unknown] == [case["part"]]
    assert case["given"][found.unknown[0].offset :].startswith(case["part"])
    assert one(case["given"], visit=VISITS) == [1, 2]


def test_what_is_unknown_for_visits_is_apart_for_tracts() -> None:
    found = taken("band = 'r' and visit > 5 and skymap = 'x' and tract = 2", tract=[1, 2], patch=[1, 2])
    assert found.exact
    assert [{name: list(ids.ids()) for name, ids in box.items()} for box in found.boxes] == [
        {"tract": [2], "patch": [1, 2]}
    ]


def test_a_filter_fixes_its_band() -> None:
    found = taken("physical_filter = 'HSC-R' and band = 'r'", physical_filter=["HSC-G", "HSC-R"])
    assert [part.text for part in found.unknown] == ["band = 'r'"]


def test_boxes_of_two_dimensions() -> None:
    text = "(visit = 5 and detector in (1, 2)) or (detector in (1, 2) and visit = 8) or visit = 13"
    found = taken(text, visit=VISITS, detector=DETECTORS)
    assert found.exact
    assert len(found.boxes) == 2
    assert found.takes({"visit": VISITS.index(8), "detector": 2})
    assert not found.takes({"visit": VISITS.index(8), "detector": 3})
    assert found.takes({"visit": VISITS.index(13), "detector": 3})


def test_plain_names_are_never_narrowed() -> None:
    found = taken("visit = 5", visit=VISITS, layer=["deep", "wide"])
    assert [list(box["layer"].ids()) for box in found.boxes] == [["deep", "wide"]]


def test_too_many_boxes_are_unknown() -> None:
    ids = list(range(2 * MAX_BOXES))
    text = " or ".join(f"(visit = {n} and detector = {n})" for n in range(MAX_BOXES + 1))
    found = taken(text, visit=ids, detector=ids)
    assert not found.exact
    assert found.unknown[0].text == text
    fewer = taken(
        " or ".join(f"(visit = {n} and detector = {n})" for n in range(MAX_BOXES)), visit=ids, detector=ids
    )
    assert fewer.exact
    assert len(fewer.boxes) == MAX_BOXES


def holds(
    expr: Expr, env: dict[str, int | str], others: dict[int, bool] | None, *, negated: bool = False
) -> bool:
    """Evaluate a query, or its opposite, for one combination.

    Conditions on other things are true as ``others`` says; where it is None they hold as they are used.
    """
    match expr:
        case And() | Or():
            every = isinstance(expr, And) != negated
            return (all if every else any)(holds(item, env, others, negated=negated) for item in expr.items)
        case Not():
            return holds(expr.item, env, others, negated=not negated)
        case In(left=Identifier(name=name)) if name.split(".")[0] in env:
            value = env[name.split(".")[0]]
            found = any(_matches(value, item) for item in expr.items) != expr.negated
        case Compare(left=Identifier(name=name)) if name in env or name == "detector.id":
            found = _compares(env[name.split(".")[0]], expr.op, expr.right)
        case Compare(right=Identifier(name=name)) if name in env or name == "detector.id":
            turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(expr.op, expr.op)
            found = _compares(env[name.split(".")[0]], turned, expr.left)
        case _:
            return others is None or others[expr.offset] != negated
    return found != negated


def _matches(value: int | str, item: Expr) -> bool:
    if isinstance(item, Range):
        return isinstance(value, int) and value in range(item.lo, item.hi + 1, item.step)
    return isinstance(item, Int | Float | String) and value == item.value


def _compares(value: int | str, op: str, item: Expr) -> bool:
    if isinstance(item, Null):
        return op == "!="
    assert isinstance(item, Int | Float | String)
    left, right = (value, item.value)
    if op == "=":
        return left == right
    if op == "!=":
        return left != right
    assert isinstance(left, int)
    assert isinstance(right, int | float)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]


def query(rng: random.Random, depth: int, others: float) -> str:
    """Return a random query over visit, detector and band, with some conditions on other things."""
    if depth and rng.random() < 0.6:
        text = rng.choice((" and ", " or ")).join(
            query(rng, depth - 1, others) for _ in range(rng.randint(2, 3))
        )
        return f"{rng.choice(('', 'not '))}({text})"
    if rng.random() < others:
        return rng.choice(
            ("instrument = 'X'", "visit.exposure_time > 5", "tract in (1, 2)", "visit.seq_num < 9")
        )
    if rng.random() < 0.25:
        return rng.choice(
            ("band = 'r'", "band != 'g'", "'i' = band", "band in ('r', 'g')", "band not in ('g')")
        )
    name, top = rng.choice((("visit", 22), ("detector.id", 4)))
    number = rng.randint(-1, top)
    if rng.random() < 0.4:
        items = [str(rng.randint(-1, top)), f"{number}..{number + rng.randint(-1, 6)}:{rng.randint(1, 3)}"]
        return f"{name} {rng.choice(('in', 'not in'))} ({', '.join(items[: rng.randint(1, 2)])})"
    pair = [name, str(number)]
    if rng.random() < 0.3:
        pair.reverse()
    return rng.choice(("=", "!=", "<", "<=", ">", ">=")).join(pair)


def offsets(expr: Expr) -> list[int]:
    match expr:
        case And() | Or():
            return [offset for item in expr.items for offset in offsets(item)]
        case Not():
            return offsets(expr.item)
        case _:
            return [expr.offset]


@pytest.mark.parametrize("others", [0.0, 0.3])
def test_against_every_combination(others: float) -> None:
    rng = random.Random(17)
    universes: dict[str, Sequence[int] | Sequence[str]] = {
        "visit": VISITS,
        "detector": DETECTORS,
        "band": BANDS,
    }
    exact = 0
    for _ in range(250):
        text = query(rng, 3, others)
        expr = parse(text).expr
        assert expr is not None
        found = evaluate(expr, text, universes)
        truths = [{offset: rng.random() < 0.5 for offset in offsets(expr)} for _ in range(4)]
        exact += found.exact
        for at in product(*(range(len(ids)) for ids in universes.values())):
            positions = dict(zip(universes, at, strict=True))
            env = {name: ids[positions[name]] for name, ids in universes.items()}
            takes = found.takes(positions)
            if found.exact:
                assert takes == holds(expr, env, None), text
            for truth in truths:
                assert takes or not holds(expr, env, truth), text
    assert exact == 250 if not others else 20 < exact < 200


class Counted(Sequence[int]):
    """Two million ids that count how often they are looked at."""

    def __init__(self) -> None:
        self.looks = 0

    def __len__(self) -> int:
        return 2_000_000

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[int]: ...
    def __getitem__(self, at: int | slice) -> int | Sequence[int]:
        self.looks += 1
        return range(0, 6_000_000, 3)[at]


def test_large_universes_are_not_walked() -> None:
    ids = Counted()
    found = taken(
        "exposure >= 300 and exposure <= 900000 and exposure not in (600, 3000..9000)", exposure=ids
    )
    assert ids.looks < 200
    assert [box["exposure"].count for box in found.boxes] == [299_901 - 1 - 2001]
    assert found.boxes[0]["exposure"].bounds == (100, 200, 201, 1000, 3001, 300001)
    taken("exposure in (0..6000000:600000)", exposure=ids)
    assert ids.looks < 1000


def test_set_operations_against_python_sets() -> None:
    rng = random.Random(23)
    for _ in range(300):
        universe = list(range(rng.randint(0, 12)))
        sets = [{i for i in universe if rng.random() < 0.5} for _ in range(2)]
        a, b = (IdSet.of_runs(universe, [(i, i + 1) for i in s]) for s in sets)
        one, two = sets
        assert set(a.ids()) == one
        assert a.count == len(one)
        assert bool(a) == bool(one)
        assert [i for i in universe if i in a] == sorted(one)
        for found, expect in (
            (a.complement(), set(universe) - one),
            (a.union(b), one | two),
            (a.intersect(b), one & two),
            (a.difference(b), one - two),
        ):
            assert set(found.ids()) == expect
            assert found == IdSet.of_runs(universe, [(i, i + 1) for i in expect])
            assert list(found.bounds) == sorted(set(found.bounds))
        assert (a == b) == (one == two)
