"""Who set a value, and what that hid or appended to, newest first."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.compiler.explain.scope import Scope
from cmcompile.compiler.expression import is_template
from cmcompile.model.explanation import How, Setting
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree
from cmcompile.model.source import Mapping, Node, Scalar, Span


def history(tree: Tree, section: str, path: tuple[str, ...], scope: Scope) -> tuple[Setting, ...]:
    """Return what the layers said of a value.

    Parameters
    ----------
    section, path
        Where it stands in a layer: ``bps`` or ``vars``, and the keys below.
    """
    return tuple(_chain(tree, section, path, scope))


def _chain(tree: Tree, section: str, path: tuple[str, ...], scope: Scope) -> Iterator[Setting]:
    extended = _extended(tree) if isinstance(tree, Items) else None
    if isinstance(tree, Items) and extended is not None:
        kept = len(extended.items) if isinstance(extended, Items) else 1
        new = tree.items[kept:]
        origin = new[0].origin
        yield _setting("appended", origin.layer, origin.span, [scope.plain(i) for i in new], "", scope)
        yield from _chain(extended, section, path, scope)
        return
    yield _own(tree, section, path, scope)
    for old in tree.hid:
        yield from _chain(old, section, path, scope)


def _extended(tree: Items) -> Items | Leaf | None:
    """Return the list or value that a list goes on from, where ``key+`` made it."""
    old = tree.hid[-1] if tree.hid else None
    if isinstance(old, Items) and 0 < len(old.items) < len(tree.items):
        return old if all(a is b for a, b in zip(old.items, tree.items, strict=False)) else None
    if isinstance(old, Leaf) and len(tree.items) > 1 and tree.items[0] is old:
        return old
    return None


def _own(tree: Tree, section: str, path: tuple[str, ...], scope: Scope) -> Setting:
    layer, span = tree.origin.layer, tree.origin.span
    if isinstance(tree, Gone):
        return _setting("deleted", layer, span, None, "", scope)
    if isinstance(tree, Items | Branch):
        return _setting("set", layer, span, scope.plain(tree), "", scope)
    piece = _appended_text(section, path, span, scope) if tree.hid else None
    text = tree.value if piece is None else piece
    value = scope.rendered(text)[0]
    written = str(text) if is_template(text) else ""
    return _setting("set" if piece is None else "appended", layer, span, value, written, scope)


def _setting(how: How, layer: str, span: Span | None, value: object, written: str, scope: Scope) -> Setting:
    return Setting(how, layer, span, value, written, scope.because(layer))


def _appended_text(section: str, path: tuple[str, ...], span: Span | None, scope: Scope) -> str | None:
    """Return what a layer wrote under ``key+`` at this place, or None when it wrote ``key``."""
    for layer in scope.layers:
        for node in _at(layer.get(section), path):
            if isinstance(node, Scalar) and node.span == span:
                return str(node.value)
    return None


def _at(node: Node | None, path: tuple[str, ...]) -> Iterator[Node]:
    """Yield what stands under ``key+`` at the end of a path."""
    if not isinstance(node, Mapping) or not path:
        return
    key, *rest = path
    if not rest:
        found = node.get(f"{key}+")
        if found is not None:
            yield found
        return
    for name in (key, f"{key}+"):
        yield from _at(node.get(name), tuple(rest))
