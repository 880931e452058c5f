"""Ids that no group takes since their group was sent without them: their exclusion was lifted later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cmcompile.compiler.checks.taken import Box, Evaluator
from cmcompile.compiler.groups import taken_out
from cmcompile.compiler.ids import both_types, sort_ids
from cmcompile.compiler.step import RescuePass, StepGroups
from cmcompile.model.campaign import Exclude, Layer, Spec
from cmcompile.model.group import CompiledGroup, Group
from cmcompile.model.ids import Id
from cmcompile.model.source import Mapping as MapNode
from cmcompile.model.source import Scalar

#: Per axis of a group: a product of ids.
_Product: TypeAlias = Mapping[str, frozenset[Id]]


@dataclass(frozen=True, slots=True)
class Added:
    """Ids of a group that was sent without them, and that nothing takes.

    Attributes
    ----------
    ids
        By the name of the axis, sorted.
    """

    group: Group
    ids: Mapping[str, tuple[Id, ...]]


def lifted(group: Group, excludes: Sequence[Exclude]) -> dict[str, frozenset[Id]]:
    """Return the ids that a group was sent without, and that nothing excludes any more, by axis.

    Only a group that was sent can have any: those of any other are what the spec excludes now.
    """
    if not group.excluded:
        return {}
    now = taken_out(group, [(one, both_types(one.ids)) for one in excludes])
    found = {axis: frozenset(ids).difference(now.get(axis, ())) for axis, ids in group.excluded.items()}
    return {axis: ids for axis, ids in found.items() if ids}


def added(spec: Spec, groups: StepGroups, made: Mapping[str, CompiledGroup]) -> tuple[Added, ...]:
    """Return the ids of a step that are in no group and in no rescue since their group was sent.

    A rescue takes what its rendered predicate takes, where it runs the whole step: one of some tasks leaves
    the others undone. What of a predicate can't be worked out counts for it only where the group has the
    same.

    Parameters
    ----------
    made
        The groups of the step with their clauses, by id.
    """
    found = []
    for group in groups.first:
        gone = lifted(group, spec.exclude)
        if not gone:
            continue
        rescues = [made[r.id] for r in _whole_rescues(spec, groups, group) if r.id in made]
        taken = _Taking(group, made.get(group.id)).boxes(rescues)
        now = taken_out(group, [(one, both_types(one.ids)) for one in spec.exclude])
        own = {p.axis: frozenset(p.ids).difference(now.get(p.axis, ())) for p in group.parts}
        left = {axis: _left(own, axis, ids, taken) for axis, ids in gone.items()}
        ids_left = {axis: tuple(sort_ids(ids)) for axis, ids in left.items() if ids}
        if ids_left:
            found.append(Added(group, ids_left))
    return tuple(found)


def _whole_rescues(spec: Spec, groups: StepGroups, group: Group) -> Iterator[Group]:
    """Yield the rescue groups that cover a group and run all that it ran."""
    step = groups.step
    subset = _subset((*spec.layers, *step.layers))
    for made in groups.rescues:
        for rescue in made.groups:
            if group.id in rescue.covers and _subset(_layers(groups, made, rescue)) in (None, "", subset):
                yield rescue


def _layers(groups: StepGroups, made: RescuePass, rescue: Group) -> tuple[Layer, ...]:
    own = (made.rescue.overrides[at].layer for at in made.own.get(rescue.id, ()))
    return (*groups.step.rescue_defaults, made.rescue.layer, *own)


def _subset(layers: Iterable[Layer]) -> str | None:
    """Return what follows ``#`` in the highest `pipelineYaml`; None where no layer sets one."""
    found = None
    for layer in layers:
        bps = layer.get("bps")
        node = bps.get("pipelineYaml") if isinstance(bps, MapNode) else None
        if isinstance(node, Scalar) and node.value is not None:
            found = str(node.value).partition("#")[2]
    return found


class _Taking:
    """What rescues take of the ids of one group."""

    def __init__(self, group: Group, made: CompiledGroup | None) -> None:
        self._group = group
        self._evaluator = Evaluator({p.dimension: p.ids for p in group.parts if p.dimension})
        clauses = () if made is None else made.clauses
        self._known = frozenset(self._evaluator.taken(clauses, group).unknown)

    def boxes(self, rescues: Iterable[CompiledGroup]) -> list[_Product]:
        found: list[_Product] = []
        for made in rescues:
            taken = self._evaluator.taken(made.clauses, made.group)
            if self._known.issuperset(taken.unknown):
                found += [self._product(made.group, box) for box in taken.boxes]
        return found

    def _product(self, rescue: Group, box: Box) -> _Product:
        """Return a box by the axes of the group; a plain axis has no predicate, so its part tells."""
        found: dict[str, frozenset[Id]] = {}
        for part in self._group.parts:
            if part.dimension is None:
                other = rescue.part(part.axis)
                if other is not None:
                    found[part.axis] = frozenset(other.ids).difference(rescue.excluded.get(part.axis, ()))
            elif part.dimension in box:
                some = self._evaluator.members(part.dimension, box[part.dimension])
                found[part.axis] = frozenset(some.ids())
        return found


def _left(own: _Product, axis: str, ids: frozenset[Id], taken: Iterable[_Product]) -> frozenset[Id]:
    """Return the ids of an axis of which some combination with the others is taken by none."""
    pieces = [{**own, axis: ids}]
    for box in taken:
        pieces = [rest for piece in pieces for rest in _without(piece, box)]
    return frozenset[Id]().union(*(piece[axis] for piece in pieces))


def _without(piece: _Product, box: _Product) -> Iterator[dict[str, frozenset[Id]]]:
    """Yield products that together are what one has and another has not."""
    inside = dict(piece)
    for axis, ids in piece.items():
        outside = ids.difference(box.get(axis, ids))
        if outside:
            yield {**inside, axis: outside}
        inside[axis] = ids.difference(outside)
        if not inside[axis]:
            return
