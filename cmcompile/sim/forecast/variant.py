"""A campaign with other slots, or with its needs as barriers, or by overlap."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from random import Random
from typing import Literal, TypeAlias

from cmcompile.model.campaign import Need, Spec, Step
from cmcompile.model.group import Group
from cmcompile.plan.inputs import Inputs
from cmcompile.plan.sharing import Sharing
from cmcompile.sim.forecast.times import Overlapping

Needs: TypeAlias = Literal["as written", "barrier", "overlap"]

_KINDS: dict[Needs, dict[str, str]] = {
    "as written": {},
    "barrier": {"same": "all", "overlap": "all"},
    "overlap": {"all": "overlap", "same": "overlap"},
}


def variant(inputs: Inputs, needs: Needs, slots: int | None) -> Inputs:
    """Return the inputs of a plan with needs of one sort, and so many workflows at once.

    Needs of a rescue, and of a share that is accepted, stay as they are written.
    """
    spec, kinds = inputs.spec, _KINDS[needs]
    pace = spec.pace if slots is None else replace(spec.pace, running=slots)
    steps = tuple(_step(step, kinds) for step in spec.steps) if kinds else spec.steps
    return replace(inputs, spec=replace(spec, pace=pace, steps=steps))


def _step(step: Step, kinds: Mapping[str, str]) -> Step:
    rescues = tuple(replace(r, needs=tuple(_need(n, kinds) for n in r.needs)) for r in step.rescues)
    return replace(step, needs=tuple(_need(n, kinds) for n in step.needs), rescues=rescues)


def _need(need: Need, kinds: Mapping[str, str]) -> Need:
    if need.rescue is not None or need.kind not in kinds:
        return need
    return replace(need, kind=kinds[need.kind])


class Overlaps:
    """Says which groups of a step overlap a group: what is declared, else stored, else what shares ids.

    Attributes
    ----------
    told
        What each pair of steps was answered from: ``declared``, ``sky``, ``ids`` or ``unknown``.
    """

    def __init__(self, inputs: Inputs, declared: Mapping[tuple[str, str], Overlapping]) -> None:
        self._declared = declared
        self._stored = inputs.facts.overlaps
        self._groups: dict[str, list[Group]] = {}
        for one in inputs.declared:
            if one.group.rescue is None:
                self._groups.setdefault(one.group.step, []).append(one.group)
        self._places = {
            (step, group.id): at for step, groups in self._groups.items() for at, group in enumerate(groups)
        }
        self._sharing: dict[str, Sharing] = {}
        self._dimensions = {step: _dimensions(groups) for step, groups in self._groups.items()}
        self._asked: dict[tuple[str, str, str], Collection[str] | None] = {}
        self.told: dict[tuple[str, str], str] = {}

    def __call__(self, group: Group, step: str) -> Collection[str] | None:
        """Return the ids of the groups of a step that a group overlaps; None: nobody knows."""
        which = (group.step, group.id, step)
        if which not in self._asked:
            self._asked[which] = self._answer(group, step)
        return self._asked[which]

    def _answer(self, group: Group, step: str) -> Collection[str] | None:
        pair, others = (group.step, step), self._groups.get(step, [])
        if pair in self._declared:
            self.told[pair] = "declared"
            own = group.covers or (group.id,)
            return frozenset(
                name for one in own for name in self._strewn(group.step, one, others, self._declared[pair])
            )
        if not group.parts:
            return None  # it is of the whole step, and so are its needs
        stored = None if self._stored is None else self._stored(group, step)
        if stored is not None:
            self.told[pair] = "sky"
            return stored
        mine = {part.dimension for part in group.parts} - {None}
        if not mine & self._dimensions.get(step, frozenset()):
            self.told[pair] = "unknown"
            return None
        self.told[pair] = "ids"
        if step not in self._sharing:
            self._sharing[step] = Sharing(others)
        return frozenset(others[at].id for at in self._sharing[step].of(group))

    def _strewn(self, step: str, name: str, others: list[Group], about: Overlapping) -> list[str]:
        many = min(len(others), max(1, round(about.share * len(others))))
        if not about.near:
            random = Random(f"{step}/{name}")  # noqa: S311  (no secret)
            some = random.sample(range(len(others)), many)
            return [others[at].id for at in some]
        place, last = self._places.get((step, name), 0), max(1, len(self._groups.get(step, ())) - 1)
        first = round(place / last * (len(others) - many))
        return [group.id for group in others[first : first + many]]


def _dimensions(groups: list[Group]) -> frozenset[str | None]:
    return frozenset(part.dimension for group in groups for part in group.parts) - {None}


def has_needs(spec: Spec) -> bool:
    """Tell whether any step needs another."""
    return any(step.needs for step in spec.steps)


def needs_named(name: str | None) -> Needs | None:
    """Return the sort of needs of a name, or None."""
    return next((kind for kind in _KINDS if kind == name), None)
