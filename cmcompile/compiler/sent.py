"""Sent groups: what the ledger keeps of them, and the parts that they pin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from cmcompile.compiler.ids import nested
from cmcompile.model.campaign import Axis, Rescue, Step
from cmcompile.model.group import CompiledGroup, SentGroup
from cmcompile.model.ids import Id

#: The keys of the enclosing parts (earlier axes over the same list): numbers start anew within each.
Within: TypeAlias = tuple[str, ...]
Pinned: TypeAlias = Mapping[str, tuple[Id, ...]]


def sent_from(compiled: CompiledGroup) -> SentGroup:
    """Return what must be kept of a group when it is sent, so that it never changes."""
    group = compiled.group
    return SentGroup(
        step=group.step,
        id=group.id,
        parts={part.axis: (part.key, part.ids) for part in group.parts},
        excluded=dict(group.excluded),
        digest=compiled.digest,
        sources={part.axis: part.source for part in group.parts},
    )


def rescue_axes(step: Step, rescue: Rescue) -> tuple[Axis, ...]:
    """Return the axes of a rescue: the step's, those it names, or new ones."""
    if rescue.split is None:
        return step.split
    by_name = {axis.name: axis for axis in step.split}
    return tuple(by_name[a] if isinstance(a, str) else a for a in rescue.split)


def of_pass(sent: Iterable[SentGroup], rescue: str | None) -> list[SentGroup]:
    """Return the sent groups of the first pass, or of a rescue."""
    return [s for s in sent if _rescue_of(s) == rescue]


def _rescue_of(sent: SentGroup) -> str | None:
    name, dot, _ = sent.id.partition(".")
    return name if dot else None


@dataclass(frozen=True, slots=True)
class Pins:
    """What sent groups pin.

    Attributes
    ----------
    parts
        Ids by key, per axis and enclosing parts.
    numbers
        Numbers that sent extra groups have for ids, where a cut group could get one of them.
    sources
        Like ``parts``: the source that each was cut from.
    """

    parts: dict[tuple[str, Within], dict[str, tuple[Id, ...]]] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)
    sources: dict[tuple[str, Within], dict[str, int]] = field(default_factory=dict)

    def sources_of(self, axis: str, within: Within) -> Mapping[str, int]:
        """Return which source each pinned part was cut from, where that is known."""
        return self.sources.get((axis, within), {})

    def of(self, axis: str, within: Within) -> Pinned:
        """Return the pinned parts of an axis."""
        return self.parts.get((axis, within), {})

    def add(self, sent: Iterable[SentGroup], axes: Sequence[Axis], of: Sequence[Axis]) -> None:
        """Pin the parts that groups were sent with.

        Parameters
        ----------
        axes
            The axes of the pass that the groups are of. A group that they do not explain, such as an extra
            group, pins nothing.
        of
            The axes whose parts are pinned.
        """
        for group in sent:
            keys = [group.parts[a.name][0] for a in axes if a.name in group.parts]
            if len(keys) != len(axes) or group.id.rpartition(".")[2] != "-".join(keys):
                continue
            for axis in of:
                within = tuple(group.parts[a.name][0] for a in enclosing(axis, axes))
                key, ids = group.parts[axis.name]
                self.parts.setdefault((axis.name, within), {}).setdefault(key, tuple(ids))
                if axis.name in group.sources:
                    known = self.sources.setdefault((axis.name, within), {})
                    known.setdefault(key, group.sources[axis.name])


def enclosing(axis: Axis, axes: Sequence[Axis]) -> list[Axis]:
    """Return the axes before one that it is cut within."""
    before = axes[: next((at for at, a in enumerate(axes) if a is axis), len(axes))]
    return [outer for outer in before if nested(outer, axis)]


def first_pass_pins(step: Step, sent: Sequence[SentGroup]) -> Pins:
    """Return the parts that may not be cut again in the first pass of a step.

    A rescue that keeps an axis pins its parts too: its groups stand for the same ids.
    """
    pins = Pins()
    extra = {e.id for e in step.extra}
    own = of_pass(sent, None)
    pins.add([s for s in own if s.id not in extra], step.split, step.split)
    if len(step.split) == 1:
        pins.numbers.update(int(s.id) for s in own if s.id in extra and s.id.isdigit())
    for rescue in step.rescues:
        axes = rescue_axes(step, rescue)
        kept = [a for a in axes if a in step.split and enclosing(a, axes) == enclosing(a, step.split)]
        pins.add(of_pass(sent, rescue.name), axes, kept)
    return pins
