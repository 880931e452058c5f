"""The tree that layers give for a group: each value with where it came from and what it hid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from cmcompile.model.source import Plain, Span


@dataclass(frozen=True, slots=True)
class Origin:
    """Who set a value.

    Attributes
    ----------
    layer
        A name a person knows: ``built-in``, ``campaign``, ``library nightly.yaml``, ``site usdf``,
        ``step step1``, ``step1 override 2``, ``rescue halves``.
    span
        Where it was written; None for a built-in value.
    """

    layer: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value, and the values of lower layers that it hid, newest first."""

    value: Plain
    origin: Origin
    hid: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list; appended items keep the layer that appended them."""

    items: tuple[Tree, ...]
    origin: Origin
    hid: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping in emit order; ``Gone`` entries are not emitted."""

    entries: dict[str, Tree] = field(default_factory=dict)
    origin: Origin = Origin("built-in", None)
    hid: tuple[Tree, ...] = ()

    def get(self, *path: str) -> Tree | None:
        """Return what stands at a path of keys, or None when nothing does."""
        node: Tree | None = self
        for key in path:
            node = node.entries.get(key) if isinstance(node, Branch) else None
        return None if isinstance(node, Gone) else node


@dataclass(frozen=True, slots=True)
class Gone:
    """A key that a layer deleted with ``null``, kept so that it can be explained."""

    origin: Origin
    hid: tuple[Tree, ...] = ()


Tree: TypeAlias = Leaf | Items | Branch | Gone


def tree_plain(tree: Tree) -> object:
    """Return the tree as dicts, lists and plain values, deleted keys left out."""
    if isinstance(tree, Leaf):
        return tree.value
    if isinstance(tree, Items):
        return [tree_plain(item) for item in tree.items]
    if isinstance(tree, Branch):
        return {k: tree_plain(v) for k, v in tree.entries.items() if not isinstance(v, Gone)}
    return None
