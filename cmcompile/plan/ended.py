"""Where a group stands whose workflows are all over: accepted next, or not good, and what goes on."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from cmcompile.model.outcome import Outcome
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Standing, Workflow, WorkflowState
from cmcompile.model.wms import LOST
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position
from cmcompile.plan.rules import Acceptances
from cmcompile.plan.telling import Teller
from cmcompile.plan.world import World, name_of
from cmcompile.state.acceptance import judge
from cmcompile.state.outcome import group_outcome, outcome_of

_ENDS = {
    WorkflowState.CANCELLED: Reason.RUN_CANCELLED,
    WorkflowState.RETIRED: Reason.RETIRED,
    WorkflowState.FAILED: Reason.RUN_FAILED,
    # The run that a given-up restart was to take up.
    WorkflowState.ABANDONED: Reason.RUN_FAILED,
}
_FAILURES = frozenset({Reason.FAILURES, Reason.OVER_LIMITS})


class Ended:
    """Judges groups that were sent and whose workflows are over.

    Parameters
    ----------
    of
        Where other groups stand: for a rescue group those that it covers.
    goes_on
        The rescue group that is still to be sent over a first-pass group.
    asked, accepting
        Groups that a decision sends again, and groups that one accepts.
    """

    def __init__(
        self,
        world: World,
        teller: Teller,
        of: Callable[[Key], Position],
        goes_on: Callable[[Key], Key | None],
        asked: Container[Key],
        accepting: Container[Key],
    ) -> None:
        self._world = world
        self._teller = teller
        self._of = of
        self._goes_on = goes_on
        self._asked = asked
        self._accepting = accepting
        self._acceptances = Acceptances(world)

    def position(self, key: Key, own: Sequence[Workflow], covering: Sequence[Workflow]) -> Position:
        """Return where it stands."""
        ended = [w for w in (*own, *covering) if w.used and _left_something(w)]
        last = ended[-1] if ended else own[-1]
        if "." in key[1]:
            outcome = group_outcome(own, ())
            following = self._following(key)
        else:
            outcome = outcome_of(self._world.state, *key)
            following = self._goes_on(key)
        found = (
            self._covered_are_accepted(key, last)
            or self._overtaken(key, last)
            or self._judged(key, last, outcome, following)
        )
        return replace(found, standing=replace(found.standing, outcome=outcome), ended=True)

    def _covered(self, key: Key) -> list[Position]:
        return [self._of(other) for other in self._world.touched(key) if other != key]

    def _covered_are_accepted(self, key: Key, last: Workflow) -> Position | None:
        """Return where a rescue group stands whose work is done: all that it covers is accepted."""
        covered = self._covered(key) if "." in key[1] else []
        open_ = [p for p in covered if p.standing.state is not GroupState.ACCEPTED]
        if not covered or any(p.key not in self._accepting for p in open_):
            return None
        names = ", ".join(p.standing.group for p in covered)
        standing = self._teller.tell(
            key, GroupState.ACCEPTED, Reason.ACCEPTED, f"with {names}", workflow=last
        )
        if open_:
            standing = self._teller.decided(standing, f"with {names}")
        return Position(standing, good=True)

    def _overtaken(self, key: Key, last: Workflow) -> Position | None:
        """Return where a rescue group stands when all that it covers was sent anew since, or is to be."""
        covered = self._covered(key) if "." in key[1] else []
        if not covered or not all(self._anew(p, last) for p in covered):
            return None
        detail = f"{', '.join(p.standing.group for p in covered)} sent anew since {last.name}"
        return self._told(key, GroupState.SUPERSEDED, Reason.SUPERSEDED, detail, last)

    def _anew(self, covered: Position, last: Workflow) -> bool:
        own = [w for w in self._world.counting(covered.key)[0] if w.used]
        return covered.want is not None or not own or own[-1].begun_at > last.begun_at

    def _following(self, key: Key) -> Key | None:
        """Return a rescue group that goes on where a rescue group left off, for all that is still open."""
        open_ = [p.key for p in self._covered(key) if p.standing.state is not GroupState.ACCEPTED]
        found = [self._goes_on(covered) for covered in open_]
        return None if None in found or not found else found[0]

    def _judged(self, key: Key, last: Workflow, outcome: Outcome | None, following: Key | None) -> Position:
        if key not in self._world.declared:
            detail = f"{last.state.value}; the spec does not make it any more"
            return self._told(key, GroupState.REVIEW, Reason.SENT_GONE, detail, last)
        verdict = judge(self._acceptances.of(key).rule, outcome)
        ended_so = _ENDS.get(last.state)
        # A rescue that a person asked for comes before what is accepted without one.
        asked = following is not None and following in self._asked
        if verdict.good and ended_so in (None, Reason.RUN_FAILED) and not asked:
            found = self._told(key, GroupState.ACTIVE, Reason.ENDED_WELL, verdict.detail, last)
            return replace(found, good=True)
        missing = outcome is None or not outcome.complete or outcome.missing > 0
        if following is not None and (missing or asked or ended_so is not None):
            state = GroupState.PARTIAL if ended_so is None else GroupState.FAILED
            return self._told(key, state, Reason.RESCUE_DECLARED, name_of(following), last)
        if ended_so is not None:
            says = "" if last.wms_says.casefold() == last.state.value else last.wms_says
            if last.wms_says == LOST:
                says = f"the process that ran its jobs was killed, or the machine went down: {LOST}"
            detail = last.detail or verdict.detail or says
            return self._told(key, GroupState.FAILED, ended_so, detail, last)
        if "." in key[1] and verdict.reason in _FAILURES:
            # What it left open is judged with what it covers.
            return self._told(key, GroupState.PARTIAL, Reason.FAILURES, verdict.detail, last)
        found = self._told(key, GroupState.REVIEW, verdict.reason, verdict.detail, last)
        return replace(found, good=not missing)

    def _told(self, key: Key, state: GroupState, reason: Reason, detail: str, last: Workflow) -> Position:
        standing: Standing = self._teller.tell(key, state, reason, detail, workflow=last)
        if state is GroupState.REVIEW:
            standing = replace(standing, next=self._teller.next(reason, key, state))
        return Position(standing)


def _left_something(workflow: Workflow) -> bool:
    return workflow.state is not WorkflowState.ABANDONED or workflow.former_run_id is not None
