"""A compiled step, its ledger and its outcomes, as the making of rescues wants them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cmcompile.compiler.added import Added, added
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.step import StepGroups
from cmcompile.model.campaign import Layer, highest
from cmcompile.model.group import CompiledGroup, Group
from cmcompile.model.ids import Id
from cmcompile.model.outcome import Outcome, Quantum
from cmcompile.model.source import Mapping as MapNode
from cmcompile.model.source import Node, Scalar
from cmcompile.model.states import GroupState, LedgerState
from cmcompile.rescue.case import Case, Ground, Request
from cmcompile.rescue.memory import request
from cmcompile.rescue.quanta import Cure, left
from cmcompile.state.conflicts import has_ended

_OPTIONS = "--skip-existing-in"
_OVER = frozenset({GroupState.ACCEPTED, GroupState.REJECTED, GroupState.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a group, and what is to be done about it.

    Attributes
    ----------
    cures
        By quantum; one that is not named is run again.
    added
        Ids that the group was sent without, by dimension, and that nothing takes.
    budget
        How many rescue groups may cover it without a decision.
    """

    outcome: Outcome
    cures: Mapping[Quantum, Cure] = field(default_factory=dict)
    added: Mapping[str, tuple[Id, ...]] = field(default_factory=dict)
    budget: int = 2


class Step:
    """One step of a compiled campaign.

    Parameters
    ----------
    sent
        The groups of the first pass that were sent, by id.
    """

    def __init__(
        self, compilation: Compilation, name: str, sent: Collection[str], state: LedgerState | None = None
    ) -> None:
        self._compilation = compilation
        self.groups: StepGroups = compilation.steps[name]
        self.step = self.groups.step
        self._state = state
        self._made = {g.group.id: g for g in compilation.groups if g.group.step == name}
        self._covering: dict[str, list[Group]] = {}
        for made in self.groups.rescues:
            for group in made.groups:
                for covered in group.covers:
                    self._covering.setdefault(covered, []).append(group)
        self._layers = (*compilation.spec.layers, *self.step.layers, *self.step.rescue_defaults)
        self._sent = frozenset(sent)

    def added(self) -> tuple[Added, ...]:
        """Return the ids that no group and no rescue takes since their group was sent without them."""
        return added(self._compilation.spec, self.groups, self._made)

    def ground(self) -> Ground:
        """Return the step as the making of rescues wants it."""
        return Ground(
            step=self.step,
            first=self.groups.first,
            sent=self._sent,
            hits=self.groups.hits,
            taken=frozenset(rescue.name for rescue in self.step.rescues),
            skips=self.step.engine == "batch" or _skips(self._layers),
            named=highest(self.step.layers, "file") is None or _set(self.step.rescue_defaults, "file"),
            pipeline=_text(_bps(self._layers, "pipelineYaml")),
            in_collection=_text(_bps(self._layers, "payload", "inCollection")) or "${{ inputs }}",
            leaves_out=self.step.engine == "batch",
            excluded=self._excluded(),
            request=self._request,
            elsewhere=self._elsewhere,
        )

    def cases(
        self, told: Mapping[str, Told], release: Callable[[str], str] = lambda _: ""
    ) -> tuple[Case, ...]:
        """Return the groups that something became of.

        Parameters
        ----------
        told
            By the id of a first-pass group.
        release
            The stack that a rescue of a group must be told to take; empty: it takes the right one by itself.
        """
        found = []
        for group in self.groups.first:
            one = told.get(group.id)
            if one is None:
                continue
            covering = self._covering.get(group.id, ())
            known = () if self._state is None else self._state.covering.get((self.step.name, group.id), ())
            outcome = one.outcome
            uncounted = 0 if outcome.complete else max(outcome.missing - len(outcome.failures), 0)
            found.append(
                Case(
                    group=group,
                    quanta=left(outcome, one.cures),
                    uncounted=uncounted,
                    rescues=len({g.id for g in covering} | set(known)),
                    budget=one.budget,
                    waits_for=self._waits_for(covering),
                    release=release(group.id),
                    inputs=self._inputs(group, covering),
                    added=one.added,
                )
            )
        return tuple(found)

    def _waits_for(self, covering: Sequence[Group]) -> str:
        return next((group.id for group in covering if not self._has_ended(group.id)), "")

    def _has_ended(self, rescue: str) -> bool:
        """Tell whether a rescue group is over: it has ended, or a person has judged it."""
        record = None if self._state is None else self._state.groups.get((self.step.name, rescue))
        if record is None:
            return False
        return record.verdict in _OVER or (not record.live and any(has_ended(w) for w in record.counting))

    def _excluded(self) -> dict[str, frozenset[object]]:
        found: dict[str, frozenset[object]] = {}
        for one in self._compilation.spec.exclude:
            if not one.steps or self.step.name in one.steps:
                found[one.name] = found.get(one.name, frozenset()) | frozenset(one.ids)
        return found

    def _inputs(self, group: Group, covering: Sequence[Group]) -> tuple[str, ...] | None:
        """Return where the outputs of a group and of its rescues are, as a rescue of it writes it."""
        collect = self._compilation.collects.get(self.step.name, "")
        found = []
        for one in (*reversed(covering), group):
            made = self._made.get(one.id)
            name = "${{ group.parent }}"
            if one.rescue is not None:
                name = f"{one.rescue}.{name}"
                if one.own_id != group.id:
                    return None
            if made is None or not collect or made.output != f"{collect}/{one.id}":
                return None
            found.append(f"${{{{ step.collect }}}}/{name}")
        return tuple(found)

    def _now(self, group: Group) -> CompiledGroup | None:
        """Return how a group ran last: as in its newest rescue."""
        last = self._covering.get(group.id, ())
        return self._made.get(last[-1].id if last else group.id)

    def _request(self, group: Group, task: str) -> Request | None:
        made = self._now(group)
        return None if made is None else request(self._compilation, made, task)

    def _elsewhere(self, group: Group) -> str:
        made = self._now(group)
        others = [name for name in self._compilation.spec.sites if made is not None and name != made.site]
        return others[0] if len(others) == 1 else ""


def _bps(layers: Sequence[Layer], *keys: str) -> Node | None:
    """Return what the highest layer that sets a key of `bps` says."""
    for layer in reversed(layers):
        node = layer.get("bps")
        for key in keys:
            node = node.get(key) if isinstance(node, MapNode) else None
        if node is not None:
            return node
    return None


def _skips(layers: Sequence[Layer]) -> bool:
    """Tell whether rescues skip what exists: by the key for that, or by options written by hand."""
    if _text(highest(layers, "skip_existing_in")):
        return True
    keys = [("extraQgraphOptions",), ("extraQgraphOptions+",), ("payload", "extraQgraphOptions")]
    return any(_OPTIONS in _text(_bps(layers, *key)) for key in keys)


def _set(layers: Sequence[Layer], key: str) -> bool:
    return highest(layers, key) is not None


def _text(node: Node | None) -> str:
    return str(node.value) if isinstance(node, Scalar) and node.value is not None else ""
