"""Where groups stand by what was done: before it is asked what stands in the way of sending them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from cmcompile.model.decision import Decision
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, GroupState, Standing, Workflow, WorkflowState
from cmcompile.plan.decided import Decided
from cmcompile.plan.ended import Ended
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position
from cmcompile.plan.telling import Teller
from cmcompile.plan.wants import hard_failure, want
from cmcompile.plan.world import World
from cmcompile.state.conflicts import in_conflict

#: States of groups that a decision may be about, but for verdicts.
_ASKS = frozenset({GroupState.ACTIVE, GroupState.REVIEW, GroupState.PARTIAL, GroupState.FAILED})
_HAVE_RUNS = frozenset({WorkflowState.SUCCEEDED, WorkflowState.PARTIAL, WorkflowState.FAILED})
_UNDER_WAY = {
    WorkflowState.CLAIMED: Reason.CLAIMED,
    WorkflowState.PREPARING: Reason.CLAIMED,
    WorkflowState.SUBMITTING: Reason.GATE_OPEN,
    WorkflowState.UNKNOWN: Reason.OUTCOME_UNKNOWN,
}


class Past:
    """Judges each group once.

    Parameters
    ----------
    decided
        What is decided; None: nothing, as decisions themselves are judged.
    """

    def __init__(self, world: World, decided: Decided | None = None) -> None:
        self._world = world
        self._decided = decided
        self._asked: Mapping[Key, Decision] = {} if decided is None else decided.asked
        self._accepting: Collection[Key] = () if decided is None else decided.accepting
        self._teller = Teller(world)
        self._ended = Ended(world, self._teller, self.of, self._goes_on, self._asked, self._accepting)
        self._known: dict[Key, Position] = {}

    def of(self, key: Key) -> Position:
        """Return where a group stands."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._answered(key, self._judge(key))
        return found

    def _answered(self, key: Key, found: Position) -> Position:
        """Return where a group stands of which a person has decided what is to become."""
        if self._decided is None or found.standing.state not in _ASKS:
            return found
        answer = self._decided.answer(key, found.standing)
        if answer is None:
            return found
        standing = self._teller.decided(found.standing, answer.words)
        good = found.good or key in self._accepting
        return replace(found, standing=standing, want=None, ended=found.ended or good, good=good)

    def _judge(self, key: Key) -> Position:
        state = self._world.state
        if key not in state.groups and key not in state.covering:
            return self._sendable(key, GroupRecord(*key), ())
        record = self._world.record(key)
        own, covering = self._world.counting(key)
        found = self._reviewed(key, record) or self._crowded(key, record) or self._settled(key, record)
        if found is not None:
            return found
        if live := [w for w in own if w.live]:
            return Position(self._active(key, live[-1]))
        if want(record, own, self._asked.get(key)) is not None:
            return self._sendable(key, record, own)
        return self._beside(key) or self._ended.position(key, own, covering)

    def _beside(self, key: Key) -> Position | None:
        """Return where a group stands that is over, while another workflow works on its data."""
        live = [w for w in in_conflict(self._world.state, *key, self._world.covers(key)) if w.live]
        if not live:
            return None
        other = live[-1]
        return Position(
            self._active(key, other)
            if other.review is None or (self._decided is not None and self._decided.given_up(other))
            else self._teller.blocked(key, other, other.review)
        )

    def _reviewed(self, key: Key, record: GroupRecord) -> Position | None:
        """Return where a group stands that a person must look at, whatever was decided of it before."""
        tell = self._teller.tell
        if record.review is not None:
            return Position(tell(key, GroupState.REVIEW, record.review, record.detail, since=record.since))
        for workflow in reversed(record.workflows):
            settled = record.verdict is not None or workflow.name in record.superseded
            if workflow.review is not None and (workflow.live or not settled):
                # A decision to send it again answers the review of a workflow that is over.
                if key in self._asked and not workflow.live:
                    continue
                return Position(
                    tell(key, GroupState.REVIEW, workflow.review, workflow.detail, workflow=workflow)
                )
        return None

    def _crowded(self, key: Key, record: GroupRecord) -> Position | None:
        """Return where a group stands when two workflows that work on its data may be live."""
        covering = self._world.state.covering.get(key, ())
        if not record.live and len(covering) < 2:
            return None
        conflicts = in_conflict(self._world.state, *key, self._world.covers(key))
        # Groups that one rescue covers stand side by side as long as the rescue itself is not live.
        own = {key[1], *covering}
        live = [w for w in conflicts if w.live and (record.live or w.group in own)]
        if len(live) < 2:
            return None
        detail = ", ".join(f"{w.group}@{w.name}" for w in live)
        return Position(self._teller.tell(key, GroupState.REVIEW, Reason.TWO_LIVE, detail, workflow=live[-1]))

    def _settled(self, key: Key, record: GroupRecord) -> Position | None:
        """Return where a group with a verdict stands; a decision to send it again overrides a rejection."""
        if record.verdict is None or key in self._asked or self._has_more(key, record):
            return None
        good = record.verdict is GroupState.ACCEPTED
        reason = Reason.ACCEPTED if good else Reason.REJECTED
        standing = self._teller.tell(key, record.verdict, reason, record.detail, since=record.since)
        workflow = record.judged[-1] if record.judged else ""
        return Position(replace(standing, workflow=workflow), ended=True, good=good)

    def _has_more(self, key: Key, record: GroupRecord) -> bool:
        """Tell whether an accepted group got data since that it was sent without: it is judged anew.

        Until then its collection holds what was accepted.
        """
        declared = self._world.declared.get(key)
        if record.verdict is not GroupState.ACCEPTED or declared is None or not declared.group.excluded:
            return False
        later = [w for w in self._world.counting(key)[1] if w.used and w.state in _HAVE_RUNS]
        rescues = [
            self._world.declared.get((w.step, w.group))
            for w in later
            if f"{w.group}@{w.name}" not in record.judged
        ]
        return any(one is not None and declared.group.lacks(one.group) for one in rescues)

    def _active(self, key: Key, workflow: Workflow) -> Standing:
        reason = _UNDER_WAY.get(workflow.state, Reason.IN_FLIGHT)
        words = _under_way(workflow)
        return self._teller.tell(key, GroupState.ACTIVE, reason, words, workflow=workflow, next_="")

    def _sendable(self, key: Key, record: GroupRecord, own: Sequence[Workflow]) -> Position:
        asked = self._asked.get(key)
        found = want(record, own, asked)
        declared = self._world.declared.get(key)
        if declared is None or found is None:
            reason = Reason.SUPERSEDED if record.superseded else Reason.GIVEN_BACK
            return Position(
                self._teller.tell(key, GroupState.SUPERSEDED, reason, "the spec does not make it")
            )
        failed = hard_failure(own, asked, declared.definition)
        if failed is not None:
            review = self._teller.tell(
                key, GroupState.REVIEW, Reason.PREPARE_FAILED, failed.detail, workflow=failed
            )
            return Position(review, found)
        return self._teller.ready(key, found, own[-1].since if own else "")

    def _goes_on(self, key: Key) -> Key | None:
        """Return the declared rescue group that is still to be sent over a first-pass group, or None."""
        if key in self._accepting:
            return None
        for rescue in self._world.rescuers.get(key, ()):
            record = self._world.record(rescue)
            asked = self._asked.get(rescue)
            if (record.verdict is None or asked) and want(record, record.counting, asked) is not None:
                return rescue
        return None


def _under_way(workflow: Workflow) -> str:
    """Return what is known of a workflow beyond the reason itself."""
    match workflow.state:
        case WorkflowState.CLAIMED | WorkflowState.SUBMITTING:
            return ""
        case WorkflowState.UNKNOWN:
            return workflow.detail
    state, says = workflow.state.value, workflow.wms_says or ""
    return f"{state} ({says})" if says.casefold() not in ("", state) else state
