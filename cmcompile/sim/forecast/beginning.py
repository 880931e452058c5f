"""How each group stands as a forecast begins: from where the plan says that it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from cmcompile.model.reason import Reason
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import GroupState, Workflow
from cmcompile.plan.inputs import Key
from cmcompile.plan.legality import active_holds
from cmcompile.plan.policed import policy_of, sent_again
from cmcompile.plan.position import Position
from cmcompile.plan.rules import Acceptances
from cmcompile.plan.sent import altered
from cmcompile.plan.standing import Judged
from cmcompile.sim.forecast.graph import At, Start
from cmcompile.sim.forecast.policies import answered
from cmcompile.sim.forecast.times import Then
from cmcompile.state.outcome import outcome_of

_WAITS = frozenset({GroupState.WAITING, GroupState.HELD, GroupState.READY})
#: Of these a policy has the rescue written.
_WRITTEN = frozenset({Reason.POLICY_RESCUE, Reason.RESCUE_LATER})


class Beginning:
    """Says how each group stands.

    Parameters
    ----------
    emit
        As of a plan: definitions are compared within one version of the bytes.
    places
        The groups of the spec, numbered.
    """

    def __init__(self, found: Judged, emit: int, places: Mapping[Key, int]) -> None:
        self._judged = found
        self._world = found.world
        self._places = places
        self._acceptances = Acceptances(found.world)
        self._now = found.world.inputs.facts.now
        self._altered = altered(found.world, found.decided, emit, found.tags)
        self._holds = active_holds(found.world.inputs.decisions)

    def of(self, key: Key) -> Start:
        """Return how a group of the spec stands."""
        start = self._of(key)
        own, covering = self._world.counting(key)
        if not own and not covering:
            return start
        used = [w for w in covering if w.used]
        sent = sent_again(own) + any(w.used or w.live for w in own)
        newest = self._places.get((key[0], used[-1].group), -1) if used else -1
        want = self._judged.positions[key].want
        over = start.at is At.UNSENT and want is not None and want.reason is Reason.POLICY_RETRY
        start = replace(start, sent=sent, rescues=len({w.group for w in used}), newest=newest)
        return replace(start, takes_over=start.takes_over or over)

    def _of(self, key: Key) -> Start:
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
            why = position.standing.reason.value
            return Start(At.BAD, why, attempts=attempts, then=self._then(key, position))
        if state is GroupState.ACTIVE:
            # Another workflow works on its data: it is judged when that has ended.
            return Start(At.BAD, attempts=attempts, then=self._then(key, position))
        return Start(At.STUCK, position.standing.reason.value, attempts=attempts)

    def _live(self, position: Position, workflow: Workflow, attempts: int) -> Start:
        if position.standing.state is GroupState.REVIEW:
            reason = position.standing.reason.value
            return Start(At.STUCK, f"review: {reason}", attempts=attempts, occupies=True)
        passed = _seconds(workflow.claimed_at, self._now)
        over = workflow.claim is not None and bool(workflow.claim.builds_on)
        return Start(At.LIVE, attempts=attempts, passed=passed, takes_over=over)

    def _then(self, key: Key, position: Position) -> Then:
        """Return what a policy does about a group that ended badly; one that waits for a person stays so."""
        standing = position.standing
        if standing.reason in _WRITTEN:
            return Then.RESCUE
        goes_on = standing.state is GroupState.ACTIVE or standing.reason is Reason.RESCUE_DECLARED
        if not goes_on:
            return Then.PERSON
        looks = self._acceptances.of(key).rule.review
        outcome = standing.outcome or outcome_of(self._world.state, *key)
        return answered(policy_of(self._world, key), outcome, looks=looks)

    def _stays(self, key: Key, position: Position) -> str:
        """Return why a group that is to be sent will not be sent by itself, or nothing."""
        if key in self._altered:
            return str(self._altered[key].reason.value)
        if self._holds.on(*key) is not None:
            return str(Reason.ON_HOLD.value)
        state = position.standing.state
        return "" if state in _WAITS else str(position.standing.reason.value)


def _seconds(since: str, now: datetime) -> float:
    try:
        return max(0.0, (now - moment_of(since)).total_seconds())
    except ValueError:
        return 0.0
