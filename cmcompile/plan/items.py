"""Items of a plan: what is done, what must still hold then, and the digest that an approval covers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from cmcompile.model.decision import Decision
from cmcompile.model.event import Subject
from cmcompile.model.plan import Action, Cost, Item
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import Workflow
from cmcompile.plan.costs import Costs
from cmcompile.plan.inputs import Key
from cmcompile.plan.needs import Needs
from cmcompile.plan.position import Position, Want
from cmcompile.plan.tags import Tags
from cmcompile.plan.world import World
from cmcompile.state.conflicts import in_conflict

#: What can't be undone without loss: it costs core hours, or gives up or removes what was made.
_IRREVERSIBLE = frozenset(
    {Action.SUBMIT, Action.RESCUE, Action.RESTART, Action.ABANDON, Action.CANCEL, Action.RETIRE}
    | {Action.SUPERSEDE}
)
#: The precondition of what takes over outputs of the group's own former workflows.
BUILDS_ON = "builds_on"
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Items:
    """Makes items."""

    def __init__(self, world: World, needs: Needs, tags: Tags) -> None:
        self._world = world
        self._needs = needs
        self._tags = tags
        self._costs = Costs(world)
        paces = (world.spec.pace, *(step.pace for step in world.spec.steps))
        self._reviewed = any(pace.review is not None for pace in paces)

    def item(
        self,
        action: Action,
        subject: Subject,
        reason: Reason,
        detail: str = "",
        *,
        position: Position | None = None,
        because: Span | None = None,
        decision: Decision | None = None,
        preconditions: dict[str, str] | None = None,
        next_: str = "",
        definition: str = "",
        cost: Cost | None = None,
    ) -> Item:
        """Return an item with its digest."""
        covers: tuple[str, ...] = ()
        conditions = dict(preconditions or {})
        if decision is not None:
            conditions["decision"] = decision.id
            because = because or decision.span
        declared = self._world.declared.get((subject.step, subject.group or ""))
        if declared is not None and action in (Action.SUBMIT, Action.RESCUE, Action.RESTART):
            definition, covers = declared.definition, declared.group.covers
        named = self._digest(action, subject, definition, decision)
        if self._reviewed and action is Action.WAIT and reason is not Reason.NOT_SELECTED and declared:
            # What waits may be approved already, and is then sent when its turn comes.
            definition, covers = declared.definition, declared.group.covers
            cost = cost or self._costs.of(declared.key, declared.group)
        return Item(
            action=action,
            subject=subject,
            reason=reason,
            detail=detail,
            state=position.standing.state if position else None,
            because=because,
            definition=definition,
            covers=covers,
            preconditions=conditions,
            cost=cost,
            reversible=action not in _IRREVERSIBLE,
            decision=decision.id if decision else "",
            next=next_,
            digest=named,
        )

    def _digest(self, action: Action, subject: Subject, definition: str, decision: Decision | None) -> str:
        name = subject.step if subject.group is None else f"{subject.step}/{subject.group}"
        record = self._world.state.groups.get((subject.step, subject.group or ""))
        # Not how many: one that is found to be unused later, by a late `not_called`, would bring back a
        # digest that was used.
        used = [n for n, w in enumerate(record.workflows, 1) if w.used] if record else []
        attempt = max(used, default=0)
        told = decision.id if decision else ""
        return item_digest(self._world.spec.name, name, action, definition, attempt, told)

    def sending(self, position: Position) -> Item:
        """Return the item that sends a group, or restarts its run."""
        key, declared = position.key, self._world.declared[position.key]
        want = position.want or Want(position.standing.reason)
        conditions = {"definition": declared.definition, **self.workflows(key)}
        if declared.group.covers:
            conditions["covers"] = ", ".join(declared.group.covers)
        if needs := self._needs.digest(declared.group):
            conditions["needs"] = needs
        if tagged := self._tags.digest(key):
            conditions["tagged"] = tagged
        if declared.output:
            conditions["output"] = declared.output
        if want.builds_on:
            conditions[BUILDS_ON] = "its former workflows"
        restart = want.restart
        action = Action.RESTART if restart else Action.RESCUE if declared.group.rescue else Action.SUBMIT
        return self.item(
            action,
            Subject(*key, restart.name if restart else None),
            want.reason,
            want.detail,
            position=position,
            because=want.span or (declared.span if want.decision is None else want.decision.span),
            decision=want.decision,
            preconditions=conditions,
            cost=None if restart or want.builds_on else self._costs.of(key, declared.group),
        )

    def workflows(self, key: Key) -> dict[str, str]:
        """Return the states of a group's workflows, and of others that share its data, as preconditions."""
        state = self._world.state
        own = self._world.record(key).workflows
        found = {"workflows": in_words(filter(_counts, own))}
        if key in state.covering or "." in key[1]:
            others = [w for w in in_conflict(state, *key, self._world.covers(key)) if w.group != key[1]]
            others = list(filter(_counts, others))
            if others:
                found["others"] = ", ".join(f"{w.group}@{w.name} {w.state.value}" for w in others)
        return found


def _counts(workflow: Workflow) -> bool:
    """Tell whether a workflow bears on what is planned; one that ended before its call does not."""
    return workflow.used or workflow.live


def in_words(workflows: Iterable[Workflow]) -> str:
    """Return ``w00 failed, w01 running``, or ``none``."""
    return ", ".join(f"{w.name} {w.state.value}" for w in workflows) or "none"


def item_digest(
    campaign: str, subject: str, action: Action, definition: str, attempt: int, decision: str
) -> str:
    """Return what tells an item from any other: sha256 of canonical JSON.

    Parameters
    ----------
    subject
        ``step/group``, or the step.
    attempt
        The place of the last workflow of the group that is used: it passed the gate, and a call may have been
        made. 0: there is none.
    decision
        The id of the decision that asks for it, or empty.
    """
    return digest([campaign, subject, action.value, definition, attempt, decision])


def digest(value: object) -> str:
    """Return the sha256 of canonical JSON: sorted keys, no spaces, UTF-8."""
    return sha256(canonical(value)).hexdigest()


def canonical(value: object) -> bytes:
    """Return canonical JSON."""
    return _CANONICAL.encode(value).encode()
