"""Layers over layers: mappings merge deep, lists replace, ``null`` deletes, ``key+`` appends."""

from __future__ import annotations

from cmcompile.model import codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Origin, Tree
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, Span


def merge(base: Branch, layer: str, node: Node | None, findings: Findings) -> Branch:
    """Lay the mapping of one layer over what the lower layers gave.

    Parameters
    ----------
    base
        The result so far; it is not changed.
    layer
        The name of the layer, kept in every value it sets.
    node
        The mapping of the layer; None and a null change nothing.
    findings
        Takes what can't be appended to.
    """
    if not isinstance(node, Mapping):
        return base
    return _merge_mapping(base, layer, node, findings)


def _merge_mapping(base: Branch, layer: str, node: Mapping, findings: Findings) -> Branch:
    entries = dict(base.entries)
    for entry in node:
        key = _appended(entry.key)
        if key is None:
            entries[entry.key] = _set(entries.get(entry.key), layer, entry.value, entry.key_span, findings)
        elif key in node:
            continue  # what one mapping sets and appends to is set first, in whatever order it is written
        more = entry if key is not None else node.entries.get(entry.key + "+")
        if more is not None:
            name = more.key[:-1]
            entries[name] = _append(name, entries.get(name), layer, more.value, more.key_span, findings)
    return Branch(entries, base.origin, base.hid)


def _appended(key: str) -> str | None:
    """Return the key that ``key+`` appends to; None for any other key."""
    return key[:-1] if key.endswith("+") and len(key) > 1 else None


def _set(old: Tree | None, layer: str, node: Node, span: Span, findings: Findings) -> Tree:
    hid = () if old is None else (old,)
    if isinstance(node, Scalar):
        origin = Origin(layer, node.span)
        return Gone(origin, hid) if node.value is None else Leaf(node.value, origin, hid)
    if isinstance(node, Sequence):
        return Items(_items(node, layer, findings), Origin(layer, node.span), hid)
    if isinstance(old, Branch):
        return _merge_mapping(old, layer, node, findings)
    return _merge_mapping(Branch({}, Origin(layer, span), hid), layer, node, findings)


def _items(node: Sequence, layer: str, findings: Findings) -> tuple[Tree, ...]:
    return tuple(
        Leaf(item.value, Origin(layer, item.span))
        if isinstance(item, Scalar)
        else _set(None, layer, item, item.span, findings)
        for item in node
    )


def _append(key: str, old: Tree | None, layer: str, node: Node, span: Span, findings: Findings) -> Tree:
    there = None if isinstance(old, Gone) else old
    added: Tree | None = None
    if not (isinstance(node, Scalar) and node.value is None):
        fresh = there is None
        added = (
            _set(old, layer, node, span, findings) if fresh else _added(there, layer, node, span, findings)
        )
    if added is not None:
        return added
    findings.add(
        codes.names.CANNOT_APPEND,
        span,
        f"`{key}+` can't append {_kind(node)} to {'nothing' if there is None else _tree_kind(there)}",
        f"append a list or an item to a list, or text to text; or write `{key}` to replace it",
    )
    return Gone(Origin(layer, span)) if old is None else old


def _added(old: Tree | None, layer: str, node: Node, span: Span, findings: Findings) -> Tree | None:
    origin = Origin(layer, node.span)
    if isinstance(old, Items):
        new = (
            _items(node, layer, findings)
            if isinstance(node, Sequence)
            else (_set(None, layer, node, span, findings),)
        )
        return Items(old.items + new, old.origin, (*old.hid, old))
    if isinstance(old, Leaf) and isinstance(node, Sequence):
        return Items((old, *_items(node, layer, findings)), origin, (old,))
    if not (isinstance(old, Leaf) and isinstance(node, Scalar)):
        return None
    if not (isinstance(old.value, str) and isinstance(node.value, str)):
        return None
    return Leaf(f"{old.value} {node.value}".strip(), origin, (old,))


def _kind(node: Node) -> str:
    if isinstance(node, Scalar):
        return _value_kind(node.value)
    return "a list" if isinstance(node, Sequence) else "a mapping"


def _value_kind(value: object) -> str:
    return "null" if value is None else "text" if isinstance(value, str) else f"the value {value!r}"


def _tree_kind(tree: Tree) -> str:
    if isinstance(tree, Leaf):
        return _value_kind(tree.value)
    return "a list" if isinstance(tree, Items) else "a mapping"
