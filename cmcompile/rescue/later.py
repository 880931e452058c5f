"""Ids that came after their groups were sent, put beside what became of the groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from cmcompile.model.outcome import Outcome
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState
from cmcompile.rescue.ground import Step, Told
from cmcompile.rescue.known import Known
from cmcompile.rescue.quanta import Lack
from cmcompile.rescue.recovery import recoveries

_NO_MORE = frozenset({GroupState.REJECTED, GroupState.SUPERSEDED})


def with_added(
    known: Known, ground: Step, told: Mapping[str, Told], chosen: Collection[str] | None
) -> tuple[Mapping[str, Told], tuple[str, ...]]:
    """Add such ids where a recovery of the step asks for them, and say for which none can be made.

    They need no outcome: a group that was accepted is lacking them too.

    Parameters
    ----------
    chosen
        Ids of first-pass groups; None: all of the step.
    """
    step = ground.step
    if not any(Lack.ADDED in way.lacks for way in recoveries(step)):
        return told, ()
    policy = known.policy(step)
    nothing = Told(Outcome(())) if policy is None else Told(Outcome(()), budget=policy.budgets.rescues)
    found, apart = dict(told), []
    for one in ground.added():
        name = one.group.id
        if (chosen is not None and name not in chosen) or not _may_be_rescued(known, step.name, name):
            continue
        dimensions = {part.axis: part.dimension for part in one.group.parts}
        ids = {}
        for axis, some in one.ids.items():
            dimension = dimensions[axis]
            if dimension:
                ids[dimension] = some
            else:
                apart.append(f"{step.name}/{name}: {axis} is no dimension: declare a rescue by hand")
        if ids:
            found[name] = replace(found.get(name, nothing), added=ids)
    return found, tuple(apart)


def _may_be_rescued(known: Known, step: str, name: str) -> bool:
    """Tell whether a group has ended, and is not to be sent again as a whole."""
    record = known.state.groups.get((step, name)) if known.state else None
    standing = known.standings.get((step, name))
    if record is None or record.live or record.verdict in _NO_MORE:
        return False
    return standing is None or standing.reason is not Reason.POLICY_RETRY
