"""The values that a data query is read into.

Each node knows where its text stands: ``text[node.offset:node.end]``. Parentheses are not kept: they only
widen the place of what stands around them. No tree is deeper than `MAX_DEPTH`, so recursion over it is safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

MAX_DEPTH = 200
"""Levels of a tree, parentheses included; the real parser gives up at about 400."""


@dataclass(frozen=True, slots=True)
class And:
    """All of the items; with no items, true (an empty query)."""

    offset: int
    end: int
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the items."""

    offset: int
    end: int
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of the item."""

    offset: int
    end: int
    item: Expr


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison; ``op`` is one of ``= != < <= > >= overlaps``."""

    offset: int
    end: int
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class In:
    """Membership; items are literals, ranges, names, or ``UUID(...)``."""

    offset: int
    end: int
    left: Expr
    items: tuple[Expr, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A calculation; ``op`` is one of ``+ - * / %``."""

    offset: int
    end: int
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign before something that is not a number literal; ``op`` is ``+`` or ``-``."""

    offset: int
    end: int
    op: str
    item: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; ``name`` is in upper case.

    Attributes
    ----------
    wrapped
        Which arguments stand in parentheses of their own: some functions refuse those.
    """

    offset: int
    end: int
    name: str
    items: tuple[Expr, ...]
    wrapped: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """``(begin, end)``: a timespan."""

    offset: int
    end: int
    first: Expr
    last: Expr


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name with up to two dots; its case counts."""

    offset: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Bind:
    """``:name``, a value that a program would pass beside the text; BPS can't."""

    offset: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Null:
    """``null``."""

    offset: int
    end: int


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number, its sign included."""

    offset: int
    end: int
    value: int


@dataclass(frozen=True, slots=True)
class Float:
    """A number with a point or an exponent, its sign included."""

    offset: int
    end: int
    value: float


@dataclass(frozen=True, slots=True)
class String:
    """A text, without its quotes."""

    offset: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Time:
    """``T'...'``: the text between the quotes."""

    offset: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """``lo..hi:step``, both ends included; ``step`` is 1 where none is written."""

    offset: int
    end: int
    lo: int
    hi: int
    step: int


Literal: TypeAlias = Int | Float | String | Time | Range | Null
Expr: TypeAlias = (
    And | Or | Not | Compare | In | Arithmetic | Unary | Call | Pair | Identifier | Bind | Literal
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the nodes directly below a node, in the order of the text."""
    match expr:
        case And() | Or() | Call():
            return expr.items
        case In():
            return (expr.left, *expr.items)
        case Not() | Unary():
            return (expr.item,)
        case Compare() | Arithmetic():
            return (expr.left, expr.right)
        case Pair():
            return (expr.first, expr.last)
        case _:
            return ()


def identifiers(expr: Expr) -> tuple[Identifier, ...]:
    """Return every name in an expression, in the order of the text."""
    found: list[Identifier] = []
    waiting: list[Expr] = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Identifier):
            found.append(node)
        elif isinstance(node, In):  # a list holds thousands of numbers, and hardly ever a name
            waiting.extend(item for item in reversed(node.items) if isinstance(item, Identifier))
            waiting.append(node.left)
        else:
            waiting.extend(reversed(children(node)))
    return tuple(found)
