"""Pending decisions among themselves: one that an earlier one would make illegal waits for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cmcompile.model.decision import Verb
from cmcompile.model.ids import natural
from cmcompile.plan.inputs import Key
from cmcompile.plan.judged import judged_by
from cmcompile.plan.pending import Pending
from cmcompile.plan.world import World

#: The stage in which a decision is carried out, by number; the others are in the first.
_STAGE = {Verb.ACCEPT: 1, Verb.RETIRE: 2, Verb.RETRY: 3, Verb.RESTART: 3}
_NEEDS_NONE_LIVE = frozenset({Verb.ACCEPT, Verb.RETRY, Verb.RESTART, Verb.ADOPT})
_NEEDS_NO_OWN_LIVE = frozenset({Verb.REJECT, Verb.SUPERSEDE})
_NEEDS_TO_COUNT = frozenset({Verb.ACCEPT, Verb.REJECT, Verb.SUPERSEDE, Verb.RETRY, Verb.RESTART})


def one_by_one(world: World, pending: Iterable[Pending]) -> tuple[Pending, ...]:
    """Return decisions in their order; one that comes after another says so.

    That is one that is not legal, after a legal one about the same group: that one changes the group. And one
    that is legal, and would not be once an earlier one is carried out.
    """
    found = _not_legal_yet(pending)
    before: dict[Key, list[Pending]] = {}
    adopting: list[int] = []
    for place in sorted(range(len(found)), key=lambda at: (_STAGE.get(found[at].decision.verb, 0), at)):
        one = found[place]
        if one.refused is not None:
            continue
        if one.subject.group is None:
            using = {one.subject.step, *world.using(one.subject.step)}
            former = next((found[at] for at in adopting if found[at].subject.step in using), None)
            if former is not None:
                found[place] = replace(one, after=_words(former))
            continue
        shared = world.touched(one.key)
        earlier = (p for key in shared for p in before.get(key, ()))
        clash = next((p for p in earlier if _clash(world, p, one)), None)
        if clash is not None:
            found[place] = replace(one, after=_words(clash))
            continue
        if one.decision.verb is Verb.ADOPT:
            adopting.append(place)
        for key in shared:
            before.setdefault(key, []).append(one)
    return tuple(found)


def _not_legal_yet(pending: Iterable[Pending]) -> list[Pending]:
    before: dict[Key, Pending] = {}
    found: list[Pending] = []
    for one in pending:
        former = before.get(one.key)
        if one.refused is not None and former is not None:
            found.append(replace(one, after=_words(former)))
            continue
        if one.refused is None and one.subject.group is not None:
            before[one.key] = one
        found.append(one)
    return found


def _words(pending: Pending) -> str:
    return f"{pending.decision.verb.value} {pending.subject}"


def _clash(world: World, earlier: Pending, later: Pending) -> bool:
    """Tell whether a decision is not legal any more when an earlier one over the same data is carried out."""
    did, does, same = earlier.decision.verb, later.decision.verb, earlier.key == later.key
    if did is Verb.ADOPT:
        return does in _NEEDS_NONE_LIVE or (same and does in _NEEDS_NO_OWN_LIVE)
    if did is Verb.SUPERSEDE and same and does in _NEEDS_TO_COUNT:
        return _up_to(later, earlier)
    if did is Verb.ACCEPT and does is Verb.RETIRE:
        return same or later.workflow in judged_by(world, earlier.key)
    return False


def _up_to(one: Pending, other: Pending) -> bool:
    """Tell whether a workflow is another one of the same group, or an earlier one."""
    if one.workflow is None or other.workflow is None:
        return False
    return natural(one.workflow.name) <= natural(other.workflow.name)
