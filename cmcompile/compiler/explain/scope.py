"""Where a text is filled in: the vars that hold there, and the layers that they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cmcompile.compiler.expression import ExpressionError
from cmcompile.compiler.merge import merge
from cmcompile.compiler.names import Constant, ShapeNames, render
from cmcompile.compiler.shape import Shape
from cmcompile.model.campaign import Layer
from cmcompile.model.diagnostic import Findings
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree
from cmcompile.model.source import Entry, Scalar
from cmcompile.model.source import Mapping as MapNode


@dataclass(frozen=True, slots=True)
class Scope:
    """What a text may use.

    Attributes
    ----------
    layers
        Lowest first; vars of the parts of an axis stand among them as layers of their own.
    axes
        Names of the axes and dimensions of the group.
    """

    variables: Branch
    layers: tuple[Layer, ...]
    axes: frozenset[str]
    look_up: Callable[[str], object]

    def rendered(self, text: object) -> tuple[object, str]:
        """Return a value filled in, or null and why that fails."""
        try:
            return plain_value(render(text, self.look_up)), ""
        except ExpressionError as fault:
            return None, str(fault)

    def value(self, name: str) -> tuple[object, str]:
        """Return the value of a name, or null and why it has none."""
        try:
            return plain_value(self.look_up(name)), ""
        except ExpressionError as fault:
            return None, str(fault)

    def plain(self, tree: Tree) -> object:
        """Return a tree as plain values, every text filled in."""
        if isinstance(tree, Leaf):
            return self.rendered(tree.value)[0]
        if isinstance(tree, Items):
            return [self.plain(item) for item in tree.items]
        if isinstance(tree, Branch):
            return {k: self.plain(v) for k, v in tree.entries.items() if not isinstance(v, Gone)}
        return None

    def because(self, layer: str) -> str:
        """Return the reason that a layer gives."""
        for known in self.layers:
            node = known.get("because")
            if known.name == layer and isinstance(node, Scalar) and node.value is not None:
                return str(node.value)
        return ""


def of_group(shape: Shape, look_up: Callable[[str], object]) -> Scope:
    """Return the scope of the texts of a group."""
    stack = shape.frame.stack
    parts = [
        Layer(name, MapNode({"vars": Entry("vars", node.span, node)}, node.span))
        for name, node in stack.axis_vars
    ]
    return Scope(shape.variables, (*stack.below, *parts, *stack.above), shape.names.axes, look_up)


def of_layers(layers: Iterable[Layer], constants: Mapping[str, Constant]) -> Scope:
    """Return the scope of texts that are the same for all groups, such as ``collect``."""
    layers = tuple(layers)
    variables = Branch()
    for layer in layers:
        variables = merge(variables, layer.name, layer.get("vars"), Findings())
    names = ShapeNames(variables, constants, frozenset())
    return Scope(variables, layers, frozenset(), names.static)


def plain_value(value: object) -> object:
    """Return what an expression gave as lists, dicts and plain values."""
    if isinstance(value, list | tuple):
        return [plain_value(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain_value(v) for k, v in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
