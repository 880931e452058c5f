"""Whether an item of a plan still holds: what would be planned now must be the same item.

There is no second set of rules. What an item rests on stands in its preconditions and its digest; a plan that
is made anew on the tip that is to be swapped, for this item's group alone, either has the same item or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cmcompile.apply.declaration import Declaration
from cmcompile.model.plan import IDLE, Action, Item, Plan, PlanSource
from cmcompile.model.ports import Clock
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, StepRecord, WorkflowState
from cmcompile.plan.chains import digest_of
from cmcompile.plan.make import make_plan
from cmcompile.plan.standing import Judged, judged

#: A judgement is used again for the same state only so long: pauses begin and end with time.
_FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Known:
    state: LedgerState
    declaration: Declaration
    at: datetime
    found: Judged


#: It may hold again as soon as other submissions are through.
_PASSING = frozenset({Reason.LIMIT, Reason.OUTPUT_BUSY})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item does not hold.

    Attributes
    ----------
    why
        One sentence without a full stop.
    passing
        Whether it may hold again as soon as other submissions are through.
    """

    why: str
    passing: bool = False


class Recheck:
    """Holds items against the ledger and the spec as they are now.

    Parameters
    ----------
    source
        What the plan was made from.
    """

    def __init__(self, source: PlanSource, clock: Clock) -> None:
        self._source = replace(source, limit=None)
        self._clock = clock
        self._known: _Known | None = None

    def judged(self, state: LedgerState, declaration: Declaration) -> Judged:
        """Return where all groups stand."""
        now, known = self._clock.now(), self._known
        if (
            known is None
            or known.state is not state
            or known.declaration is not declaration
            or not timedelta(0) <= now - known.at < _FRESH
        ):
            found = judged(declaration.inputs(state, now))
            known = self._known = _Known(state, declaration, now, found)
        return known.found

    def plan(self, item: Item, state: LedgerState, declaration: Declaration) -> Plan:
        """Return what would be planned now for what an item is about."""
        found, subject = self.judged(state, declaration), item.subject
        chosen = None if subject.group is None else frozenset({(subject.step, subject.group)})
        return make_plan(found.world.inputs, self._source, chosen, already=found)

    def refuse(self, item: Item, state: LedgerState, declaration: Declaration) -> Refusal | None:
        """Tell why an item does not hold any more; None: it holds."""
        about = [i for i in self.plan(item, state, declaration).items() if _same_place(i, item)]
        acting = [i for i in about if i.action is item.action]
        if any(i.digest == item.digest and i.preconditions == item.preconditions for i in acting):
            return None
        if acting:
            return Refusal(_difference(item, acting[0]))
        idle = next((i for i in about if i.action in IDLE), None)
        if idle is not None:
            words = f"{_name(item)} {idle.reason.words}" + (f": {idle.detail}" if idle.detail else "")
            return Refusal(words, idle.reason in _PASSING)
        return Refusal(self._standing(item, state, declaration))

    def _standing(self, item: Item, state: LedgerState, declaration: Declaration) -> str:
        key = (item.subject.step, item.subject.group or "")
        position = self.judged(state, declaration).positions.get(key)
        if position is None:
            return f"nothing asks for it any more: {item.action.value} {item.subject}"
        standing = position.standing
        words = f"{_name(item)} is {standing.state.value}: it {standing.reason.words}"
        return words + (f" ({standing.detail})" if standing.detail else "")


def _same_place(one: Item, other: Item) -> bool:
    """Tell whether two items are about the same group, or step."""
    a, b = one.subject, other.subject
    same = (a.step, a.group) == (b.step, b.group)
    if Action.TAG in (one.action, other.action) and one.action not in IDLE:
        # A step may have several tagged inputs, and a collection beside them.
        same = same and one.preconditions.get("collection") == other.preconditions.get("collection")
    # Several decisions may be about one group.
    return same and (not other.decision or one.decision == other.decision or one.action in IDLE)


def _name(item: Item) -> str:
    subject = item.subject
    return subject.step if subject.group is None else f"{subject.step}/{subject.group}"


def _difference(old: Item, new: Item) -> str:
    was, now = old.preconditions, new.preconditions
    differing = [key for key in dict.fromkeys((*was, *now)) if was.get(key) != now.get(key)]
    if not differing:
        return "it was used, or its definition changed: it would be another item now"
    words = [f"{key} was {was.get(key, 'none')}, is {now.get(key, 'none')}" for key in differing]
    return "; ".join(words)


def used(item: Item, state: LedgerState) -> str | None:
    """Return by what an item was carried out already, or None.

    An item that submits is used once its claim has a gate and the call may have been made.
    """
    subject = item.subject
    if subject.group is None:
        return _used_step(item, state)
    record = state.groups.get((subject.step, subject.group))
    if record is None:
        return None
    for workflow in record.workflows:
        if workflow.used and workflow.claim is not None and workflow.claim.item == item.digest:
            return f"{workflow} is {workflow.state.value}"
    if item.action in (Action.SUBMIT, Action.RESCUE, Action.RESTART):
        return None
    if item.decision and item.decision in record.decisions and not _goes_on(item, record):
        return f"the decision {item.decision} was carried out"
    judged_names = item.preconditions.get("judged", "").split(", ")
    accepted = record.verdict is GroupState.ACCEPTED
    if item.action is Action.ACCEPT and accepted and list(record.judged) == judged_names:
        return "it is accepted"
    return None


def _goes_on(item: Item, record: GroupRecord) -> bool:
    """Tell whether a decision was begun and is not at its end: the run goes on, or outputs may be there."""
    named = [w for w in record.workflows if item.decision in w.decisions]
    if item.action is Action.CANCEL:
        return any(w.live for w in named)
    if item.action is Action.RETIRE:
        return not named or any(w.state is not WorkflowState.RETIRED for w in named)
    return False


def _used_step(item: Item, state: LedgerState) -> str | None:
    record = state.steps.get(item.subject.step)
    if record is None:
        return None
    if item.action is Action.RETIRE and record.retired:
        return "its outputs were removed"
    if item.action is Action.TAG:
        return _used_tag(item, record)
    same = digest_of(record.chained or ()) == item.preconditions.get("runs")
    if item.action is Action.CHAIN and same and not record.chaining:
        return f"{record.collection} was made"
    return None


def _used_tag(item: Item, record: StepRecord) -> str | None:
    tag = record.tag(item.preconditions["collection"])
    return f"{tag.collection} was made" if tag.is_made(item.preconditions["declaration"]) else None
