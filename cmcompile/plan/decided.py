"""Which decisions are still to be carried out, and which can't be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from cmcompile.model.decision import Decision, Verb
from cmcompile.model.event import CAMPAIGN, Subject
from cmcompile.model.states import GroupRecord, GroupState, Workflow, WorkflowState
from cmcompile.plan.inputs import Key
from cmcompile.plan.legality import SCOPES, in_force
from cmcompile.plan.position import Position
from cmcompile.plan.world import World
from cmcompile.state.conflicts import in_conflict
from cmcompile.state.moves import refusal

_SENDING = frozenset({Verb.RETRY, Verb.RESTART})
#: The verbs whose end is told by the state, whoever brought it about.
_REACHED: dict[Verb, Callable[[GroupRecord, Workflow | None], bool]] = {
    Verb.ACCEPT: lambda record, _: record.verdict is GroupState.ACCEPTED,
    Verb.REJECT: lambda record, _: record.verdict is GroupState.REJECTED,
    Verb.SUPERSEDE: lambda record, w: w is not None and w.name in record.superseded,
    Verb.RETIRE: lambda _, w: w is not None and w.state is WorkflowState.RETIRED,
}


@dataclass(frozen=True, slots=True)
class Pending:
    """A decision that was not carried out yet.

    Attributes
    ----------
    workflow
        The workflow that it is about; None where there is none.
    refused
        Why it can't be carried out, or None.
    after
        The decision about the same group, ``abandon step1/3@w00``, that is carried out before it is asked
        again whether this one can be; or empty.
    """

    decision: Decision
    subject: Subject
    workflow: Workflow | None
    refused: str | None
    after: str = ""

    @property
    def key(self) -> Key:
        """The step and the group."""
        return (self.subject.step, self.subject.group or "")


class Decided:
    """The decisions of a campaign against its ledger.

    Attributes
    ----------
    pending
        In the order of the file; what a later decision takes back is left out.
    asked
        Legal decisions to send a group again, by group; of several the last.
    rejecting
        Legal pending decisions to reject.
    doomed
        Groups whose outputs a legal pending decision takes back.
    """

    def __init__(self, world: World, of: Callable[[Key], Position]) -> None:
        self._world = world
        self._of = of
        valid = [d for d in in_force(world.inputs.decisions) if d.verb not in SCOPES]
        found = (self._pending(d, d.subject) for d in valid)
        self.pending: tuple[Pending, ...] = _one_by_one(p for p in found if p is not None)
        legal = [p for p in self.pending if p.refused is None]
        self.asked: Mapping[Key, Decision] = {p.key: p.decision for p in legal if p.decision.verb in _SENDING}
        self.rejecting = tuple(p for p in legal if p.decision.verb is Verb.REJECT)
        self.doomed = frozenset(p.key for p in legal if p.decision.verb in (Verb.REJECT, Verb.SUPERSEDE))
        #: Pending decisions that must be carried out before their group is sent.
        self.first: Mapping[Key, Decision] = {
            p.key: p.decision for p in legal if p.decision.verb not in _SENDING
        }

    def _pending(self, decision: Decision, subject: Subject | None) -> Pending | None:
        if subject is None:
            return Pending(decision, Subject(CAMPAIGN), None, f"{decision.verb.value} needs a group")
        if subject.group is None:
            return self._of_step(decision, subject)
        key = (subject.step, subject.group)
        record = self._world.record(key)
        workflow = _named(record, subject.workflow)
        if _is_done(decision, record, workflow, self._world):
            return None
        if key not in self._world.declared and key not in self._world.state.groups:
            why = f"there is no group {subject.step}/{subject.group}"
        else:
            why = self._illegal(decision, record, workflow)
        return Pending(decision, subject, workflow, why or None)

    def _illegal(self, decision: Decision, record: GroupRecord, workflow: Workflow | None) -> str:
        key = (record.step, record.group)
        found = in_conflict(self._world.state, *key, self._world.covers(key))
        return (
            refusal(
                decision.verb,
                record,
                workflow,
                self._of(key).standing.state,
                others=[w for w in found if w.group != record.group],
                step=self._world.state.steps.get(record.step),
                gate=decision.gate,
            )
            or ""
        )

    def _of_step(self, decision: Decision, subject: Subject) -> Pending | None:
        if decision.verb is not Verb.RETIRE:
            return Pending(decision, subject, None, f"{decision.verb.value} needs a group, not a whole step")
        record = self._world.state.steps.get(subject.step)
        if record is not None and record.retired:
            return None
        why = None if subject.step in self._world.steps else f"there is no step {subject.step}"
        return Pending(decision, subject, None, why)


def _one_by_one(pending: Iterable[Pending]) -> tuple[Pending, ...]:
    """Return decisions; one that is not legal comes after a legal one about the same group."""
    before: dict[Key, Pending] = {}
    found: list[Pending] = []
    for one in pending:
        former = before.get(one.key)
        if one.refused is not None and former is not None:
            words = f"{former.decision.verb.value} {former.subject}"
            found.append(replace(one, after=words))
            continue
        if one.refused is None and one.subject.group is not None:
            before[one.key] = one
        found.append(one)
    return tuple(found)


def _named(record: GroupRecord, name: str | None) -> Workflow | None:
    """Return the workflow that a decision names, or the newest."""
    if name is None:
        return (record.counting or record.workflows or (None,))[-1]
    return next((w for w in record.workflows if w.name == name), None)


def _is_done(decision: Decision, record: GroupRecord, workflow: Workflow | None, world: World) -> bool:
    """Tell whether a decision was carried out, or what it asks for has come to be otherwise."""
    naming = [w for w in record.workflows if decision.id in w.decisions]
    verb = decision.verb
    if verb is Verb.RETRY:
        newest = record.workflows[-1] if record.workflows else None
        overtaken = bool(naming) and newest is not naming[-1] and newest is not None
        return any(w.used or w.live for w in naming) or (overtaken and _went_on(record, naming[-1]))
    if verb is Verb.RESTART:
        return workflow is not None and bool(naming) and _restarted(decision, workflow, world)
    if verb is Verb.CANCEL:
        return bool(naming) and not naming[-1].live
    if verb is not Verb.RETIRE and (decision.id in record.decisions or naming):
        return True
    reached = _REACHED.get(verb)
    return reached is not None and reached(record, workflow)


def _went_on(record: GroupRecord, former: Workflow) -> bool:
    """Tell whether a later workflow than ``former`` was sent."""
    at = record.workflows.index(former)
    return any(w.used or w.live for w in record.workflows[at + 1 :])


def _restarted(decision: Decision, workflow: Workflow, world: World) -> bool:
    """Tell whether the restart that a decision asks for passed its gate, or is under way.

    The ledger counts the restarts of a workflow; those that decisions asked for came in their order.
    """
    if workflow.live:
        return True
    asked = [d.id for d in world.inputs.decisions if d.verb is Verb.RESTART and d.id in workflow.decisions]
    return asked.index(decision.id) < workflow.restarts
