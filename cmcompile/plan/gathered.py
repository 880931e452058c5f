"""Rescues that a policy has written: when, so that failures that come one by one make few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState
from cmcompile.model.status import needs_person
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position
from cmcompile.plan.world import name_of

_UNDER_WAY = frozenset({GroupState.WAITING, GroupState.HELD, GroupState.READY, GroupState.ACTIVE})


def gathered(positions: Mapping[Key, Position]) -> Iterator[tuple[Key, Position]]:
    """Yield the groups whose rescue is written later: while one of their step goes on, or it is held.

    What fails until then goes into one entry. A rescue that waits for a person holds up no other; one that
    has nothing to do does not either.
    """
    direct = [key for key, p in positions.items() if p.standing.reason is Reason.POLICY_RESCUE]
    if not direct:
        return
    held: dict[str, str] = {}
    for key, position in positions.items():
        if position.standing.reason is Reason.POLICY_HOLD:
            held[key[0]] = f"its step is held for {name_of(key)}"
        elif _goes_on(key, position):
            held.setdefault(key[0], f"after {name_of(key)}, with what else fails until then")
    for key in direct:
        if (why := held.get(key[0])) is not None:
            position = positions[key]
            detail = f"{position.standing.detail}, {why}"
            standing = replace(position.standing, reason=Reason.RESCUE_LATER, detail=detail)
            yield key, replace(position, standing=standing)


def _goes_on(key: Key, position: Position) -> bool:
    standing = position.standing
    if "." not in key[1] or needs_person(standing):
        return False
    return standing.state in _UNDER_WAY and standing.reason not in (Reason.NOTHING_FAILED, Reason.ENDED_WELL)
