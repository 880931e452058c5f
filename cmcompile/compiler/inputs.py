"""``inputs`` as layers write them: collections, and tagged inputs that stand for their name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cmcompile.model.campaign import Layer
from cmcompile.model.resolved import Leaf, Origin
from cmcompile.model.source import Mapping, Node, Scalar, Sequence


@dataclass(frozen=True, slots=True)
class WrittenInput:
    """One entry of ``inputs``.

    Attributes
    ----------
    node
        The name of the collection, as written.
    layer
        What writes it.
    tagged
        The mapping, where it is a tagged input.
    """

    node: Scalar
    layer: Layer
    tagged: Mapping | None = None

    @property
    def leaf(self) -> Leaf:
        """The name of the collection, with where it was written."""
        return Leaf(self.node.value, Origin(self.layer.name, self.node.span))

    def texts(self, key: str) -> tuple[Leaf, ...]:
        """Return what a tagged input says for a key, a text or a list of texts."""
        node = None if self.tagged is None else self.tagged.get(key)
        origin = self.layer.name
        return tuple(
            Leaf(item.value, Origin(origin, item.span)) for item in _items(node) if isinstance(item, Scalar)
        )


def written_inputs(layers: Iterable[Layer]) -> tuple[WrittenInput, ...]:
    """Return the ``inputs`` of the highest layer that writes any; null takes those of lower ones away."""
    found: tuple[WrittenInput, ...] = ()
    for layer in layers:
        node = layer.get("inputs")
        if node is not None:
            every = (_written(item, layer) for item in _items(node))
            found = tuple(one for one in every if one is not None)
    return found


def writes_tagged(layer: Layer) -> bool:
    """Tell whether one of the inputs of a layer is tagged."""
    return any(isinstance(item, Mapping) for item in _items(layer.get("inputs")))


def _written(item: Node, layer: Layer) -> WrittenInput | None:
    node = item.get("tagged") if isinstance(item, Mapping) else item
    if not isinstance(node, Scalar) or node.value is None:
        return None
    return WrittenInput(node, layer, item if isinstance(item, Mapping) else None)


def _items(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return tuple(node.items) if isinstance(node, Sequence) else (node,)
