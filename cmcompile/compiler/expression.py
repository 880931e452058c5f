"""``${{ x }}``: sandboxed Jinja2 expressions, no statements, no calls, a few filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, TypeAlias

from cmcompile.compiler.plain import FILTERS, MAX_PAD, ExpressionError, plain_value, refuse_size, size_of

__all__ = ["Expression", "ExpressionError", "evaluate", "is_template", "parse"]

_OPEN = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
#: A dotted name; the name of a step may have a ``-`` in it.
_SIMPLE = re.compile(r"(?:steps\.[A-Za-z][\w-]*\.(?:output|collect)|[^\W\d]\w*(?:\.[^\W\d]\w*)*)\Z")
#: A name with zeros before it: so are the names of files written, one for each of many jobs.
_PADDED = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*\|\s*pad\(([1-9][0-9]?)\)\Z")
#: Longer expressions than this are taken for a mistake; real ones have some twenty characters.
MAX_EXPRESSION = 400
#: An expression may read so many times the largest text.
_SHARE = 16


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
    uses
        How often it reads a name.
    is_name
        Whether it is only a name: the quick way.
    padded
        How long the value of its one name is to be, where it is only that; 0 for any other.
    """

    text: str
    names: frozenset[str]
    uses: int
    is_name: bool
    run: Callable[[Mapping[str, Any]], Any] = _unused
    padded: int = 0


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
    if "${{" in text:
        raise ExpressionError("`${{` without `}}` before the next `${{`")
    if len(text) > MAX_EXPRESSION:
        raise ExpressionError(f"`${{{{ {text[:40]} …` has {len(text)} characters; at most {MAX_EXPRESSION}")
    if _SIMPLE.match(text) and text not in ("true", "false", "none", "True", "False", "None"):
        return Expression(text, frozenset({text}), 1, True)
    padded = _PADDED.match(text)
    if padded is not None and int(padded[2]) <= MAX_PAD:
        return Expression(text, frozenset({padded[1]}), 1, False, padded=int(padded[2]))
    return _jinja_expression(text)


def _jinja_expression(text: str) -> Expression:
    # Imported here: most specs use only plain names, and need no Jinja2 at all.
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = dict(FILTERS)
    environment.tests = {}
    try:
        tree = environment.parse("{{" + text + "}}")
        _refuse_what_is_not_allowed(tree, text)
        compiled = environment.compile_expression(text, undefined_to_none=False)
    except ExpressionError:
        raise
    except Exception as error:  # brackets in brackets end in other errors than Jinja2's own
        why = str(error) if type(error).__module__.startswith("jinja2") else "it is too deep"
        raise ExpressionError(f"`${{{{ {text} }}}}` can't be read: {why}") from None
    names = _names(tree)
    return Expression(text, frozenset(names), len(names), False, lambda values: compiled(**values))


def _refuse_what_is_not_allowed(tree: Any, text: str) -> None:
    from jinja2 import nodes

    allowed = (
        nodes.Template, nodes.Output, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const,
        nodes.TemplateData, nodes.Concat, nodes.Filter, nodes.CondExpr, nodes.Compare, nodes.Operand,
        nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Neg, nodes.List, nodes.Tuple,
        nodes.Slice,
    )  # fmt: skip
    if len(tree.body) != 1 or len(getattr(tree.body[0], "nodes", ())) != 1:
        raise ExpressionError(f"`${{{{ {text} }}}}` is more than one expression")
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, allowed):
            kind = type(node).__name__.lower()
            raise ExpressionError(f"`{kind}` is not allowed in `${{{{ {text} }}}}`")
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise ExpressionError(f"no filter is named `{node.name}`; there are {', '.join(FILTERS)}")


def _names(tree: Any) -> list[str]:
    """Return the dotted names an expression reads: the longest chain of keys from each name."""
    from jinja2 import nodes

    def chain(node: Any) -> str | None:
        if isinstance(node, nodes.Name):
            return str(node.name)
        key: object = None
        if isinstance(node, nodes.Getattr):
            key = node.attr
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            key = node.arg.value
        base = chain(node.node) if isinstance(key, str) else None
        return None if base is None else f"{base}.{key}"

    chains = {id(n): chain(n) for n in tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem))}
    inner = {id(n.node) for n in tree.find_all((nodes.Getattr, nodes.Getitem)) if chains[id(n)] is not None}
    return [name for key, name in chains.items() if name is not None and key not in inner]


def evaluate(expression: Expression, values: Mapping[str, object]) -> object:
    """Work out an expression that is more than a name.

    Parameters
    ----------
    values
        What each of its names stands for.

    Raises
    ------
    ExpressionError
        When it fails, or gives something that is no value.
    """
    # What `~` and `+` can give is at most what they are given, once per use.
    largest = max((size_of(v) for v in values.values()), default=0)
    refuse_size(largest * expression.uses // _SHARE)
    try:
        result = plain_value(expression.run(_space(values)))
    except ExpressionError as error:
        raise ExpressionError(f"`${{{{ {expression.text} }}}}`: {error}") from None
    except Exception as error:  # whatever Jinja2 or the values raise is the author's to mend
        raise ExpressionError(f"`${{{{ {expression.text} }}}}` fails: {error}") from None
    size_of(result)
    return result


def _space(values: Mapping[str, object]) -> dict[str, Any]:
    """Return namespaces inside each other for dotted names; of a dict, Jinja2 would take methods too."""
    space = SimpleNamespace()
    for name in sorted(values):
        *heads, last = name.split(".")
        if any(".".join(heads[:n]) in values for n in range(1, len(heads) + 1)):
            continue  # found in the mapping that the shorter name stands for
        inner = space
        for head in heads:
            inner = vars(inner).setdefault(head, SimpleNamespace())
        vars(inner)[last] = values[name]
    return vars(space)
