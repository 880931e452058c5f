"""What sending a group is expected to cost, by what other groups of its step took."""

from __future__ import annotations

from functools import cached_property
from math import prod

from cmcompile.model.group import Group
from cmcompile.model.plan import Cost
from cmcompile.model.states import Workflow, WorkflowState
from cmcompile.plan.inputs import Key
from cmcompile.plan.world import World

#: Of so many groups and more, one of ten is below the low estimate, and one of ten above the high one.
_MANY = 10
_WHOLE = frozenset({WorkflowState.SUCCEEDED, WorkflowState.PARTIAL})


class Costs:
    """Estimates from measured workflows of the same campaign; a rescue has none: it runs a part only."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, key: Key, group: Group) -> Cost | None:
        """Return what sending a first-pass group is expected to cost; None: nothing of its step is known."""
        found = self._measured.get(key[0])
        if found is None or group.rescue is not None:
            return None
        size = _size(group)
        hours, quanta = sorted(one[0] for one in found), sorted(one[1] for one in found)
        last = len(hours) - 1
        low, high = (last // 10, last - last // 10) if len(hours) >= _MANY else (0, last)
        number = f"{len(found)} workflow" + ("s" if len(found) > 1 else "")
        return Cost(
            round(quanta[last // 2] * size),
            (hours[low] * size, hours[high] * size),
            f"what {number} of {key[0]} took",
        )

    @cached_property
    def _measured(self) -> dict[str, list[tuple[float, float]]]:
        """Core hours and quanta for each id, of the workflows of a step that took nothing over."""
        found: dict[str, list[tuple[float, float]]] = {}
        for key, record in self._world.state.groups.items():
            declared = self._world.declared.get(key)
            if declared is None or declared.group.rescue is not None:
                continue
            size = _size(declared.group)
            for workflow in record.workflows:
                if workflow.core_seconds and workflow.outcome is not None and _is_whole(workflow):
                    hours = workflow.core_seconds / 3600 / size
                    found.setdefault(key[0], []).append((hours, workflow.outcome.quanta / size))
        return found


def _is_whole(workflow: Workflow) -> bool:
    claim = workflow.claim
    return workflow.state in _WHOLE and not (claim is None or claim.builds_on or workflow.restarts)


def _size(group: Group) -> int:
    """Return how many combinations of ids a group holds."""
    return max(1, prod(max(1, len(part.ids)) for part in group.parts))
