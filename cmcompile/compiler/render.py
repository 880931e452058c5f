"""Filling in texts: each ``${{ }}`` is replaced by what it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from cmcompile.compiler.expression import Expression, evaluate, is_template, parse
from cmcompile.compiler.plain import MAX_TEXT, ExpressionError, in_text, pad
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree


def render(text: object, look_up: Callable[[str], object]) -> object:
    """Fill in a value; a text that is one expression keeps the type of its value.

    Raises
    ------
    ExpressionError
        When an expression can't be read or a name has no value.
    """
    if not isinstance(text, str) or "${{" not in text:
        return text
    pieces = parse(text)
    if len(pieces) == 1 and isinstance(pieces[0], Expression):
        return _evaluate(pieces[0], look_up)
    out = "".join([p if isinstance(p, str) else _filled(p, look_up) for p in pieces])
    if len(out) > MAX_TEXT:
        raise ExpressionError(f"the text grows beyond {MAX_TEXT} characters")
    return out


def _filled(expression: Expression, look_up: Callable[[str], object]) -> str:
    value = look_up(expression.text) if expression.is_name else _evaluate(expression, look_up)
    return value if isinstance(value, str) else _as_text(expression.text, value)


def render_text(text: object, look_up: Callable[[str], object]) -> str:
    """Fill in a value that must be text, or a number to be written as text.

    Raises
    ------
    ExpressionError
        As `render`, and when it gives a list, a mapping or null.
    """
    value = render(text, look_up)
    return value if isinstance(value, str) else _as_text(str(text), value)


@lru_cache(maxsize=4096)
def names_in(text: object) -> frozenset[str]:
    """Return the dotted names that a text reads; none where it can't be read."""
    if not is_template(text):
        return frozenset()
    try:
        pieces = parse(str(text))
    except ExpressionError:
        return frozenset()
    return frozenset().union(*(p.names for p in pieces if isinstance(p, Expression)))


def _evaluate(expression: Expression, look_up: Callable[[str], object]) -> object:
    if expression.is_name:
        return look_up(expression.text)
    if expression.padded:
        name = next(iter(expression.names))
        value = look_up(name)
        # A name of a job that is shown to people stands for itself.
        is_shown = isinstance(value, str) and value == f"${{{{ {name} }}}}"
        return f"${{{{ {expression.text} }}}}" if is_shown else pad(value, expression.padded)
    return evaluate(expression, {name: look_up(name) for name in sorted(expression.names)})


def _as_text(written: str, value: object) -> str:
    try:
        return in_text(value)
    except ExpressionError as error:
        shown = written.removeprefix("${{").removesuffix("}}").strip()
        raise ExpressionError(f"`${{{{ {shown} }}}}`: {error}") from None


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Yield every value below a tree."""
    if isinstance(tree, Leaf):
        yield tree
    elif isinstance(tree, Items):
        for item in tree.items:
            yield from leaves(item)
    elif isinstance(tree, Branch):
        for item in tree.entries.values():
            yield from leaves(item)


def render_tree(tree: Tree, look_up: Callable[[str], object]) -> object:
    """Fill in every text of a tree, as plain lists and dicts.

    Raises
    ------
    ExpressionError
        As `render`; its span is that of the text to blame.
    """
    if isinstance(tree, Leaf):
        try:
            return render(tree.value, look_up)
        except ExpressionError as error:
            error.span = error.span or tree.origin.span
            raise
    if isinstance(tree, Items):
        return [render_tree(item, look_up) for item in tree.items]
    if isinstance(tree, Branch):
        return {k: render_tree(v, look_up) for k, v in tree.entries.items() if not isinstance(v, Gone)}
    return None
