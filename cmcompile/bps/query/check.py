"""What is wrong with a query, as values: what a Butler would reject, and what the way to it would break."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from cmcompile.bps.query.dimensions import dimension
from cmcompile.bps.query.growth import LIMIT, parts
from cmcompile.bps.query.kinds import Kinds, Problem, ProblemKind, columns
from cmcompile.bps.query.names import Column
from cmcompile.bps.query.parser import Parsed, parse
from cmcompile.bps.query.tree import Call, Compare, Expr, Identifier, In, Null, Range, children, identifiers
from cmcompile.model.codes import query as codes
from cmcompile.model.diagnostic import Code

CODES: Mapping[ProblemKind, Code] = MappingProxyType(
    {
        ProblemKind.SYNTAX: codes.QUERY_INVALID,
        ProblemKind.NAME: codes.QUERY_INVALID,
        ProblemKind.TYPE: codes.QUERY_INVALID,
        ProblemKind.SIZE: codes.QUERY_INVALID,
        ProblemKind.GOVERNOR: codes.QUERY_UNCONSTRAINED,
        ProblemKind.QUOTE: codes.QUERY_QUOTE,
    }
)
"""The code under which each sort of problem is reported."""


def check(text: str, dimensions: Collection[str] | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with a query, in the order of the text.

    Parameters
    ----------
    text
        The query as BPS passes it on.
    dimensions
        The dimensions of the query, where they are known: they decide what ``exposure_time`` alone means.
        None accepts a field that any dimension has.
    """
    return check_parsed(parse(text), text, dimensions)


def check_parsed(parsed: Parsed, text: str, dimensions: Collection[str] | None = None) -> tuple[Problem, ...]:
    """Do as `check` with a query that has been read already."""
    error, expr = parsed.error, parsed.expr
    if error is not None:
        return (Problem(error.offset, ProblemKind.SYNTAX, error.message, error.hint),)
    if expr is None:
        return ()
    kinds = Kinds(text, dimensions)
    kinds.whole(expr)
    problems = [*kinds.problems, *_growth(expr), *_governors(expr, dimensions), *_quotes(text)]
    return tuple(sorted(problems, key=lambda p: p.offset))


def _growth(expr: Expr) -> list[Problem]:
    if parts(expr) <= LIMIT:
        return []
    message = f"the Butler would turn this query into more than {LIMIT:,} conditions and run out of memory"
    hint = "an `or` of several `and` is multiplied out: split the group, or use in with lists"
    return [Problem(expr.offset, ProblemKind.SIZE, message, hint)]


def _quotes(text: str) -> list[Problem]:
    """BPS puts the query between double quotes on the command line of ``pipetask qgraph -d``."""
    offset = text.find('"')
    if offset < 0:
        return []
    message = 'a double quote inside the query ends it early: BPS passes it on as -d "..."'
    return [Problem(offset, ProblemKind.QUOTE, message, "match it by glob with ?, or leave it out")]


def _governors(expr: Expr, dimensions: Collection[str] | None) -> list[Problem]:
    """Report dimensions whose ids mean nothing because instrument or skymap is never compared."""
    needed: dict[str, Identifier] = {}
    for identifier in identifiers(expr):
        for governor in _needs(columns(identifier, dimensions)):
            needed.setdefault(governor, identifier)
    named = _compared(expr, dimensions) if needed else frozenset()
    return [
        Problem(
            identifier.offset,
            ProblemKind.GOVERNOR,
            f"{identifier.name} is named, but no {governor}: its ids mean something only for one {governor}",
            f"add {governor} = '...' to the query",
        )
        for governor, identifier in needed.items()
        if governor not in named
    ]


def _needs(found: tuple[Column, ...]) -> frozenset[str]:
    """Return the governors that a name needs in whatever it may mean."""
    each = [_governor(column) for column in found]
    return frozenset.intersection(*each) if each else frozenset()


def _governor(column: Column) -> frozenset[str]:
    element = dimension(column.element)
    if element is None or not element.governor:
        return frozenset()
    if column.field:
        return frozenset({element.governor} if column.field in element.alternates else ())
    return frozenset({element.governor} - {element.name})


def _compared(expr: Expr, dimensions: Collection[str] | None) -> frozenset[str]:
    """Return the governors that some comparison names, anywhere: a Butler asks for no more than that."""
    found: set[str] = set()
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        waiting.extend(children(node))
        for identifier in _compared_names(node):
            found.update(_names(column) for column in columns(identifier, dimensions))
    return frozenset(found - {""})


def _names(column: Column) -> str:
    """Return the governor that a column is a key of, or an empty text."""
    element = dimension(column.element)
    if element is None or element.governor != element.name:
        return ""
    return element.name if not column.field or column.field in element.alternates else ""


def _compared_names(node: Expr) -> tuple[Identifier, ...]:
    match node:
        case Compare() if not any(isinstance(side, Null) for side in (node.left, node.right)):
            return (*identifiers(node.left), *identifiers(node.right))
        case In() if any(not isinstance(item, Null | Range) for item in node.items):
            return identifiers(node)
        case Call(name="GLOB"):
            return identifiers(node)
        case _:
            return ()
