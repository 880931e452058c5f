"""Positions with the words and commands that go with them."""

from __future__ import annotations

from cmcompile.model.event import WmsRef
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Standing, Workflow
from cmcompile.plan.commands import command, way_on
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position, Want
from cmcompile.plan.world import World, name_of

#: States in which a group goes on by itself, with the next apply.
_APPLIED = frozenset({GroupState.READY})


class Teller:
    """Makes positions; knows the campaign's name, and which sources can't be asked."""

    def __init__(self, world: World) -> None:
        self._campaign = world.spec.name
        self._stale = world.inputs.facts.stale
        self._apply = command("apply", self._campaign)

    def tell(
        self,
        key: Key,
        state: GroupState,
        reason: Reason,
        detail: str = "",
        *,
        workflow: Workflow | None = None,
        since: str = "",
    ) -> Standing:
        """Return a standing; ``workflow`` is the one that it speaks of."""
        next_ = way_on(reason, self._campaign, name_of(key if workflow is None else _key(workflow)))
        if state in _APPLIED or reason is Reason.ENDED_WELL:
            next_ = self._apply
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
            way_on(reason, self._campaign, name_of(_key(workflow))),
            f"{workflow.group}@{workflow.name}",
            workflow.since,
            blocked=True,
        )

    def ready(self, key: Key, want: Want, since: str = "") -> Position:
        """Return the position of a group that is to be sent."""
        return Position(
            Standing(*key, GroupState.READY, want.reason, want.detail, self._apply, since=since), want
        )

    def next(self, reason: Reason, key: Key) -> str:
        """Return the command for a reason."""
        return way_on(reason, self._campaign, name_of(key))

    def _stale_since(self, workflow: Workflow) -> str:
        wms: WmsRef | None = workflow.claim.wms if workflow.claim else None
        return self._stale.get(wms, "") if workflow.live and wms is not None else ""


def _key(workflow: Workflow) -> Key:
    return (workflow.step, workflow.group)
