"""How many may be submitted at once: ``limits.submitting`` counts claims that have no reply yet."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.campaign import Pace
from cmcompile.model.states import WorkflowState
from cmcompile.plan.inputs import Key
from cmcompile.plan.world import World, pass_of, rescue_name

_UNDER_WAY = frozenset({WorkflowState.CLAIMED, WorkflowState.PREPARING, WorkflowState.SUBMITTING})


def room(world: World, key: Key) -> str | None:
    """Tell which limit leaves no room for one more submission now; None: there is room."""
    limits = list(_limits(world, key))
    if not limits:
        return None
    under_way = [
        (record.step, record.group)
        for record in world.state.groups.values()
        for workflow in record.workflows
        if workflow.live and workflow.state in _UNDER_WAY
    ]
    for words, most, counts in limits:
        number = sum(1 for other in under_way if counts is None or _scope(other, counts) == counts)
        if number >= most:
            return f"{words}: {number} of {most} are being submitted"
    return None


def _limits(world: World, key: Key) -> Iterator[tuple[str, int, tuple[str, ...] | None]]:
    """Yield the limits of a group: its words, the number, and whom it counts; None: everybody."""
    step, rescue = world.steps.get(key[0]), world.rescue(key)
    some: list[tuple[str, Pace, tuple[str, ...] | None]] = [("campaign", world.spec.pace, None)]
    if step is not None:
        some.append((step.name, step.pace, (step.name,)))
    if rescue is not None:
        some.append((f"rescue {rescue.name} of {key[0]}", rescue.pace, pass_of(key)))
    for words, pace, counts in some:
        if pace.submitting is not None:
            yield words, pace.submitting, counts


def _scope(key: Key, like: tuple[str, ...]) -> tuple[str, ...]:
    if len(like) == 1:
        return (key[0],)
    return pass_of(key) if rescue_name(key) is not None else ()
