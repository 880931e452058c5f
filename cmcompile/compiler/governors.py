"""Which instrument and skymap a step takes its data from, as far as its predicates say it outright."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.tree import And, Compare, Expr, Identifier, String
from cmcompile.model.campaign import Spec, Step
from cmcompile.model.source import Mapping, Node, Scalar, Sequence


def governor(spec: Spec, step: Step, name: str) -> str:
    """Return the value that a step's ``where`` sets a governor to; empty where no clause says it outright.

    Parameters
    ----------
    name
        ``instrument`` or ``skymap``.
    """
    for layer in (*reversed(step.layers), *reversed(spec.layers)):
        for text in _texts(layer.get("where")):
            found = _compared(text, name)
            if found:
                return found
    return ""


def _compared(text: str, name: str) -> str:
    expr = parse(text).expr
    for item in _joined(expr):
        match item:
            case Compare(op="=", left=Identifier(name=left), right=String(value=value)) if left == name:
                return value
            case Compare(op="=", left=String(value=value), right=Identifier(name=right)) if right == name:
                return value
            case _:
                continue
    return ""


def _joined(expr: Expr | None) -> Iterator[Expr]:
    if isinstance(expr, And):
        for item in expr.items:
            yield from _joined(item)
    elif expr is not None:
        yield expr


def _texts(node: Node | None) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield str(node.value) if node.value is not None else ""
    for item in node.items if isinstance(node, Sequence) else ():
        yield from _texts(item)
    for entry in node if isinstance(node, Mapping) else ():
        yield from _texts(entry.value)
