"""One side of a difference: a group with its shape and its names, and values of its tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmcompile.compiler.difference.changes import ABSENT
from cmcompile.compiler.expression import Expression, ExpressionError, parse
from cmcompile.compiler.names import GroupNames, render
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.shape import Shape
from cmcompile.model.campaign import Axis, Layer, Rescue, Step
from cmcompile.model.group import CompiledGroup, Group
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree
from cmcompile.model.source import Span

PassKey = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Pass:
    """The groups of a step's first pass, or of one rescue, and what they were cut by."""

    step: Step
    rescue: Rescue | None
    axes: tuple[Axis, ...]
    groups: tuple[Group, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of the step and the rescue, lowest first."""
        above = (*self.step.rescue_defaults, self.rescue.layer) if self.rescue else ()
        return (*self.step.layers, *above)

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.rescue.span if self.rescue else self.step.span


def passes_of(made: Compilation) -> dict[PassKey, Pass]:
    """Return every pass in the order of the spec."""
    found: dict[PassKey, Pass] = {}
    for name, groups in made.steps.items():
        found[name, None] = Pass(groups.step, None, groups.step.split, groups.first)
        for rescue in groups.rescues:
            found[name, rescue.rescue.name] = Pass(groups.step, rescue.rescue, rescue.axes, rescue.groups)
    order = {step.name: at for at, step in enumerate(made.spec.steps)}
    return dict(sorted(found.items(), key=lambda item: order[item[0][0]]))


class Side:
    """One group of one side."""

    __slots__ = ("compilation", "group", "made", "names", "shape")

    def __init__(self, compilation: Compilation, made: CompiledGroup | None, group: Group) -> None:
        self.compilation = compilation
        self.made = made
        self.group = group
        self.shape: Shape = compilation.shapes[group.step].of(group)
        self.names: GroupNames = self.shape.shown_names_of(group)

    def value(self, tree: Tree | None) -> object:
        """Return the rendered value of a tree as plain data; ``ABSENT`` where there is none."""
        return ABSENT if tree is None or isinstance(tree, Gone) else rendered(tree, self.shape, self.names)

    def looked_up(self, name: str) -> object:
        """Return the value of a name; ``ABSENT`` where it has none."""
        try:
            return as_plain(self.names.look_up(name))
        except ExpressionError:
            return ABSENT

    def text(self, written: object) -> object:
        """Return a text with its expressions filled in; ``ABSENT`` where that fails."""
        try:
            return as_plain(render(written, self.names.look_up))
        except ExpressionError:
            return ABSENT

    def is_static(self, tree: Tree | None) -> bool:
        """Tell whether a tree has the same value for all groups of the shape."""
        if isinstance(tree, Leaf):
            return not self.shape.names.text_is_dynamic(tree.value)
        if isinstance(tree, Items):
            return all(self.is_static(item) for item in tree.items)
        if isinstance(tree, Branch):
            return all(self.is_static(item) for item in tree.entries.values())
        return True


def rendered(tree: Tree, shape: Shape, names: GroupNames) -> object:
    """Return the value of a tree for one group as plain data."""
    if isinstance(tree, Leaf):
        return as_plain(shape.value(tree, names))
    if isinstance(tree, Items):
        return [rendered(item, shape, names) for item in tree.items]
    if isinstance(tree, Branch):
        return {k: rendered(v, shape, names) for k, v in tree.entries.items() if not isinstance(v, Gone)}
    return None


def as_plain(value: object) -> object:
    """Return a rendered value as dicts, lists and scalars."""
    if isinstance(value, list | tuple):
        return [as_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): as_plain(v) for k, v in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def place(tree: Tree | None) -> Span | None:
    """Return where a value was written."""
    return None if tree is None else tree.origin.span


def names_in(text: object) -> tuple[str, ...]:
    """Return the dotted names that a text reads, in order of the alphabet."""
    if not isinstance(text, str) or "${{" not in text:
        return ()
    try:
        pieces = parse(text)
    except ExpressionError:
        return ()
    return tuple(sorted({n for p in pieces if isinstance(p, Expression) for n in p.names}))
