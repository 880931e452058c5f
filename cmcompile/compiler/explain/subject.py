"""The group that is explained, with all that bears on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cmcompile.compiler.names import GroupNames
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.shape import Shape
from cmcompile.model.campaign import Axis, Exclude, Layer, Rescue, Spec, Step
from cmcompile.model.explanation import Setting
from cmcompile.model.group import CompiledGroup, Group, Part


@dataclass(frozen=True, slots=True)
class Subject:
    """One group of a compiled campaign."""

    compilation: Compilation
    made: CompiledGroup
    step: Step
    shape: Shape
    names: GroupNames

    @property
    def spec(self) -> Spec:
        """The campaign."""
        return self.compilation.spec

    @property
    def group(self) -> Group:
        """The group."""
        return self.made.group

    @property
    def address(self) -> str:
        """The group as the command line names it."""
        return f"{self.spec.name}/{self.group.step}/{self.group.id}"

    @property
    def rescue(self) -> Rescue | None:
        """The rescue that made the group."""
        return next((r for r in self.step.rescues if r.name == self.group.rescue), None)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of the group, lowest first."""
        return tuple(self.shape.frame.stack.layers())

    def axis(self, part: Part) -> Axis | None:
        """Return the axis that a part was cut from; None for what was written by hand."""
        if part.source < 0:
            return None
        return next((a for a in self.shape.frame.axes if a.name == part.axis), None)

    def cut(self, part: Part, value: object) -> Setting:
        """Return who made a part of the group."""
        axis = self.axis(part)
        if axis is not None:
            return Setting("cut", f"axis {axis.name}", axis.span, value)
        extra = next((e for e in self.step.extra if e.id == self.group.extra), None)
        span = None if extra is None else extra.span
        return Setting("set", f"extra group {self.group.extra}", span, value)

    def excludes(self, part: Part) -> Iterable[Exclude]:
        """Yield what takes ids out of a part."""
        taken = frozenset(self.group.excluded.get(part.axis, ()))
        for exclude in self.spec.exclude:
            mine = not exclude.steps or self.step.name in exclude.steps
            if mine and exclude.name in (part.axis, part.dimension) and taken.intersection(exclude.ids):
                yield exclude


def subject(compilation: Compilation, made: CompiledGroup) -> Subject:
    """Find what bears on a group."""
    group = made.group
    shapes = compilation.shapes[group.step]
    shape = shapes.of(group)
    return Subject(compilation, made, compilation.steps[group.step].step, shape, shape.shown_names_of(group))
