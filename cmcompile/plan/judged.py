"""The workflows that a verdict on a group is about."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.model.states import Workflow, WorkflowState
from cmcompile.plan.inputs import Key
from cmcompile.plan.world import World
from cmcompile.state.outcome import was_before

_OVER_WITH_RUN = frozenset(
    {WorkflowState.SUCCEEDED, WorkflowState.PARTIAL, WorkflowState.FAILED, WorkflowState.CANCELLED}
)


def judged_by(world: World, key: Key) -> tuple[Workflow, ...]:
    """Return the workflows that made a group's outputs: its own, and later ones of rescues that cover it.

    What an own workflow that took nothing over replaced is left out.
    """
    own, covering = world.counting(key)
    ended = [w for w in own if w.used and w.state in _OVER_WITH_RUN]
    start = max((at for at, w in enumerate(ended) if w.claim is None or not w.claim.builds_on), default=0)
    base = ended[start : start + 1]
    later = [
        w
        for w in covering
        if w.used and w.state in _OVER_WITH_RUN and not any(was_before(w, other) for other in base)
    ]
    return (*ended[start:], *later)


def names(workflows: Iterable[Workflow]) -> str:
    """Return ``3@w00, halves.1-11@w00``."""
    return ", ".join(f"{w.group}@{w.name}" for w in workflows)
