"""What an alias stands for, counted: a few lines of aliases can stand for billions of values."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.source import Mapping, Node, Scalar, Span
from cmcompile.spec.yaml.source import Document


@dataclass(frozen=True, slots=True)
class Size:
    """Nodes, characters of text, and levels that a node has, aliases multiplied out."""

    nodes: int
    text: int
    depth: int


def measure(root: Node, most: int) -> Size:
    """Return the size of a node; counting ends soon after ``most`` nodes, so a bomb costs no time."""
    nodes, text, depth = 1, 0, 0
    waiting: list[tuple[Node, int]] = [(root, 0)]
    while waiting and nodes <= most:
        node, level = waiting.pop()
        if isinstance(node, Scalar):
            text += len(node.value) if isinstance(node.value, str) else 8
            continue
        depth = max(depth, level + 1)
        if isinstance(node, Mapping):
            nodes += 2 * len(node.entries)
            text += sum(map(len, node.entries))
            children = [entry.value for entry in node]
        else:
            nodes += len(node.items)
            children = list(node.items)
        if nodes <= most:
            waiting.extend((child, level + 1) for child in children)
    return Size(nodes, text, depth)


class Expansion:
    """Counts what all aliases of a document stand for together."""

    def __init__(self) -> None:
        self._nodes = 0
        self._text = 0

    def add(self, document: Document, target: Node, span: Span) -> int:
        """Count one alias and return how many levels it has; stop the document when the sum is too large."""
        limits = document.limits
        size = measure(target, limits.expansion - self._nodes)
        self._nodes += size.nodes
        self._text += size.text
        if self._nodes > limits.expansion:
            message = f"the aliases together stand for more than {limits.expansion:,} values"
        elif self._text > limits.expansion_text:
            message = f"the aliases together stand for more than {limits.expansion_text:,} characters"
        else:
            return size.depth
        document.stop(span, message, "write the values once, in a list or a layer")
        return 0
