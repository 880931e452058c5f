"""How each group stands as a forecast begins: from where the plan says that it stands."""

from __future__ import annotations

from datetime import datetime

from cmcompile.model.reason import Reason
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import GroupState, Workflow
from cmcompile.plan.inputs import Key
from cmcompile.plan.legality import active_holds
from cmcompile.plan.position import Position
from cmcompile.plan.sent import altered
from cmcompile.plan.standing import Judged
from cmcompile.sim.forecast.graph import At, Start

_WAITS = frozenset({GroupState.WAITING, GroupState.HELD, GroupState.READY})


class Beginning:
    """Says how each group stands.

    Parameters
    ----------
    emit
        As of a plan: definitions are compared within one version of the bytes.
    """

    def __init__(self, found: Judged, emit: int) -> None:
        self._judged = found
        self._world = found.world
        self._now = found.world.inputs.facts.now
        self._altered = altered(found.world, found.decided, emit, found.tags)
        self._holds = active_holds(found.world.inputs.decisions)

    def of(self, key: Key) -> Start:
        """Return how a group of the spec stands."""
        position, record = self._judged.positions[key], self._world.record(key)
        state, attempts = position.standing.state, len(record.workflows)
        if state is GroupState.ACCEPTED:
            lacking = self._judged.chains.lacking(key[0], [key])
            return Start(At.ACCEPTED, chained=not lacking, attempts=attempts)
        if record.live:
            return self._live(position, record.live[-1], attempts)
        if position.good:
            return Start(At.GOOD, attempts=attempts)
        if position.want is not None:
            why = self._stays(key, position)
            return Start(At.STUCK if why else At.UNSENT, why, attempts=attempts)
        if state is GroupState.SUPERSEDED:
            return Start(At.OVER, attempts=attempts)
        if state is GroupState.REJECTED:
            return Start(At.STUCK, "rejected", attempts=attempts)
        if position.ended:
            return Start(At.BAD, position.standing.reason.value, attempts=attempts)
        if state is GroupState.ACTIVE:
            # Another workflow works on its data: it is judged when that has ended.
            return Start(At.BAD, attempts=attempts)
        return Start(At.STUCK, position.standing.reason.value, attempts=attempts)

    def _live(self, position: Position, workflow: Workflow, attempts: int) -> Start:
        if position.standing.state is GroupState.REVIEW:
            reason = position.standing.reason.value
            return Start(At.STUCK, f"review: {reason}", attempts=attempts, occupies=True)
        passed = _seconds(workflow.claimed_at, self._now)
        return Start(At.LIVE, attempts=attempts, passed=passed)

    def _stays(self, key: Key, position: Position) -> str:
        """Return why a group that is to be sent will not be sent by itself, or nothing."""
        if key in self._altered:
            return str(self._altered[key].reason.value)
        if self._holds.on(*key) is not None:
            return str(Reason.ON_HOLD.value)
        step = self._world.steps.get(key[0])
        if step is not None and step.engine != "bps":
            return str(Reason.NOT_BPS.value)
        state = position.standing.state
        return "" if state in _WAITS else str(position.standing.reason.value)


def _seconds(since: str, now: datetime) -> float:
    try:
        return max(0.0, (now - moment_of(since)).total_seconds())
    except ValueError:
        return 0.0
