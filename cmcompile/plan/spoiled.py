"""Rejecting a group marks those that used its run for review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from cmcompile.model.campaign import Need
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Workflow
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position
from cmcompile.plan.sharing import Sharing
from cmcompile.plan.telling import Teller
from cmcompile.plan.world import World, name_of

#: What a person said of a group since a rejection of its input settles the matter.
_SETTLED = frozenset({GroupState.ACCEPTED, GroupState.REJECTED})


def spoiled(world: World, positions: Mapping[Key, Position], rejected: Iterable[Key]) -> dict[Key, Position]:
    """Return the groups that used runs of rejected groups, each as for review.

    Parameters
    ----------
    rejected
        Groups that are rejected, or are to be.
    """
    found: dict[Key, Position] = {}
    teller = Teller(world)
    shared: dict[tuple[str, str | None], Sharing] = {}
    for bad in sorted(rejected, key=world.place):
        for key in _consumers(world, bad, shared):
            workflow = _used(world, key, bad)
            position = positions.get(key)
            if workflow is None or position is None or key in found:
                continue
            if position.standing.state is GroupState.REVIEW:
                continue
            standing = teller.tell(
                key, GroupState.REVIEW, Reason.INPUT_REJECTED, name_of(bad), workflow=workflow
            )
            found[key] = Position(
                replace(standing, next=teller.next(Reason.INPUT_REJECTED, key)), None, position.ended
            )
    return found


def _consumers(world: World, bad: Key, shared: dict[tuple[str, str | None], Sharing]) -> Iterator[Key]:
    """Return the groups whose needs take in a group, or what it covers: one collection holds both."""
    step, group = bad
    for other in world.spec.steps:
        for rescue in (None, *(r.name for r in other.rescues)):
            every = world.passes.get((other.name, rescue), ())
            needs = [n for d in every[:1] for n in _needs(world, d.key) if n.step == step]
            if not every or not needs or (other.name == step and rescue is None):
                continue
            if all(n.kind == "same" for n in needs):
                sharing = shared.setdefault((other.name, rescue), Sharing([d.group for d in every]))
                for covered in world.touched(bad):
                    declared = world.declared.get(covered)
                    if declared is not None:
                        yield from (every[at].key for at in sharing.of(declared.group))
            else:
                yield from (d.key for d in every if d.key != (step, group))


def _needs(world: World, key: Key) -> tuple[Need, ...]:
    step, rescue = world.steps.get(key[0]), world.rescue(key)
    return (*(step.needs if step else ()), *(rescue.needs if rescue else ()))


def _used(world: World, key: Key, bad: Key) -> Workflow | None:
    """Return the workflow of a group that may have used the run of another, or None.

    It was claimed when that run was known, and before it was rejected.
    """
    record, rejected = world.record(key), world.record(bad)
    first = min((w.claimed_at for w in rejected.workflows if w.used), default="")
    until = rejected.since if rejected.verdict is GroupState.REJECTED else ""
    if record.verdict in _SETTLED and until and record.since >= until:
        return None
    if record.verdict is GroupState.REJECTED:
        return None
    used = [w for w in record.counting if w.used and w.claimed_at >= first]
    if until:
        used = [w for w in used if w.claimed_at <= until]
    newest = max((w for w in record.counting if w.used), key=lambda w: w.claimed_at, default=None)
    return used[-1] if used and newest in used else None
