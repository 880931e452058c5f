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
        if entry.key.endswith("+") and len(entry.key) > 1:
            key = entry.key[:-1]
            old = entries.get(key)
            entries[key] = _append(key, old, layer, entry.value, entry.key_span, findings)
            continue
        old = entries.get(entry.key)
        entries[entry.key] = _set(old, layer, entry.value, entry.key_span, findings)
    return Branch(entries, base.origin, base.hid)


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
    if old is None or isinstance(old, Gone):
        return _set(old, layer, node, span, findings)
    origin = Origin(layer, node.span)
    if isinstance(old, Items):
        new = (
            _items(node, layer, findings)
            if isinstance(node, Sequence)
            else (_set(None, layer, node, span, findings),)
        )
        return Items(old.items + new, old.origin, (*old.hid, old))
    if isinstance(old, Leaf) and isinstance(node, Scalar) and isinstance(node.value, str):
        return Leaf(f"{'' if old.value is None else old.value} {node.value}".strip(), origin, (old,))
    if isinstance(old, Leaf) and isinstance(node, Sequence):
        return Items((old, *_items(node, layer, findings)), origin, (old,))
    findings.add(
        codes.names.CANNOT_APPEND,
        span,
        f"`{key}+` can't append {_kind(node)} to {_tree_kind(old)}",
        f"append a list or an item to a list, or text to text; or write `{key}` to replace it",
    )
    return old


def _kind(node: Node) -> str:
    return {Scalar: "a value", Sequence: "a list", Mapping: "a mapping"}[type(node)]


def _tree_kind(tree: Tree) -> str:
    return {Leaf: "a value", Items: "a list", Branch: "a mapping"}[type(tree)]
