"""What stands in the way of sending a group now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState
from cmcompile.plan.commands import release
from cmcompile.plan.decided import Decided
from cmcompile.plan.growth import growing
from cmcompile.plan.inputs import Key
from cmcompile.plan.legality import active_holds
from cmcompile.plan.needs import Needs
from cmcompile.plan.outputs import Outputs
from cmcompile.plan.pending import Pending
from cmcompile.plan.position import Position
from cmcompile.plan.rules import pause
from cmcompile.plan.tags import Tags
from cmcompile.plan.telling import Teller
from cmcompile.plan.world import World, name_of
from cmcompile.state.conflicts import conflict_groups, in_conflict

#: Reviews of ended groups that a declared rescue may answer, or that leave it nothing to do.
_OPEN_TO_RESCUE = frozenset({Reason.OUTCOME_MISSING, Reason.REVIEW_ASKED, Reason.OVER_LIMITS})


class Present:
    """Judges groups that are to be sent.

    Parameters
    ----------
    positions
        Where each group stands by what was done.
    """

    def __init__(
        self,
        world: World,
        positions: Mapping[Key, Position],
        decided: Decided,
        needs: Callable[[], Needs],
        tags: Callable[[], Tags],
    ) -> None:
        self._world = world
        self._positions = positions
        self._decided = decided
        self._needs = needs
        self._tags = tags
        self._teller = Teller(world)
        self._holds = active_holds(world.inputs.decisions)
        self._outputs = Outputs(world)
        stops = [p for p in positions.values() if p.standing.reason is Reason.POLICY_HOLD]
        self._stops = {p.key[0]: p for p in reversed(stops)}

    def of(self, position: Position) -> Position:
        """Return where a group that is to be sent stands now: ready, held or waiting."""
        key = position.key
        if position.want is None or position.standing.state is not GroupState.READY:
            return position
        found = self._in_the_way(key)
        if found is None and "." in key[1]:
            found = self._before_it(key)
        if found is None:
            found = self._told_to_wait(key) or self._stopped(position) or self._lacking(key, position)
        if found is None:
            return position
        return replace(found, want=position.want)

    def idle(self, key: Key) -> bool:
        """Tell whether a rescue group that was never sent has nothing to do.

        So it is where all that it covers is good, unless one of these was sent without ids that it takes.
        """
        position = self._positions.get(key)
        if "." not in key[1] or position is None or position.want is None or position.want.decision:
            return False
        covered = self._covered(key)
        if not covered or not all(p.good for p in covered):
            return False
        return not any(self._lacks(p.key, key) for p in covered)

    def _lacks(self, covered: Key, rescue: Key) -> bool:
        """Tell whether a rescue takes ids that a group which it covers was sent without."""
        first, second = self._world.declared.get(covered), self._world.declared.get(rescue)
        return first is not None and second is not None and first.group.lacks(second.group)

    def _covered(self, key: Key) -> list[Position]:
        touched = self._world.touched(key)
        return [self._positions[other] for other in touched if other != key and other in self._positions]

    def _in_the_way(self, key: Key) -> Position | None:
        """Return where a group stands with whose data another workflow works."""
        state = self._world.state
        if key not in state.groups and key not in state.covering and "." not in key[1]:
            return None
        for workflow in in_conflict(state, *key, self._world.covers(key)):
            if not workflow.live:
                continue
            reason = workflow.review or self._crowd(workflow.step, workflow.group)
            if reason is not None and not self._decided.given_up(workflow):
                return Position(self._teller.blocked(key, workflow, reason))
            covered = "." in key[1] and "." not in workflow.group
            if covered:
                return self._wait(key, Reason.COVERED, f"{workflow.group}@{workflow.name}")
            return self._hold(key, Reason.CONFLICT, str(workflow))
        return self._by_foreign_run(key)

    def _by_foreign_run(self, key: Key) -> Position | None:
        """Return where a group stands of whose data somebody works on a part, unknown to the ledger."""
        state, step = self._world.state, key[0]
        for name in sorted(conflict_groups(state, *key, self._world.covers(key)) - {key[1]}):
            record = state.groups.get((step, name))
            if record is not None and record.review is Reason.FOREIGN_RUN:
                return self._behind(key, self._positions[step, name])
        return None

    def _crowd(self, step: str, group: str) -> Reason | None:
        """Return why a person must look at the group of a workflow, though not at the workflow itself."""
        standing = self._positions[step, group].standing
        return standing.reason if standing.state is GroupState.REVIEW else None

    def _before_it(self, key: Key) -> Position | None:
        """Return where a rescue group stands that is not its turn yet, or has nothing to do."""
        for position in self._covered(key):
            standing = position.standing
            name = f"{standing.group} ({standing.state.value})"
            if standing.state is GroupState.REVIEW and standing.reason not in _OPEN_TO_RESCUE:
                return self._behind(key, position)
            if standing.state is GroupState.REJECTED:
                held = self._hold(key, Reason.INPUT_REJECTED, name_of(position.key))
                return replace(held, standing=replace(held.standing, next=standing.next))
            if not (position.ended or position.good):
                return self._wait(key, Reason.COVERED, name)
        if self.idle(key):
            names = ", ".join(f"{p.standing.group} ({_good(p)})" for p in self._covered(key))
            return self._wait(key, Reason.NOTHING_FAILED, names)
        return self._after_others(key)

    def _behind(self, key: Key, other: Position) -> Position:
        """Return where a group stands that comes after one that waits for a person."""
        words = f"{name_of(other.key)}: {other.standing.reason.words}"
        held = self._hold(key, Reason.BLOCKED_BY_REVIEW, words)
        return replace(held, standing=replace(held.standing, next=other.standing.next, blocked=True))

    def _after_others(self, key: Key) -> Position | None:
        """Return where a rescue group stands that comes after others of what it covers, in file order."""
        for covered in self._world.touched(key):
            for other in self._world.rescuers.get(covered, ()):
                if self._world.pass_order(other) >= self._world.pass_order(key):
                    break
                position = self._positions[other]
                if position.want is None or self.idle(other):
                    continue
                if position.standing.state is GroupState.REVIEW:
                    return self._behind(key, position)
                return self._wait(key, Reason.COVERED, f"{other[1]} comes before it")
        return None

    def _first(self, key: Key) -> Pending | None:
        """Return a pending decision that is carried out before it is asked again whether a group goes.

        That is one about itself, one that takes back what it would build on, and one that leaves it nothing
        to do.
        """
        decided, touched = self._decided, self._world.touched(key)
        found = decided.first.get(key) or decided.retiring.get(key[0])
        found = found or next((decided.undoing[t] for t in touched if t in decided.undoing), None)
        covered = self._covered(key) if "." in key[1] else []
        if found is None and covered and all(p.good for p in covered):
            found = next((decided.accepting[t] for t in touched if t in decided.accepting), None)
        return found

    def _told_to_wait(self, key: Key) -> Position | None:
        first = self._first(key)
        if first is not None:
            return self._hold(key, Reason.DECIDED, first.words, first.decision.span)
        hold = self._holds.on(*key)
        if hold is not None:
            subject = "" if hold.subject is None else str(hold.subject)
            held = self._hold(key, Reason.ON_HOLD, f"{hold.by}: {hold.because}", hold.span)
            next_ = release(self._world.spec.name, subject)
            return replace(held, standing=replace(held.standing, next=next_))
        found = pause(self._world, key)
        return None if found is None else self._hold(key, Reason.PAUSED, found.detail, found.span)

    def _stopped(self, position: Position) -> Position | None:
        """Return where a group stands whose step a policy holds; what a person decided goes on."""
        stop = self._stops.get(position.key[0])
        if stop is None or (position.want is not None and position.want.decision is not None):
            return None
        return replace(self._behind(position.key, stop), because=stop.because)

    def _lacking(self, key: Key, position: Position) -> Position | None:
        world = self._world
        declared = world.declared[key]
        restarts = position.want is not None and position.want.restart is not None
        lack = None if restarts else self._needs().lack(declared.group) or self._tags().lack(key)
        if lack is not None:
            return self._wait(key, lack.reason, lack.detail, lack.span)
        open_ = growing(world, declared.group) if not world.record(key).workflows else None
        if open_ is not None:
            return self._wait(key, Reason.GROWING, open_.detail, open_.span)
        busy = self._outputs.busy(key)
        return self._hold(key, Reason.OUTPUT_BUSY, busy) if busy else None

    def _wait(self, key: Key, reason: Reason, detail: str, because: Span | None = None) -> Position:
        return Position(self._teller.tell(key, GroupState.WAITING, reason, detail), because=because)

    def _hold(self, key: Key, reason: Reason, detail: str, because: Span | None = None) -> Position:
        return Position(self._teller.tell(key, GroupState.HELD, reason, detail), because=because)


def _good(position: Position) -> str:
    return "accepted" if position.standing.state is GroupState.ACCEPTED else "to be accepted"
