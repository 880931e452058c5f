"""From inputs to a plan: what would be done, in which order, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from cmcompile.model.collector import paused_collector
from cmcompile.model.decision import Verb
from cmcompile.model.event import CAMPAIGN, Subject
from cmcompile.model.plan import IDLE, Action, Item, Plan, PlanSource, Stage, StageName
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState
from cmcompile.plan.admission import Admission
from cmcompile.plan.chains import digest_of
from cmcompile.plan.commands import Ways, command
from cmcompile.plan.document import plan_digest
from cmcompile.plan.hints import attention, changes, refused
from cmcompile.plan.inputs import Chosen, Inputs
from cmcompile.plan.items import Items
from cmcompile.plan.judged import judged_by, names
from cmcompile.plan.pending import Pending
from cmcompile.plan.position import Position
from cmcompile.plan.rules import Acceptances
from cmcompile.plan.sent import altered
from cmcompile.plan.standing import Judged, judged
from cmcompile.state.removal import collections

__all__ = ["attention", "changes", "make_plan", "refused"]

_ACTIONS = {
    Verb.ACCEPT: Action.ACCEPT,
    Verb.REJECT: Action.REJECT,
    Verb.ABANDON: Action.ABANDON,
    Verb.ADOPT: Action.ADOPT,
    Verb.CANCEL: Action.CANCEL,
    Verb.RETIRE: Action.RETIRE,
    Verb.SUPERSEDE: Action.SUPERSEDE,
}
_STAGES = {
    Action.ACCEPT: StageName.ACCEPTANCE,
    Action.CHAIN: StageName.COLLECTIONS,
    Action.TAG: StageName.COLLECTIONS,
    Action.RETIRE: StageName.REMOVAL,
    Action.SUBMIT: StageName.SUBMISSION,
    Action.RESCUE: StageName.SUBMISSION,
    Action.RESTART: StageName.SUBMISSION,
    **dict.fromkeys(IDLE, StageName.NOT_NOW),
}
#: Of these a policy has the rescue written.
_WRITTEN = frozenset({Reason.POLICY_RESCUE, Reason.RESCUE_LATER})
_IN_THE_WAY = frozenset({GroupState.WAITING, GroupState.HELD})


def make_plan(
    inputs: Inputs, source: PlanSource, chosen: Chosen = None, *, already: Judged | None = None
) -> Plan:
    """Make a plan; the same inputs give the same plan.

    Parameters
    ----------
    source
        What it is made from; its ``limit`` caps the submissions.
    chosen
        The groups that it may act on, as a collection or a test; None: all. What it would do with others is
        listed as not selected.
    already
        The same inputs, where they were judged before.
    """
    with paused_collector():
        return _plan(_Making(already or judged(inputs), source, chosen), source)


def _plan(made: _Making, source: PlanSource) -> Plan:
    stages: dict[StageName, list[Item]] = {name: [] for name in StageName}
    for item in made.items():
        stages[_STAGES.get(item.action, StageName.DECISIONS)].append(item)
    plan = Plan(source, tuple(Stage(name, tuple(items)) for name, items in stages.items() if items))
    return replace(plan, digest=plan_digest(plan))


class _Making:
    """One plan in the making."""

    def __init__(self, found: Judged, source: PlanSource, chosen: Chosen) -> None:
        self._source = source
        self._judged = found
        self._world = self._judged.world
        self._decided = self._judged.decided
        self._items = Items(self._world, self._judged.needs, self._judged.tags)
        self._altered = altered(self._world, self._decided, source.emit, self._judged.tags)
        self._chosen = _test(chosen)
        self._all = chosen is None

    def items(self) -> Iterator[Item]:
        """Return all items: those that act in the order of the stages, then the others."""
        acting = [*self._decisions(), *self._accepted(), *self._chains()]
        yield from self._selected(acting)
        yield from self._tags()
        yield from self._submission()
        yield from self._refused()
        yield from self._others()
        yield from self._unreadable()

    def _selected(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            yield item if self._may(item.subject) else self._left_out(item)

    def _may(self, subject: Subject) -> bool:
        """Tell whether the plan may act: on a step, or the campaign, where all of its groups are chosen."""
        if self._all:
            return True
        if subject.group is not None:
            return self._chosen(subject.step, subject.group)
        every = [key for key in self._world.declared if subject.step in (key[0], CAMPAIGN)]
        return bool(every) and all(self._chosen(*key) for key in every)

    def _left_out(self, item: Item) -> Item:
        words = f"would {item.action.value}: {item.reason.words}"
        found = self._items.item(Action.WAIT, item.subject, Reason.NOT_SELECTED, words)
        return replace(found, state=item.state)

    # What decisions ask for.

    def _decisions(self) -> Iterator[Item]:
        for pending in self._decided.pending:
            if pending.stands and pending.decision.verb in _ACTIONS:
                yield self._decision(pending)

    def _decision(self, pending: Pending) -> Item:
        decision, key = pending.decision, pending.key
        conditions: dict[str, str] = {}
        if pending.subject.group is not None:
            conditions = self._items.workflows(key)
        if decision.verb in (Verb.ACCEPT, Verb.REJECT):
            judged = judged_by(self._world, key)
            if decision.verb is Verb.ACCEPT:
                judged = tuple(w for w in judged if self._decided.taking(w) is None)
            conditions["judged"] = names(judged)
        if decision.gate:
            conditions["gate"] = decision.gate
        if decision.verb is Verb.ADOPT:
            conditions |= {"run": decision.run, "wms": decision.wms, "output": decision.output}
        if decision.verb is Verb.RETIRE:
            conditions["removes"] = ", ".join(collections(self._world.state, pending.subject))
        return self._items.item(
            _ACTIONS[decision.verb],
            pending.subject,
            Reason.DECIDED,
            f"{decision.by}: {decision.because}",
            position=self._judged.positions.get(key),
            decision=decision,
            preconditions=conditions,
        )

    def _refused(self) -> Iterator[Item]:
        for pending in self._decided.pending:
            if pending.stands or not self._may(pending.subject):
                continue
            verb = pending.decision.verb.value
            yield self._items.item(
                Action.WAIT if pending.after else Action.REFUSE,
                pending.subject,
                Reason.DECIDED,
                f"{verb} after {pending.after}" if pending.after else f"{verb}: {pending.refused}",
                position=self._judged.positions.get(pending.key),
                decision=pending.decision,
            )
        for key in sorted(self._altered, key=self._world.place):
            if self._chosen(*key):
                found = self._altered[key]
                declared = self._world.declared.get(key)
                yield self._items.item(
                    Action.REFUSE,
                    Subject(*key),
                    found.reason,
                    found.detail,
                    position=self._judged.positions[key],
                    because=declared.span if declared else None,
                    next_=Ways(self._world).on(found.reason, key, workflow=found.workflow),
                )

    # What follows from the state.

    def _accepted(self) -> Iterator[Item]:
        rules = Acceptances(self._world)
        for key, position in self._judged.positions.items():
            standing = position.standing
            if standing.reason is not Reason.ENDED_WELL:
                continue
            outcome, declared = standing.outcome, self._world.declared.get(key)
            reason = Reason.WITHIN_LIMITS if outcome and outcome.missing else Reason.NO_FAILURES
            span = position.because or rules.of(key).span
            yield self._items.item(
                Action.ACCEPT,
                Subject(*key),
                reason,
                standing.detail,
                position=position,
                because=span or (declared.span if declared else None),
                preconditions={
                    **self._items.workflows(key),
                    "judged": names(judged_by(self._world, key)),
                },
            )

    def _chains(self) -> Iterator[Item]:
        chains = self._judged.chains
        for step in (*(s.name for s in self._world.spec.steps), CAMPAIGN):
            found = chains.difference(step)
            if found is not None:
                yield self._items.item(
                    Action.CHAIN,
                    Subject(step),
                    found.reason,
                    found.detail,
                    because=found.span,
                    preconditions={
                        "collection": chains.name(step),
                        "runs": digest_of(chains.desired(step)),
                        "chained": digest_of(chains.record(step).chained or ()),
                    },
                )

    def _tags(self) -> Iterator[Item]:
        """Yield the tagged inputs that are to be made for the groups that are chosen."""
        tags = self._judged.tags
        for due in tags.due():
            one = due.declared
            if not any(self._chosen(*key) for key in tags.readers(one.name)):
                continue
            if due.was and self._altered:
                # What a refused group read when it was sent, the spec does not tell any more.
                detail = f"{one.name} is not made anew while an edit of sent groups is refused"
                yield self._items.item(Action.WAIT, Subject(due.step), Reason.TAG_CHANGED, detail)
                continue
            conditions = {"collection": one.name, "declaration": one.digest, "tagged": due.was or "none"}
            yield self._items.item(
                Action.TAG,
                Subject(due.step),
                Reason.NEW_TAG,
                due.detail,
                because=one.span,
                preconditions=conditions | ({"needs": due.needs} if due.needs else {}),
                definition=one.digest,
            )

    def _submission(self) -> Iterator[Item]:
        ready = [
            p
            for p in self._judged.positions.values()
            if p.standing.state is GroupState.READY and p.key not in self._altered
        ]
        chosen = [p for p in ready if self._chosen(*p.key)]
        admitted = Admission(self._world, self._decided).of(chosen, self._source.limit)
        yield from (self._items.sending(p) for p in admitted.now)
        yield from (self._standing(Action.WAIT, p) for p in admitted.late)
        if len(chosen) < len(ready):
            for position in sorted(ready, key=lambda p: self._world.place(p.key)):
                if not self._chosen(*position.key):
                    yield self._left_out(self._items.sending(position))

    def _others(self) -> Iterator[Item]:
        for key, position in self._judged.positions.items():
            standing = position.standing
            if not self._chosen(*key) or (key in self._altered and standing.reason is Reason.SENT_GONE):
                continue
            if standing.state in _IN_THE_WAY or standing.reason in _WRITTEN:
                yield self._standing(Action.WAIT, position)
            elif self._needs_person(position):
                yield self._standing(Action.REVIEW, position)

    def _unreadable(self) -> Iterator[Item]:
        """Return what a person must look at that belongs to no group: files that can't be read."""
        campaign = self._world.spec.name
        for fault in self._world.state.faults if self._all else ():
            if fault.subject is None or fault.subject.group is None:
                subject = Subject(CAMPAIGN) if fault.subject is None else fault.subject
                detail = f"{fault.path}: {fault.why}"
                next_ = command("verify", campaign)
                yield self._items.item(Action.REVIEW, subject, Reason.UNREADABLE, detail, next_=next_)

    def _needs_person(self, position: Position) -> bool:
        """Tell whether a person must look at a group, and has not decided yet."""
        standing = position.standing
        going_on = standing.reason is Reason.RESCUE_DECLARED or standing.reason in _WRITTEN
        failed = standing.state is GroupState.FAILED and not going_on
        return failed or standing.state is GroupState.REVIEW

    def _standing(self, action: Action, position: Position) -> Item:
        standing = position.standing
        declared = self._world.declared.get(position.key)
        because: Span | None = position.because or (declared.span if declared else None)
        return self._items.item(
            action,
            Subject(*position.key),
            standing.reason,
            standing.detail,
            position=position,
            because=because,
            next_=standing.next,
        )


def _test(chosen: Chosen) -> Callable[[str, str], bool]:
    if chosen is None:
        return lambda step, group: True
    if callable(chosen):
        return chosen
    keys = frozenset(chosen)
    return lambda step, group: (step, group) in keys
