"""Reads a query into a tree, by operator precedence with stacks of its own: no recursion.

The grammar is the one that daf_butler v30 accepts. From loose to tight: ``or``, ``and``, ``not``, comparisons
(they chain from the left), ``in``, ``+ -``, ``* / %``, signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from cmcompile.bps.query.faults import ParseError, UnreadableError, no_operand, no_operator, stray
from cmcompile.bps.query.lists import literal, read_list
from cmcompile.bps.query.tokens import KEYWORDS, TOKEN
from cmcompile.bps.query.tree import (
    MAX_DEPTH,
    And,
    Arithmetic,
    Call,
    Compare,
    Expr,
    Float,
    In,
    Int,
    Not,
    Or,
    Pair,
    Unary,
)

_OPEN, _OR, _AND, _NOT, _COMPARE, _IN, _SIGN = 0, 1, 2, 3, 4, 5, 8
_BINDING = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "overlaps"), _COMPARE),
    **dict.fromkeys(("+", "-"), 6),
    **dict.fromkeys(("*", "/", "%"), 7),
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What reading a query gave: ``expr``, or None and an ``error``."""

    expr: Expr | None
    error: ParseError | None


class _State(Enum):
    """What may come next."""

    VALUE = "a value"
    NAMED = "an operator, or the parenthesis of a call"
    OPERATOR = "an operator"
    MEMBERSHIP = "an operator that takes a truth value: what stands before is `x in (...)`"


class _Value(NamedTuple):
    """A finished part: its node, its place with parentheses, its depth, whether it stands in parentheses."""

    node: Expr
    start: int
    end: int
    depth: int
    wrapped: bool


class _Waiting(NamedTuple):
    """An operator or a parenthesis that waits for what stands on its right."""

    binding: int
    word: str
    start: int
    height: int


def parse(text: str) -> Parsed:
    """Read a query.

    An empty text is the query that takes everything (`And` of nothing), as for a Butler. Names and types are
    not looked at: that is ``check.check``.
    """
    try:
        return Parsed(_Reader(text).read(), None)
    except UnreadableError as error:
        return Parsed(None, error.error)


class _Reader:
    __slots__ = ("position", "text", "values", "waiting")

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.values: list[_Value] = []
        self.waiting: list[_Waiting] = []

    def read(self) -> Expr:
        state = _State.VALUE
        while True:
            kind, word, start = self._next()
            if kind == "end":
                return self._finish(state, start)
            if state is _State.VALUE:
                state = self._value(kind, word, start)
            else:
                state = self._operator(kind, word, start, state)

    def _next(self) -> tuple[str, str, int]:
        found = TOKEN.match(self.text, self.position)
        if found is None:
            raise stray(self.text, self.position)
        kind = found.lastgroup or "end"
        start, self.position = found.span(kind)
        word = found[kind]
        if kind == "name":
            keyword = KEYWORDS.get(word.upper())
            return ("name", word, start) if keyword is None else ("op", keyword, start)
        return kind, word, start

    def _finish(self, state: _State, start: int) -> Expr:
        if state is _State.VALUE:
            if self.values or self.waiting:
                raise no_operand("", start, self.text)
            return And(0, 0, ())
        self._reduce(_OR)
        if self.waiting:
            raise UnreadableError(
                self.waiting[-1].start, "this parenthesis is never closed", "add ) where it ends"
            )
        return self.values[0].node

    def _value(self, kind: str, word: str, start: int) -> _State:
        if kind != "op":
            node = literal(kind, word, start, self.position)
            self.values.append(_Value(node, start, self.position, 1, False))
            return _State.NAMED if kind == "name" and "." not in word else _State.OPERATOR
        top = self.waiting[-1] if self.waiting else None
        if word == "(":
            return self._open(_Waiting(_OPEN, "(", start, len(self.values)))
        if word in ("+", "-"):
            return self._open(_Waiting(_SIGN, word, start, len(self.values)))
        if word == "not" and (top is None or top.binding <= _NOT):
            return self._open(_Waiting(_NOT, word, start, len(self.values)))
        if top is not None and top.word == "call" and top.height == len(self.values):
            if word == ")":
                return self._close(start)
            if word == ",":  # the real grammar lets a list of arguments start with a comma
                self.waiting[-1] = top._replace(word="call,")
                return _State.VALUE
        raise no_operand(word, start, self.text)

    def _open(self, waiting: _Waiting) -> _State:
        self.waiting.append(waiting)
        return _State.VALUE

    def _operator(self, kind: str, word: str, start: int, state: _State) -> _State:
        if kind != "op":
            raise no_operator(kind, word, start, self.text)
        if word == ")":
            return self._close(start)
        if word == ",":
            return self._comma(start)
        if word == "(" and state is _State.NAMED:
            return self._open(_Waiting(_OPEN, "call", self.values[-1].start, len(self.values)))
        if word in ("in", "not") and state is not _State.MEMBERSHIP:
            return self._membership(word, start)
        binding = _BINDING.get(word)
        if binding is None or (state is _State.MEMBERSHIP and binding > _COMPARE):
            raise no_operator(kind, word, start, self.text)
        # `and` and `or` wait for the end of their run, so that a run becomes one node
        self._reduce(binding if binding > _AND else binding + 1)
        return self._open(_Waiting(binding, word, start, len(self.values)))

    def _membership(self, word: str, start: int) -> _State:
        negated = word == "not"
        if negated and self._next()[:2] != ("op", "in"):
            raise no_operator("op", "not", start, self.text)
        self._reduce(_IN)
        left = self.values.pop()
        items, self.position = read_list(self.text, self.position)
        node = In(left.start, self.position, left.node, items, negated)
        self._push(node, left.start, self.position, left.depth)
        return _State.MEMBERSHIP

    def _comma(self, start: int) -> _State:
        self._reduce(_OR)
        top = self.waiting[-1] if self.waiting else None
        if top is None or (top.word == "(" and len(self.values) - top.height != 1):
            raise no_operator("op", ",", start, self.text)
        return _State.VALUE

    def _close(self, start: int) -> _State:
        self._reduce(_OR)
        if not self.waiting:
            raise UnreadableError(start, "this parenthesis closes nothing", "remove it, or open one before")
        top = self.waiting.pop()
        items = self.values[top.height :]
        del self.values[top.height :]
        depth = max((item.depth for item in items), default=0)
        nodes = tuple(item.node for item in items)
        end = self.position
        if top.word != "(":
            name = self.text[top.start : self.values.pop().end].upper()
            wrapped = tuple(item.wrapped for item in items)
            self._push(Call(top.start, end, name, nodes, wrapped), top.start, end, depth)
        elif len(nodes) == 2:
            self._push(Pair(top.start, end, nodes[0], nodes[1]), top.start, end, depth)
        else:
            self._push(nodes[0], top.start, end, depth, wrapped=True)
        return _State.OPERATOR

    def _push(self, node: Expr, start: int, end: int, below: int, *, wrapped: bool = False) -> None:
        if below >= MAX_DEPTH:
            raise UnreadableError(
                start, f"the query is nested more than {MAX_DEPTH} levels deep", "write it flatter"
            )
        self.values.append(_Value(node, start, end, below + 1, wrapped))

    def _reduce(self, binding: int) -> None:
        """Finish every waiting operator that binds at least so tightly."""
        while self.waiting and self.waiting[-1].binding >= binding:
            operator = self.waiting.pop()
            if operator.binding in (_OR, _AND):
                self._join(operator)
            elif operator.binding in (_NOT, _SIGN):
                self._prefix(operator)
            else:
                right, left = self.values.pop(), self.values.pop()
                make = Compare if operator.binding == _COMPARE else Arithmetic
                node = make(left.start, right.end, operator.word, left.node, right.node)
                self._push(node, left.start, right.end, max(left.depth, right.depth))

    def _join(self, operator: _Waiting) -> None:
        count = 2
        while self.waiting and self.waiting[-1].binding == operator.binding:
            self.waiting.pop()
            count += 1
        parts = self.values[-count:]
        del self.values[-count:]
        start, end = parts[0].start, parts[-1].end
        make = And if operator.binding == _AND else Or
        node = make(start, end, tuple(part.node for part in parts))
        self._push(node, start, end, max(part.depth for part in parts))

    def _prefix(self, operator: _Waiting) -> None:
        item = self.values.pop()
        node: Expr
        if operator.binding == _NOT:
            node = Not(operator.start, item.end, item.node)
        elif isinstance(item.node, Int):
            value = -item.node.value if operator.word == "-" else item.node.value
            node = Int(operator.start, item.end, value)
        elif isinstance(item.node, Float):
            number = -item.node.value if operator.word == "-" else item.node.value
            node = Float(operator.start, item.end, number)
        else:
            node = Unary(operator.start, item.end, operator.word, item.node)
        self._push(node, operator.start, item.end, item.depth)
