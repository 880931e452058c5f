"""``${{ x }}``: sandboxed Jinja2 expressions, no statements, no calls, a few filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

_OPEN = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_SIMPLE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_FILTERS = ("join", "lower", "replace")
#: Longer results than this are taken for a mistake.
MAX_TEXT = 1_000_000


class ExpressionError(Exception):
    """An expression can't be read, or fails for the values it is given."""


def _unused(_: Mapping[str, Any]) -> Any:
    raise ExpressionError("a plain name is looked up")


@dataclass(frozen=True, slots=True)
class Expression:
    """One ``${{ }}``.

    Attributes
    ----------
    text
        As written, without the braces.
    names
        Dotted names that it reads: ``group.id``, ``release``.
    path
        The parts of the name where the expression is only a name: the quick way.
    """

    text: str
    names: frozenset[str]
    path: tuple[str, ...] | None
    run: Callable[[Mapping[str, Any]], Any] = _unused


Template: TypeAlias = tuple["str | Expression", ...]


def is_template(text: object) -> bool:
    """Tell whether a value holds ``${{``."""
    return isinstance(text, str) and "${{" in text


@lru_cache(maxsize=4096)
def parse(text: str) -> Template:
    """Split a text into literal pieces and expressions.

    Raises
    ------
    ExpressionError
        When a ``${{`` is not closed, or what is inside can't be read or is not allowed.
    """
    pieces: list[str | Expression] = []
    at = 0
    for found in _OPEN.finditer(text):
        if found.start() > at:
            pieces.append(text[at : found.start()])
        pieces.append(_expression(found[1].strip()))
        at = found.end()
    rest = text[at:]
    if "${{" in rest:
        raise ExpressionError("`${{` without `}}`")
    if rest:
        pieces.append(rest)
    return tuple(pieces)


def _expression(text: str) -> Expression:
    if not text:
        raise ExpressionError("`${{ }}` is empty")
    if _SIMPLE.match(text) and text not in ("true", "false", "none", "True", "False", "None"):
        return Expression(text, frozenset({text}), tuple(text.split(".")))
    return _jinja_expression(text)


def _jinja_expression(text: str) -> Expression:
    # Imported here: most specs use only plain names, and need no Jinja2 at all.
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {}
    try:
        tree = environment.parse("{{" + text + "}}")
        _refuse_what_is_not_allowed(tree, text)
        compiled = environment.compile_expression(text, undefined_to_none=False)
    except TemplateError as error:
        raise ExpressionError(f"`${{{{ {text} }}}}` can't be read: {error}") from None
    return Expression(text, frozenset(_names(tree)), None, lambda names: compiled(**names))


def _refuse_what_is_not_allowed(tree: Any, text: str) -> None:
    from jinja2 import nodes

    allowed = (
        nodes.Template, nodes.Output, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const,
        nodes.TemplateData, nodes.Concat, nodes.Filter, nodes.CondExpr, nodes.Compare, nodes.Operand,
        nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Neg, nodes.List, nodes.Tuple,
        nodes.Keyword, nodes.Slice,
    )  # fmt: skip
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, allowed):
            kind = type(node).__name__.lower()
            raise ExpressionError(f"`{kind}` is not allowed in `${{{{ {text} }}}}`")
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise ExpressionError(f"no filter is named `{node.name}`; there are {', '.join(_FILTERS)}")


def _names(tree: Any) -> set[str]:
    """Return the dotted names an expression reads: the longest attribute chain from each name."""
    from jinja2 import nodes

    def chain(node: nodes.Node) -> str | None:
        if isinstance(node, nodes.Name):
            return node.name
        if isinstance(node, nodes.Getattr):
            base = chain(node.node)
            return None if base is None else f"{base}.{node.attr}"
        return None

    inner = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    found = (chain(n) for n in tree.find_all((nodes.Name, nodes.Getattr)) if id(n) not in inner)
    return {name for name in found if name is not None}
