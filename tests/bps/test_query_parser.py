"""Reading data queries: what they become, and what is said about those that can't be read."""

from __future__ import annotations

import random

import pytest

from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.tree import (
    MAX_DEPTH,
    And,
    Arithmetic,
    Bind,
    Call,
    Compare,
    Expr,
    Float,
    Identifier,
    In,
    Int,
    Not,
    Null,
    Or,
    Pair,
    Range,
    String,
    Time,
    Unary,
)


def shape(expr: Expr | None) -> str:
    """Write a tree with every group in brackets."""
    match expr:
        case And():
            return f"[and {' '.join(map(shape, expr.items))}]"
        case Or():
            return f"[or {' '.join(map(shape, expr.items))}]"
        case Not():
            return f"[not {shape(expr.item)}]"
        case Compare() | Arithmetic():
            return f"[{expr.op} {shape(expr.left)} {shape(expr.right)}]"
        case In():
            word = "not-in" if expr.negated else "in"
            return f"[{word} {shape(expr.left)} {' '.join(map(shape, expr.items))}]"
        case Unary():
            return f"[sign{expr.op} {shape(expr.item)}]"
        case Call():
            return f"[{expr.name} {' '.join(map(shape, expr.items))}]"
        case Pair():
            return f"[pair {shape(expr.first)} {shape(expr.last)}]"
        case Identifier():
            return expr.name
        case Bind():
            return f":{expr.name}"
        case Null():
            return "null"
        case Int() | Float():
            return repr(expr.value)
        case String():
            return f"'{expr.value}'"
        case Time():
            return f"T'{expr.value}'"
        case Range():
            return f"{expr.lo}..{expr.hi}:{expr.step}"
        case None:
            return "unreadable"


READ = [
    {"given": "", "expect": "[and ]"},
    {"given": " \t\n ", "expect": "[and ]"},
    {"given": "a=1", "expect": "[= a 1]"},
    {"given": "a = 1 or b = 2 and c = 3", "expect": "[or [= a 1] [and [= b 2] [= c 3]]]"},
    {"given": "(a = 1 OR b = 2) And c = 3", "expect": "[and [or [= a 1] [= b 2]] [= c 3]]"},
    {"given": "a and b and (c and d)", "expect": "[and a b [and c d]]"},
    {"given": "not a = 1 and b", "expect": "[and [not [= a 1]] b]"},
    {"given": "not (a or not b)", "expect": "[not [or a [not b]]]"},
    {"given": "a + b * 2 - c < 3 % d", "expect": "[< [- [+ a [* b 2]] c] [% 3 d]]"},
    {"given": "a = b != c", "expect": "[!= [= a b] c]"},
    {"given": "a = b in (1)", "expect": "[= a [in b 1]]"},
    {"given": "-a in (1) or - 5 = +2.5", "expect": "[or [in [sign- a] 1] [= -5 2.5]]"},
    {"given": "a not in (1, -2,+3 ,'x',T'y',null,b)", "expect": "[not-in a 1 -2 3 'x' T'y' null b]"},
    {"given": "a in (1..5, -7 .. -3 : 2,9)", "expect": "[in a 1..5:1 -7..-3:2 9]"},
    {"given": "a in (1,\n 2\n)", "expect": "[in a 1 2]"},
    {"given": "a in (uuid(('x')), :b)", "expect": "[in a [UUID 'x'] :b]"},
    {"given": "x in(1)and y In(2)", "expect": "[and [in x 1] [in y 2]]"},
    {"given": "visit-1..5 = 1", "expect": "unreadable"},
    {"given": "visit.timespan.begin<T'2020-01-01'", "expect": "[< visit.timespan.begin T'2020-01-01']"},
    {"given": "a.region overlaps point(1, -2)", "expect": "[overlaps a.region [POINT 1 -2]]"},
    {"given": "t overlaps (t'x', NULL)", "expect": "[overlaps t [pair T'x' null]]"},
    {"given": "glob(a, 'x*')", "expect": "[GLOB a 'x*']"},
    {"given": "f() or g(,1)", "expect": "[or [F ] [G 1]]"},
    {"given": "a = '' and b = '(or)'", "expect": "[and [= a ''] [= b '(or)']]"},
    {"given": "a = 007 and b = 1. and c = .5e1", "expect": "[and [= a 7] [= b 1.0] [= c 5.0]]"},
    {"given": "in.x = nan", "expect": "[= in.x nan]"},
]


@pytest.mark.parametrize("case", READ, ids=lambda case: case["given"])
def test_reads(case: dict[str, str]) -> None:
    assert shape(parse(case["given"]).expr) == case["expect"]


REJECTED = [
    {"given": "a == 1", "offset": 3, "hint": "write = for equal"},
    {"given": "a = = 1", "offset": 4, "hint": "write = for equal"},
    {"given": "a <> 1", "offset": 3, "hint": "write !="},
    {"given": 'a = "x"', "offset": 4, "hint": "single quotes"},
    {"given": "a = 'x", "offset": 4, "hint": "single quote"},
    {"given": "a = 'x\ny'", "offset": 4, "hint": "single quote"},
    {"given": "a = 'it''s'", "offset": 8, "hint": "glob"},
    {"given": "a && b", "offset": 2, "hint": "write and"},
    {"given": "a || b", "offset": 2, "hint": "write or"},
    {"given": "!a", "offset": 0, "hint": "write not"},
    {"given": "a = 1 and", "offset": 9, "hint": "complete it"},
    {"given": "and a = 1", "offset": 0, "hint": "start with"},
    {"given": "a = 1 and and b", "offset": 10, "hint": "'and' needs"},
    {"given": "(a = 1", "offset": 0, "hint": "add )"},
    {"given": "a = 1)", "offset": 5, "hint": "remove it"},
    {"given": "()", "offset": 1, "hint": ""},
    {"given": "a in ()", "offset": 5, "hint": "takes nothing"},
    {"given": "a in (1,)", "offset": 8, "hint": ""},
    {"given": "a in (1, 2", "offset": 5, "hint": "add )"},
    {"given": "a in (1 2)", "offset": 8, "hint": "commas"},
    {"given": "a in 1..5", "offset": 5, "hint": "in (1"},
    {"given": "a in [1, 2]", "offset": 5, "hint": "round brackets"},
    {"given": "a in (b.c)", "offset": 6, "hint": "="},
    {"given": "a in (point(1, 2))", "offset": 6, "hint": "UUID"},
    {"given": "a in (1...5)", "offset": 8, "hint": "range"},
    {"given": "a in (1..9:0)", "offset": 10, "hint": "step"},
    {"given": "a in (1) + 2", "offset": 9, "hint": ""},
    {"given": "a not b", "offset": 2, "hint": ""},
    {"given": "a = not b", "offset": 4, "hint": "parentheses"},
    {"given": "a is null", "offset": 2, "hint": "= null"},
    {"given": "a like 'x%'", "offset": 2, "hint": "glob"},
    {"given": "a between 1 and 2", "offset": 2, "hint": "lo..hi"},
    {"given": "a b", "offset": 2, "hint": "and, or"},
    {"given": "a.b.c.d = 1", "offset": 5, "hint": "two dots"},
    {"given": "a.b(1)", "offset": 3, "hint": "without dots"},
    {"given": "(a, b, c)", "offset": 5, "hint": "lists"},
    {"given": "a = 1, b = 2", "offset": 5, "hint": "lists"},
    {"given": "a = 1 # x", "offset": 6, "hint": "YAML"},
    {"given": "a = 1\r\nand b", "offset": 5, "hint": "Unix"},
    {"given": "a = 1;", "offset": 5, "hint": "and"},
]


@pytest.mark.parametrize("case", REJECTED, ids=lambda case: case["given"])
def test_says_where_and_what_to_write(case: dict[str, str | int]) -> None:
    error = parse(str(case["given"])).error
    assert error is not None
    assert error.offset == case["offset"]
    assert str(case["hint"]) in error.hint
    assert error.message
    assert not error.message.endswith(".")


def test_nodes_know_their_text() -> None:
    text = "a = 1 and (b in (2, 3..4) or not c < -5)"
    expr = parse(text).expr
    assert isinstance(expr, And)
    assert [text[item.offset : item.end] for item in expr.items] == [
        "a = 1",
        "b in (2, 3..4) or not c < -5",
    ]
    inner = expr.items[1]
    assert isinstance(inner, Or)
    assert [text[item.offset : item.end] for item in inner.items] == ["b in (2, 3..4)", "not c < -5"]
    member = inner.items[0]
    assert isinstance(member, In)
    assert [text[item.offset : item.end] for item in member.items] == ["2", "3..4"]


@pytest.mark.parametrize("text", ["(" * 9000 + "a" + ")" * 9000, "not " * 9000 + "a", "1+" * 9000 + "1 = a"])
def test_deep_nesting_is_an_error(text: str) -> None:
    error = parse(text).error
    assert error is not None
    assert str(MAX_DEPTH) in error.message


def test_many_conditions_are_not_deep() -> None:
    expr = parse(" and ".join(f"(a = {n} or b = {n})" for n in range(20_000))).expr
    assert isinstance(expr, And)
    assert len(expr.items) == 20_000


def test_the_quick_way_for_lists_reads_the_same() -> None:
    rng = random.Random(7)
    for _ in range(300):
        items = [
            rng.choice(("{0}", "-{0}", "{0}..{1}", "-{1}..{0}", "{0} .. {1}:2")).format(
                rng.randint(0, 10**14), rng.randint(0, 99)
            )
            for _ in range(rng.randint(1, 9))
        ]
        quick = f"a in ({', '.join(items)})"
        slow = f"a in ({', '.join(items)}, 'slow')"
        one, other = parse(quick).expr, parse(slow).expr
        assert isinstance(one, In)
        assert isinstance(other, In)
        assert one.items == other.items[:-1]


def test_numbers_beyond_conversion_are_values() -> None:
    digits = "9" * 5000
    assert parse(f"a in (1..{digits})").error is not None
    assert isinstance(parse(f"a in ({digits})").expr, In)
    assert isinstance(parse(f"a = {digits}").expr, Compare)


def test_no_text_raises() -> None:
    rng = random.Random(11)
    words = [*"()',.:=<>!+-*/% \n\t\"", "and", "or", "not", "in", "a", "1", "'x'", "..", "é", "\x00", "in ("]
    for _ in range(3000):
        text = "".join(rng.choice(words) for _ in range(rng.randint(1, 14)))
        parsed = parse(text)
        assert (parsed.expr is None) != (parsed.error is None)
        if parsed.error is not None:
            assert 0 <= parsed.error.offset <= len(text)
