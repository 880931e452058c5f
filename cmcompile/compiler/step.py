"""One step: its groups, the overrides that hit them, and the shape of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from cmcompile.compiler.constants import Constants
from cmcompile.compiler.cover import Index
from cmcompile.compiler.groups import first_pass
from cmcompile.compiler.ids import Lists
from cmcompile.compiler.names import GroupNames
from cmcompile.compiler.rescue import rescue_groups
from cmcompile.compiler.select import select
from cmcompile.compiler.sent import rescue_axes
from cmcompile.compiler.shape import Frame, Shape
from cmcompile.compiler.stack import build_stack
from cmcompile.model.campaign import Axis, Override, Rescue, Spec, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Group, SentGroup
from cmcompile.model.source import Mapping as MapNode

#: The overrides of the step, those of the rescue, the sources of the parts, the extra group.
ShapeKey = tuple[str | None, tuple[int, ...], tuple[int, ...], tuple[int, ...], str | None]


@dataclass(frozen=True, slots=True)
class MadeGroups:
    """The groups of the first pass of a step, and of each of its rescues, in file order."""

    first: tuple[Group, ...]
    rescues: tuple[tuple[Group, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class RescuePass:
    """The groups of one rescue, and the overrides of the step that hold for each."""

    rescue: Rescue
    axes: tuple[Axis, ...]
    groups: tuple[Group, ...]
    carried: Mapping[str, tuple[int, ...]]
    own: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class StepGroups:
    """All groups of a step and the overrides (by index) that hit each."""

    step: Step
    first: tuple[Group, ...]
    hits: Mapping[str, tuple[int, ...]]
    rescues: tuple[RescuePass, ...] = field(default=())

    def all(self) -> tuple[Group, ...]:
        """Return first-pass groups, then rescue groups in file order."""
        return (*self.first, *(g for r in self.rescues for g in r.groups))


def expand(spec: Spec, step: Step, lists: Lists, sent: Sequence[SentGroup], findings: Findings) -> StepGroups:
    """Make every group of a step."""
    return overridden(step, make_groups(spec, step, lists, sent, findings), findings)


def make_groups(
    spec: Spec, step: Step, lists: Lists, sent: Sequence[SentGroup], findings: Findings
) -> MadeGroups:
    """Make every group of a step; overrides have no say in it."""
    first = first_pass(step, lists, sent, spec.exclude, findings)
    index = Index(first)
    return MadeGroups(
        first,
        tuple(
            rescue_groups(step, rescue, first, index, lists, sent, spec.exclude, findings)
            for rescue in step.rescues
        ),
    )


def overridden(step: Step, groups: MadeGroups, findings: Findings) -> StepGroups:
    """Find out which overrides hit which groups of a step."""
    hits = _hits(step.overrides, groups.first, step.split, f"of {step.name}", findings)
    passes = []
    for rescue, made in zip(step.rescues, groups.rescues, strict=True):
        axes = rescue_axes(step, rescue)
        own = _hits(rescue.overrides, made, axes, f"of rescue {rescue.name} of {step.name}", findings)
        carried = {g.id: _carried(rescue, g, hits) for g in made}
        passes.append(RescuePass(rescue, axes, made, carried, own))
    return StepGroups(step, groups.first, hits, tuple(passes))


def _hits(
    overrides: Sequence[Override],
    groups: Sequence[Group],
    axes: Sequence[Axis],
    whose: str,
    findings: Findings,
) -> dict[str, tuple[int, ...]]:
    hits: dict[str, list[int]] = {}
    for at, override in enumerate(overrides):
        for group in select(override.groups, groups, axes, findings, f"override {at + 1} {whose}"):
            hits.setdefault(group.id, []).append(at)
    return {key: tuple(value) for key, value in hits.items()}


def _carried(rescue: Rescue, group: Group, hits: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """Return the overrides that hit every group that a rescue group covers."""
    if not rescue.carry or not group.covers:
        return ()
    sets = [set(hits.get(covered, ())) for covered in group.covers]
    return tuple(sorted(set.intersection(*sets)))


class StepShapes:
    """Finds or makes the shape of each group of a step."""

    def __init__(
        self,
        spec: Spec,
        groups: StepGroups,
        constants: Constants,
        findings: Findings,
    ) -> None:
        self._spec = spec
        self._groups = groups
        self._constants = constants
        self._findings = findings
        self._shapes: dict[ShapeKey, Shape] = {}
        self._of: dict[str, Shape] = {}
        self._pass_of = {g.id: r for r in groups.rescues for g in r.groups}

    def of(self, group: Group) -> Shape:
        """Return the shape of a group."""
        known = self._of.get(group.id)
        if known is not None:
            return known
        key = self.key(group)
        if key not in self._shapes:
            self._shapes[key] = Shape(self.frame(group), self._findings)
        self._of[group.id] = self._shapes[key]
        return self._shapes[key]

    def names(self, group: Group) -> GroupNames:
        """Return the names of a group."""
        return self.of(group).names_of(group)

    def key(self, group: Group) -> ShapeKey:
        """Return what tells the shapes of a step apart."""
        sources = tuple(p.source for p in group.parts)
        if group.rescue is None:
            return (None, self._groups.hits.get(group.id, ()), (), sources, group.extra)
        made = self._pass_of[group.id]
        own = made.own.get(group.id, ())
        return (group.rescue, made.carried[group.id], own, sources, group.extra)

    def frame(self, group: Group) -> Frame:
        """Return what the shape of a group is made from."""
        step, key = self._groups.step, self.key(group)
        made = self._pass_of.get(group.id)
        rescue = made.rescue if made else None
        axes = made.axes if made else step.split
        overrides = [step.overrides[at] for at in key[1]]
        rescue_overrides = [rescue.overrides[at] for at in key[2]] if rescue else []
        stack = build_stack(
            self._spec,
            step,
            overrides,
            rescue,
            rescue_overrides,
            _axis_vars(axes, group),
            self._findings,
        )
        constants = self._constants.of(step, rescue)
        return Frame(
            step=step.name,
            stack=stack,
            axes=axes,
            is_extra=group.extra is not None,
            extra=next((e.where for e in step.extra if e.id == group.extra), None),
            constants=constants,
            default_file=f"{step.name}/${{{{ group.id }}}}.yaml",
            has_collect="step.collect" in constants,
            is_bps=step.engine == "bps",
            needed=partial(self._constants.needed, step, rescue),
            span=step.span if rescue is None else rescue.span,
        )


def _axis_vars(axes: Sequence[Axis], group: Group) -> tuple[tuple[str, MapNode], ...]:
    out = []
    for axis in axes:
        part = group.part(axis.name)
        if part is not None and 0 <= part.source < len(axis.sources):
            node = axis.sources[part.source].vars
            if node is not None:
                out.append((f"axis {axis.name}", node))
    return tuple(out)
