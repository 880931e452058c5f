"""Positions with the words and commands that go with them."""

from __future__ import annotations

from dataclasses import replace

from cmcompile.model.event import WmsRef
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Standing, Workflow
from cmcompile.plan.commands import Ways, command
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position, Want
from cmcompile.plan.world import World

#: States in which a group goes on by itself, with the next apply.
_APPLIED = frozenset({GroupState.READY})


class Teller:
    """Makes positions; knows the campaign's name, and which sources can't be asked."""

    def __init__(self, world: World) -> None:
        self._ways = Ways(world)
        self._stale = world.inputs.facts.stale
        self._go_on = command("apply", world.spec.name)

    def tell(
        self,
        key: Key,
        state: GroupState,
        reason: Reason,
        detail: str = "",
        *,
        workflow: Workflow | None = None,
        since: str = "",
        next_: str | None = None,
    ) -> Standing:
        """Return a standing that speaks of ``workflow``; ``next_`` is the command, where it is known."""
        if next_ is None:
            is_applied = state in _APPLIED or reason is Reason.ENDED_WELL
            next_ = self._go_on if is_applied else self._about(reason, key, state, workflow)
        if workflow is None:
            return Standing(*key, state, reason, detail, next_, since=since)
        return Standing(
            *key,
            state,
            reason,
            detail,
            next_,
            f"{workflow.group}@{workflow.name}",
            since or workflow.since,
            self._stale_since(workflow),
            outcome=workflow.outcome,
        )

    def blocked(self, key: Key, workflow: Workflow, reason: Reason) -> Standing:
        """Return the standing of a group in whose way a submission stands that waits for a person."""
        return Standing(
            *key,
            GroupState.HELD,
            Reason.BLOCKED_BY_REVIEW,
            f"{workflow}: {reason.words}",
            self._ways.on(reason, _key(workflow), None, workflow),
            f"{workflow.group}@{workflow.name}",
            workflow.since,
            blocked=True,
        )

    def decided(self, standing: Standing, words: str) -> Standing:
        """Return the standing of a group of which a person has decided what is to become."""
        return replace(
            standing, state=GroupState.ACTIVE, reason=Reason.DECIDED, detail=words, next=self._go_on
        )

    def ended_well(self, standing: Standing, detail: str) -> Standing:
        """Return the standing of a group that is to be accepted after all."""
        return replace(
            standing, state=GroupState.ACTIVE, reason=Reason.ENDED_WELL, detail=detail, next=self._go_on
        )

    def ready(self, key: Key, want: Want, since: str = "") -> Position:
        """Return the position of a group that is to be sent."""
        return Position(
            Standing(*key, GroupState.READY, want.reason, want.detail, self._go_on, since=since), want
        )

    def next(self, reason: Reason, key: Key, state: GroupState) -> str:
        """Return the command for a reason."""
        return self._ways.on(reason, key, state)

    def _about(self, reason: Reason, key: Key, state: GroupState, workflow: Workflow | None) -> str:
        if workflow is None or _key(workflow) == key:
            return self._ways.on(reason, key, state, workflow)
        return self._ways.on(reason, _key(workflow), None, workflow)

    def _stale_since(self, workflow: Workflow) -> str:
        wms: WmsRef | None = workflow.claim.wms if workflow.claim else None
        return self._stale.get(wms, "") if workflow.live and wms is not None else ""


def _key(workflow: Workflow) -> Key:
    return (workflow.step, workflow.group)
