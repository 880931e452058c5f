"""Rejecting a group marks those that used its run for review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from cmcompile.model.campaign import Need
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Workflow
from cmcompile.plan.decided import Decided
from cmcompile.plan.inputs import Key
from cmcompile.plan.judged import judged_by
from cmcompile.plan.pending import Pending
from cmcompile.plan.position import Position
from cmcompile.plan.sharing import Sharing
from cmcompile.plan.telling import Teller
from cmcompile.plan.world import World, name_of

#: What a person said of a group since a rejection of its input settles the matter.
_SETTLED = frozenset({GroupState.ACCEPTED, GroupState.REJECTED})


def spoiled(
    world: World,
    positions: Mapping[Key, Position],
    rejected: Iterable[Key],
    settled: Callable[[Key], bool],
) -> dict[Key, Position]:
    """Return the groups that used runs of rejected groups, each as for review.

    Parameters
    ----------
    rejected
        Groups that are rejected, or are to be.
    settled
        Tells whether a person has decided of a group already.
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
            if position.standing.state is GroupState.REVIEW or settled(key):
                continue
            standing = teller.tell(
                key, GroupState.REVIEW, Reason.INPUT_REJECTED, name_of(bad), workflow=workflow
            )
            found[key] = Position(
                replace(standing, next=teller.next(Reason.INPUT_REJECTED, key, GroupState.REVIEW)),
                None,
                position.ended,
            )
    return found


def unfounded(world: World, positions: Mapping[Key, Position], decided: Decided) -> dict[Key, Position]:
    """Return the groups whose verdict, or its want, rests on a rescue that counts no more, or soon.

    Those that are accepted are for review; those that are yet to be accepted wait for the decision.
    """
    found: dict[Key, Position] = {}
    teller = Teller(world)
    for key, position in positions.items():
        standing = position.standing
        if standing.reason is Reason.ENDED_WELL:
            first = _first(world, key, decided)
            if first is not None:
                found[key] = replace(position, standing=teller.decided(standing, first.words))
        elif (
            standing.state is GroupState.ACCEPTED
            and world.state.covering.get(key)
            and not decided.settles(key)
        ):
            gone = _gone(world, key, decided)
            if gone:
                told = teller.tell(key, GroupState.REVIEW, Reason.INPUT_REJECTED, gone, since=standing.since)
                found[key] = Position(replace(told, outcome=standing.outcome), ended=True)
    return found


def _first(world: World, key: Key, decided: Decided) -> Pending | None:
    """Return the pending decision that alters what a group is to be accepted for, or None."""
    if not decided.undoing and not decided.adopting:
        return None
    adopting = (decided.adopting[t] for t in world.touched(key) if t in decided.adopting)
    taking = (p for w in judged_by(world, key) if (p := decided.taking(w)) is not None)
    return next(adopting, None) or next(taking, None)


def _gone(world: World, key: Key, decided: Decided) -> str:
    """Return the workflow of a rescue that an acceptance names and that was taken back since, in words."""
    record = world.record(key)
    for rescue in world.state.covering.get(key, ()):
        other = world.record((key[0], rescue))
        since = other.since if other.verdict is GroupState.REJECTED or other.superseded else ""
        for workflow in other.workflows:
            if f"{workflow.group}@{workflow.name}" not in record.judged:
                continue
            taken = decided.taking(workflow)
            if taken is not None:
                return taken.words
            superseded = workflow.name in other.superseded
            if (superseded or other.verdict is GroupState.REJECTED) and since >= record.since:
                return f"{workflow} {'counts no more' if superseded else 'is rejected'}"
    return ""


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
