"""Which decisions are still to be carried out, and which can't be."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping

from cmcompile.model.decision import Decision, Verb
from cmcompile.model.event import CAMPAIGN, Subject
from cmcompile.model.ids import natural
from cmcompile.model.states import GroupRecord, GroupState, Standing, Workflow, WorkflowState
from cmcompile.plan.clashes import one_by_one
from cmcompile.plan.inputs import Key
from cmcompile.plan.legality import SCOPES, has_run, in_force
from cmcompile.plan.pending import Pending
from cmcompile.plan.position import Position
from cmcompile.plan.world import World
from cmcompile.state.conflicts import in_conflict, rests_on
from cmcompile.state.moves import refusal

_SENDING = frozenset({Verb.RETRY, Verb.RESTART})
#: They take back, or remove, what a workflow left: nothing may build on that any more.
_UNDOING = frozenset({Verb.REJECT, Verb.SUPERSEDE, Verb.RETIRE})
#: They say what is to become of a group that a person was asked about.
_SETTLES = frozenset({Verb.ACCEPT, Verb.REJECT, Verb.SUPERSEDE})
_ANSWERS = _SETTLES | {Verb.ADOPT, Verb.ABANDON}
#: The verbs whose end is told by the state, whoever brought it about.
_REACHED: dict[Verb, Callable[[GroupRecord, Workflow | None], bool]] = {
    Verb.ACCEPT: lambda record, _: record.verdict is GroupState.ACCEPTED,
    Verb.REJECT: lambda record, _: record.verdict is GroupState.REJECTED,
    Verb.SUPERSEDE: lambda record, w: w is not None and w.name in record.superseded,
    Verb.RETIRE: lambda _, w: w is not None and w.state is WorkflowState.RETIRED,
}


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
    accepting
        Groups that a legal pending decision accepts.
    undoing
        By the first-pass groups whose data it is about: a legal pending decision that takes back, or removes,
        what a workflow left.
    adopting
        By the same: a legal pending decision to take over a run.
    retiring
        Steps of which a legal pending decision removes the outputs.
    """

    def __init__(self, world: World, of: Callable[[Key], Position]) -> None:
        self._world = world
        self._of = of
        valid = [d for d in in_force(world.inputs.decisions) if d.verb not in SCOPES]
        found = (self._pending(d, d.subject) for d in valid)
        self.pending: tuple[Pending, ...] = one_by_one(world, [p for p in found if p is not None])
        stands = [p for p in self.pending if p.stands]
        self.asked: Mapping[Key, Decision] = {
            p.key: p.decision for p in stands if p.decision.verb in _SENDING
        }
        self.rejecting = tuple(p for p in stands if p.decision.verb is Verb.REJECT)
        self.doomed = frozenset(p.key for p in stands if p.decision.verb in (Verb.REJECT, Verb.SUPERSEDE))
        #: Pending decisions that must be carried out before their group is sent.
        self.first: Mapping[Key, Pending] = {p.key: p for p in stands if p.decision.verb not in _SENDING}
        self.accepting: Mapping[Key, Pending] = {p.key: p for p in stands if p.decision.verb is Verb.ACCEPT}
        self.undoing = self._by_data(stands, _UNDOING)
        self.adopting = self._by_data(stands, frozenset({Verb.ADOPT}))
        self.retiring: Mapping[str, Pending] = {p.key[0]: p for p in stands if p.subject.group is None}
        self._about: dict[Key, list[Pending]] = {}
        for pending in stands:
            self._about.setdefault(pending.key, []).append(pending)

    def _by_data(self, pending: Iterable[Pending], verbs: Container[Verb]) -> Mapping[Key, Pending]:
        return {data: p for p in pending if p.decision.verb in verbs for data in self._world.touched(p.key)}

    def answer(self, key: Key, standing: Standing) -> Pending | None:
        """Return the pending decision that answers what a person is asked about a group, or None."""
        for pending in self._about.get(key, ()):
            verb = pending.decision.verb
            if verb in _ANSWERS and (verb is not Verb.ABANDON or standing.workflow == pending.address):
                return pending
        return None

    def settles(self, key: Key) -> bool:
        """Tell whether a pending decision is a verdict on a group, or takes its workflows out of account."""
        return any(p.decision.verb in _SETTLES for p in self._about.get(key, ()))

    def taking(self, workflow: Workflow) -> Pending | None:
        """Return the pending decision that takes back, or removes, what a workflow left, or None."""
        for pending in self._about.get((workflow.step, workflow.group), ()):
            verb, named = pending.decision.verb, pending.workflow
            if verb not in _UNDOING or named is None:
                continue
            # A rejection is of the whole group; those up to the one that is named are superseded.
            up_to = verb is Verb.SUPERSEDE and natural(workflow.name) <= natural(named.name)
            if up_to or verb is Verb.REJECT or workflow.name == named.name:
                return pending
        return None

    def given_up(self, workflow: Workflow) -> bool:
        """Tell whether a pending decision gives a workflow up."""
        about = self._about.get((workflow.step, workflow.group), ())
        return any(p.decision.verb is Verb.ABANDON and p.workflow == workflow for p in about)

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
                rests=rests_on(self._world.state, workflow),
            )
            or ""
        )

    def _of_step(self, decision: Decision, subject: Subject) -> Pending | None:
        if decision.verb is not Verb.RETIRE:
            return Pending(decision, subject, None, f"{decision.verb.value} needs a group, not a whole step")
        record = self._world.state.steps.get(subject.step)
        if record is not None and record.retired:
            return None
        return Pending(decision, subject, None, self._in_use(subject.step))

    def _in_use(self, step: str) -> str | None:
        """Return why the outputs of a step can't be removed: they are being made, or used."""
        world = self._world
        if step not in world.steps:
            return f"there is no step {step}"
        using = {step, *world.using(step)}
        for record in world.state.groups.values():
            if record.live and record.step in using:
                what = "" if record.step == step else f", and {record.step} needs {step}"
                return f"{record.live[0]} is {record.live[0].state.value}{what}: wait until it has ended"
        return None


def _named(record: GroupRecord, name: str | None) -> Workflow | None:
    """Return the workflow that a decision names, or the newest."""
    if name is None:
        return (record.counting or record.workflows or (None,))[-1]
    return record.workflow(name)


def _is_done(decision: Decision, record: GroupRecord, workflow: Workflow | None, world: World) -> bool:
    """Tell whether a decision was carried out, or what it asks for has come to be otherwise."""
    naming = [w for w in record.workflows if decision.id in w.decisions]
    verb = decision.verb
    if verb in _SENDING and workflow is not None and workflow.name in record.superseded:
        # It is sent anew, or was, without it.
        return True
    if verb is Verb.RETRY:
        newest = record.workflows[-1] if record.workflows else None
        overtaken = bool(naming) and newest is not naming[-1] and newest is not None
        return any(w.used or w.live for w in naming) or (overtaken and _went_on(record, naming[-1]))
    if verb is Verb.RESTART:
        return workflow is not None and bool(naming) and _restarted(decision, workflow, world)
    if verb is Verb.CANCEL:
        return bool(naming) and not naming[-1].live
    if verb is Verb.ADOPT and has_run(record, decision):
        return True
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
