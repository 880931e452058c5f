"""Whether what a group needs is there: accepted groups, and the collections that hold their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil

from cmcompile.model.campaign import Need
from cmcompile.model.group import Group
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState
from cmcompile.plan.chains import Chains
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position
from cmcompile.plan.sharing import Sharing
from cmcompile.plan.world import World

#: So many groups are named; the rest is counted.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Lack:
    """What a group waits for."""

    reason: Reason
    detail: str
    span: Span


@dataclass(frozen=True, slots=True)
class Answer:
    """How far a need is met, and a digest of the runs that it gives."""

    lack: Lack | None
    digest: str


class Needs:
    """Answers what groups need; what is the same for all groups of a step is worked out once.

    Parameters
    ----------
    position
        Where other groups stand.
    doomed
        Accepted groups that a pending decision takes back.
    """

    def __init__(
        self,
        world: World,
        position: Callable[[Key], Position],
        doomed: frozenset[Key],
        idle: Callable[[Key], bool],
        chains: Chains,
    ) -> None:
        self._world = world
        self._position = position
        self._doomed = doomed
        self._idle = idle
        self._chains = chains
        self._whole: dict[int, Answer] = {}
        self._wholes: dict[str, Need] = {}
        # By the need's identity: it lives as long as the spec, and its own hash takes in its place.
        self._some: dict[tuple[int, tuple[int, ...]], Answer] = {}
        self._passes: dict[tuple[str, str | None], tuple[Key, ...]] = {}
        self._sharing: dict[tuple[str, str | None], Sharing] = {}

    def of(self, key: Key) -> tuple[Need, ...]:
        """Return what a group needs: of its step, then of its rescue."""
        step, rescue = self._world.steps.get(key[0]), self._world.rescue(key)
        return (*(step.needs if step else ()), *(rescue.needs if rescue else ()))

    def lack(self, group: Group) -> Lack | None:
        """Return the first thing that a group waits for, or None."""
        for need in self.of((group.step, group.id)):
            found = self._answer(need, group).lack
            if found is not None:
                return found
        return None

    def digest(self, group: Group) -> str:
        """Return a digest of the runs that a group would use, empty where it needs none."""
        found = [self._answer(need, group).digest for need in self.of((group.step, group.id))]
        return sha256("\n".join(found).encode()).hexdigest() if found else ""

    def needed(self, need: Need, group: Group) -> tuple[Key, ...]:
        """Return the groups that a need means for a group."""
        every = self._every(need)
        if need.kind == "same":
            return tuple(every[at] for at in self._shared(need, group))
        if need.kind == "overlap":
            ids = self._overlapping(need, group)
            return every if ids is None else tuple(key for key in every if key[1] in ids)
        return every

    def whole(self, step: str, span: Span) -> Answer:
        """Return how far all groups of a step are accepted, and collected where it has a collection.

        Parameters
        ----------
        span
            Where it is asked for.
        """
        need = self._wholes.setdefault(step, Need(step, None, "all", None, span))
        if id(need) not in self._whole:
            self._whole[id(need)] = self._judge(need, self._every(need))
        return self._whole[id(need)]

    def _every(self, need: Need) -> tuple[Key, ...]:
        which = (need.step, need.rescue)
        if which not in self._passes:
            self._passes[which] = tuple(d.key for d in self._world.passes.get(which, ()))
        return self._passes[which]

    def _shared(self, need: Need, group: Group) -> list[int]:
        which = (need.step, need.rescue)
        if which not in self._sharing:
            self._sharing[which] = Sharing([d.group for d in self._world.passes.get(which, ())])
        return self._sharing[which].of(group)

    def _overlapping(self, need: Need, group: Group) -> frozenset[str] | None:
        ask = self._world.inputs.facts.overlaps
        found = ask(group, need.step) if ask is not None else None
        return None if found is None else frozenset(found)

    def _answer(self, need: Need, group: Group) -> Answer:
        if need.kind == "same":
            places = tuple(self._shared(need, group))
            which = (id(need), places)
            if which not in self._some:
                self._some[which] = self._judge(need, self.needed(need, group))
            return self._some[which]
        if need.kind == "overlap" and self._overlapping(need, group) is not None:
            return self._judge(need, self.needed(need, group))
        if id(need) not in self._whole:
            self._whole[id(need)] = self._judge(need, self._every(need))
        return self._whole[id(need)]

    def _judge(self, need: Need, keys: Sequence[Key]) -> Answer:
        why = self._nothing(need, keys)
        if why:
            return Answer(Lack(Reason.NEEDS, f"{need.step}: {why}", need.span), "")
        met = [key for key in keys if self._met(key)]
        missing = len(keys) - len(met)
        if need.accepted is not None:
            # A share of 95% of 42 groups is 40; what floating point adds to it is taken off.
            missing = ceil(need.accepted * len(keys) - 1e-9) - len(met)
        lack = self._missing(need, keys, met) if missing > 0 else self._not_chained(need, met)
        return Answer(lack, self._chains.digest(met) if lack is None else "")

    def _nothing(self, need: Need, keys: Sequence[Key]) -> str:
        """Return why a step gives nothing at all, or an empty text."""
        if need.rescue is None and not self._every(need):
            return "it has no group"
        return "its outputs are removed" if keys and self._chains.removed(need.step) else ""

    def _met(self, key: Key) -> bool:
        if key in self._doomed:
            return False
        return self._position(key).standing.state is GroupState.ACCEPTED or self._idle(key)

    def _missing(self, need: Need, keys: Sequence[Key], met: Sequence[Key]) -> Lack:
        has = set(met)
        rest = [key for key in keys if key not in has]
        named = ", ".join(self._words(key) for key in rest[:_NAMED])
        more = f" and {len(rest) - _NAMED} more" if len(rest) > _NAMED else ""
        name = need.step if need.rescue is None else f"{need.step}/{need.rescue}"
        share = f" ({need.accepted * 100:g}% asked for)" if need.accepted is not None else ""
        detail = f"{name}: {len(met)} of {len(keys)} accepted{share}; not {named}{more}"
        return Lack(Reason.NEEDS, detail, need.span)

    def _words(self, key: Key) -> str:
        if key in self._doomed:
            return f"{key[1]} (to be taken back)"
        state = self._position(key).standing.state
        # Whether it might be sent is judged after what it needs itself.
        return f"{key[1]} ({'not sent' if state is GroupState.READY else state.value})"

    def _not_chained(self, need: Need, met: Sequence[Key]) -> Lack | None:
        lacking = self._chains.lacking(need.step, met)
        if not lacking:
            return None
        name = self._chains.name(need.step)
        return Lack(Reason.NOT_CHAINED, f"{name} lacks {lacking} of the runs of {need.step}", need.span)
