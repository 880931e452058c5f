"""Names and types of a query: what a Butler says when it turns the tree into columns and predicates."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from cmcompile.bps.query.functions import Wrong, call_kind
from cmcompile.bps.query.names import Column, Unnamed, interpret
from cmcompile.bps.query.times import time_error
from cmcompile.bps.query.tree import (
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

_ORDERED = frozenset({"int", "string", "float", "datetime"})
_NUMBERS = frozenset({"int", "float"})
_WORDS = {
    "int": "a whole number",
    "string": "text",
    "float": "a number",
    "bool": "a condition",
    "null": "null",
    "range": "a range",
    "datetime": "a time",
}


class ProblemKind(Enum):
    """What sort of problem a query has."""

    SYNTAX = "syntax"
    NAME = "name"
    TYPE = "type"
    SIZE = "size"
    GOVERNOR = "governor"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a query; ``offset`` counts characters from 0."""

    offset: int
    kind: ProblemKind
    message: str
    hint: str


class Kinds:
    """Walks a tree once and collects what is wrong; depth is bounded by the parser."""

    def __init__(self, text: str, dimensions: Collection[str] | None) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._dimensions = None if dimensions is None else frozenset(dimensions)

    def whole(self, expr: Expr) -> None:
        """Judge a whole query: it must be a condition."""
        self._condition(expr)

    def _wrong(self, expr: Expr, message: str, hint: str = "", kind: ProblemKind = ProblemKind.TYPE) -> str:
        self.problems.append(Problem(expr.offset, kind, message, hint))
        return "any"

    def _condition(self, expr: Expr) -> None:
        kind = self.kind(expr)
        if kind not in ("bool", "any"):
            self._wrong(
                expr, f"{self._slice(expr)} is {_said(kind)}, not a condition", "compare it with something"
            )

    def kind(self, expr: Expr) -> str:
        """Return the type of an expression; ``any`` where it is not known or was reported."""
        match expr:
            case And() | Or():
                for item in expr.items:
                    self._condition(item)
                return "bool"
            case Not():
                self._condition(expr.item)
                return "bool"
            case Compare():
                return self._compare(expr)
            case In():
                return self._member(expr)
            case Identifier():
                return self._identifier(expr)
            case Arithmetic() | Unary():
                return self._calculation(expr)
            case Call():
                return self._glob(expr) if expr.name == "GLOB" else self._call(expr)
            case _:
                return self._value(expr)

    def _value(self, expr: Expr) -> str:
        match expr:
            case Int():
                return "int"
            case Float():
                return "float"
            case String():
                return "string"
            case Null():
                return "null"
            case Range():
                return "range"
            case Time():
                error = time_error(expr.value)
                return self._wrong(expr, f"{expr.value!r} is no time: {error}") if error else "datetime"
            case Pair():
                return self._timespan(expr)
            case Bind():
                return self._wrong(
                    expr,
                    f":{expr.name} stands for a value that BPS can't pass",
                    "write the value",
                    ProblemKind.NAME,
                )
            case _:
                return "any"

    def _identifier(self, expr: Identifier, other: str = "") -> str:
        found = interpret(expr.name, self._dimensions)
        if isinstance(found, Unnamed):
            hint = f"if it is a value, write it in quotes: '{expr.name}'" if other == "string" else found.hint
            return self._wrong(expr, found.message, hint, ProblemKind.NAME)
        kinds = {column.kind for column in found}
        return kinds.pop() if len(kinds) == 1 else "any"

    def _side(self, expr: Expr, other: Expr) -> str:
        """Return the type of one side of a comparison; a bare word beside text may lack its quotes."""
        if isinstance(expr, Identifier) and isinstance(other, Identifier):
            known = interpret(other.name, self._dimensions)
            return self._identifier(expr, "" if isinstance(known, Unnamed) else known[0].kind)
        return self.kind(expr)

    def _compare(self, expr: Compare) -> str:
        left, right = self._side(expr.left, expr.right), self._side(expr.right, expr.left)
        if "any" in (left, right):
            return "bool"
        if "null" in (left, right):
            return self._null(expr, left, right)
        if not comparable(expr.op, left, right):
            if left == right:
                self._wrong(expr, f"{_said(left)} can't be compared by {expr.op}")
            else:
                self._wrong(
                    expr,
                    self._unlike(expr.left, left, expr.right, right),
                    _mend(left, right, self._slice(expr.right)),
                )
        elif (
            expr.op == "overlaps"
            and left == "region"
            and not any(isinstance(side, Identifier) for side in (expr.left, expr.right))
        ):
            self._wrong(
                expr, "overlaps compares two fixed regions", "one side must be a region of the Butler"
            )
        return "bool"

    def _null(self, expr: Compare, left: str, right: str) -> str:
        other, side = (expr.left, left) if right == "null" else (expr.right, right)
        while isinstance(other, Not) and isinstance(other.item, Not):
            other = other.item.item
        if side in ("null", "range") or expr.op not in ("=", "!="):
            self._wrong(
                expr, f"{self._slice(expr)} compares null by {expr.op}", "write a name, and = null or != null"
            )
        elif side == "bool" and not isinstance(other, Identifier):
            self._wrong(expr, "a condition is never null", "compare a name with null")
        return "bool"

    def _member(self, expr: In) -> str:
        left = self.kind(expr.left)
        if left in ("bool", "null", "range"):
            self._wrong(expr.left, f"{self._slice(expr.left)} is {_said(left)}, which is in no list")
            left = "any"
        seen: set[str] = set()
        for item in expr.items:
            if isinstance(item, Int) and left == "int":
                continue
            if isinstance(item, Range):
                self._range(item, left)
                continue
            kind = self._identifier(item, left) if isinstance(item, Identifier) else self.kind(item)
            if "any" in (left, kind) or kind == "null" or kind in seen:
                continue
            if not comparable("=", left, kind):
                seen.add(kind)  # one report for a list of a thousand
                self._wrong(
                    item, self._unlike(expr.left, left, item, kind), _mend(left, kind, self._slice(item))
                )
        return "bool"

    def _range(self, item: Range, left: str) -> None:
        if left not in ("int", "any"):
            self._wrong(item, f"a range of whole numbers stands beside {_said(left)}", "list the values")
        elif item.hi + 1 < item.lo:
            self._wrong(item, f"the range {item.lo}..{item.hi} runs backwards", f"write {item.hi}..{item.lo}")

    def _calculation(self, expr: Arithmetic | Unary) -> str:
        if isinstance(expr, Unary):
            kind = self.kind(expr.item)
            if kind in _NUMBERS or kind == "any":
                return kind
            return self._wrong(expr, f"a sign stands before {_said(kind)}")
        left, right = self.kind(expr.left), self.kind(expr.right)
        if "any" in (left, right):
            return "any"
        if left == right and (left == "int" or (left == "float" and expr.op != "%")):
            return left
        hint = "the Butler calculates with whole numbers or with floats, never mixed" if left != right else ""
        return self._wrong(expr, f"{_said(left)} {expr.op} {_said(right)} can't be calculated", hint)

    def _timespan(self, expr: Pair) -> str:
        for item in (expr.first, expr.last):
            if self.kind(item) not in ("null", "any") and not isinstance(item, Time):
                self._wrong(
                    item, f"{self._slice(item)} is no end of a timespan", "write T'2026-01-05' or null"
                )
        return "timespan"

    def _call(self, expr: Call) -> str:
        kind = call_kind(expr)
        return self._wrong(expr, kind.message, kind.hint) if isinstance(kind, Wrong) else kind

    def _glob(self, expr: Call) -> str:
        usage = "write glob(exposure.target_name, 'COSMOS*')"
        if len(expr.items) != 2:
            return self._wrong(expr, "GLOB takes a name and a pattern", usage)
        name, pattern = expr.items
        if not isinstance(name, Identifier) or not isinstance(pattern, String):
            return self._wrong(expr, "GLOB takes a name and a pattern in quotes", usage)
        kind = self._identifier(name)
        if kind not in ("string", "any"):
            self._wrong(name, f"GLOB matches text; {name.name} is {_said(kind)}")
        return "bool"

    def _unlike(self, left: Expr, left_kind: str, right: Expr, right_kind: str) -> str:
        return f"{self._slice(left)} is {_said(left_kind)}, {self._slice(right)} is {_said(right_kind)}"

    def _slice(self, expr: Expr) -> str:
        text = " ".join(self._text[expr.offset : expr.end].split())
        return text if len(text) <= 60 else text[:57] + "..."


def comparable(op: str, left: str, right: str) -> bool:
    """Tell whether a Butler compares two types by an operator."""
    pair = {left, right}
    if op == "overlaps":
        return pair in ({"region"}, {"timespan"}, {"timespan", "datetime"}, {"timespan", "ingest_date"})
    if pair <= _NUMBERS or pair == {"datetime", "ingest_date"}:
        return True
    return left == right and left not in ("bool", "range") and (op in ("=", "!=") or left in _ORDERED)


def columns(expr: Identifier, dimensions: Collection[str] | None) -> tuple[Column, ...]:
    """Return what a name means; nothing where it means nothing."""
    found = interpret(expr.name, dimensions)
    return () if isinstance(found, Unnamed) else found


def _said(kind: str) -> str:
    return _WORDS.get(kind, f"a {kind}")


def _mend(left: str, right: str, value: str) -> str:
    if left == "int" and right == "string":
        return f"write {value.strip(chr(39))} without quotes" if value.strip("'").isdigit() else ""
    if left == "string" and right in _NUMBERS:
        return f"write '{value}' in quotes"
    if left == "datetime" and right == "string":
        return f"write T{value}"
    return ""
