"""Writing queries: exact predicates, and clauses joined."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

import pytest

from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.sets import evaluate
from cmcompile.bps.query.tree import And, Compare, Expr, Identifier, Not, Or
from cmcompile.bps.query.write import conjoin, exact, writable


@pytest.mark.parametrize(
    ("dimension", "ids", "expect"),
    [
        ("tract", [5], "tract = 5"),
        ("tract", [5, 6], "tract in (5, 6)"),
        ("tract", [2897, 2898, 2899, 2900, 2901], "tract in (2897..2901)"),
        ("tract", [1, 2, 5, 6, 7, 8, 9, 11], "tract in (1, 2, 5..9, 11)"),
        ("tract", [1, 2, 4, 5], "tract in (1, 2, 4, 5)"),
        ("tract", [-3, -2, -1, 0], "tract in (-3..0)"),
        ("visit", [2025010100012], "visit = 2025010100012"),
        ("band", ["r"], "band = 'r'"),
        ("band", ["g", "i", "r"], "band in ('g', 'i', 'r')"),
        ("skymap", ["a or b"], "skymap = 'a or b'"),
    ],
)
def test_exact(dimension: str, ids: Sequence[int] | Sequence[str], expect: str) -> None:
    assert exact(dimension, ids) == expect


@pytest.mark.parametrize("ids", [[], ["it's"], ["a\nb"], ['a"b']])
def test_what_can_not_be_written(ids: list[str]) -> None:
    with pytest.raises(ValueError, match="written"):
        exact("skymap", ids)
    assert not any(map(writable, ids))


def test_exact_takes_exactly_its_ids() -> None:
    rng = random.Random(3)
    for _ in range(300):
        universe = sorted(rng.sample(range(-20, 60), rng.randint(1, 60)))
        chosen = sorted(rng.sample(universe, rng.randint(1, len(universe))))
        text = exact("tract", chosen)
        expr = parse(text).expr
        assert expr is not None
        found = evaluate(expr, text, {"tract": universe})
        assert found.exact
        assert [i for box in found.boxes for i in box["tract"].ids()] == chosen


@pytest.mark.parametrize(
    ("clauses", "expect"),
    [
        ([], ""),
        (["a = 1"], "a = 1"),
        (["a = 1", "", " \n", "b = 2 "], "a = 1 and b = 2"),
        (["a = 1 or b = 2", "c = 3"], "(a = 1 or b = 2) and c = 3"),
        (["a = 1 OR b = 2"], "(a = 1 OR b = 2)"),
        (["(a = 1 or b = 2)", "c = 3"], "(a = 1 or b = 2) and c = 3"),
        (["(a) or (b)", "c"], "((a) or (b)) and c"),
        (["a = 'x) or (y'", "c"], "a = 'x) or (y' and c"),
        (["not (a or b)", "order = 1", "a.or = 2"], "not (a or b) and order = 1 and a.or = 2"),
        (["a in (1, 2) or b"], "(a in (1, 2) or b)"),
        (["a or 'x", "b"], "(a or 'x) and b"),
    ],
)
def test_conjoin(clauses: list[str], expect: str) -> None:
    assert conjoin(clauses) == expect


def truth(expr: Expr, values: dict[str, bool]) -> bool:
    match expr:
        case And():
            return all(truth(item, values) for item in expr.items)
        case Or():
            return any(truth(item, values) for item in expr.items)
        case Not():
            return not truth(expr.item, values)
        case Compare(left=Identifier(name=name)):
            return values[name]
        case _:
            raise AssertionError(expr)


def clause(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.3:
        return f"{rng.choice('abc')} = 'or'"
    if rng.random() < 0.2:
        return f"not {clause(rng, 0)}" if rng.random() < 0.5 else f"not ({clause(rng, depth - 1)})"
    text = rng.choice((" and ", " or ", " OR ")).join(clause(rng, depth - 1) for _ in range(2))
    return f"({text})" if rng.random() < 0.5 else text


def test_conjoin_keeps_the_meaning() -> None:
    rng = random.Random(5)
    for _ in range(200):
        clauses = [clause(rng, 3) for _ in range(rng.randint(1, 3))]
        joined = parse(conjoin(clauses)).expr
        parts = [parse(c).expr for c in clauses]
        assert joined is not None
        for bits in product((False, True), repeat=3):
            values = dict(zip("abc", bits, strict=True))
            assert truth(joined, values) == all(truth(p, values) for p in parts if p is not None)
