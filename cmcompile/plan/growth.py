"""Whether the last group of a growing list may be sent: ``close``."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.campaign import Axis
from cmcompile.model.group import Group, Part
from cmcompile.model.source import Span
from cmcompile.plan.inputs import Facts
from cmcompile.plan.times import duration, later, moment
from cmcompile.plan.world import World


@dataclass(frozen=True, slots=True)
class Growing:
    """Why a group may still grow, and the axis that says so."""

    detail: str
    span: Span


def growing(world: World, group: Group) -> Growing | None:
    """Return why a group that was never sent may still grow, or None.

    A rescue group works on ids that were sent: nothing is added to it.
    """
    step = world.steps.get(group.step)
    if step is None or group.rescue is not None:
        return None
    for part in group.parts:
        axis = next((a for a in step.split if a.name == part.axis), None) if part.last else None
        detail = _open(axis, part, world.inputs.facts) if axis is not None else None
        if axis is not None and detail is not None:
            return Growing(detail, axis.span)
    return None


def _open(axis: Axis, part: Part, facts: Facts) -> str | None:
    source = axis.sources[part.source] if 0 <= part.source < len(axis.sources) else None
    if axis.close == "now" or source is None or source.list is None:
        return None
    if axis.close == "next":
        return f"list {source.list} has no later {axis.name} yet"
    if axis.close.startswith("after "):
        return _young(source.list, axis.close.removeprefix("after "), facts)
    cut = source.cut
    if cut.kind == "each":
        return None
    if cut.kind == "size":
        has, full = len(part.ids), int(cut.size)
        return f"it holds {has} of {full} of list {source.list}" if has < full else None
    if cut.kind == "ranges" and part.bounds is not None and part.ids[-1] == part.bounds[1]:
        return None
    return f"list {source.list} may still add to it; a group after it closes it"


def _young(name: str, text: str, facts: Facts) -> str | None:
    grown, wait = moment(facts.list_dates.get(name, "")), duration(text)
    if grown is None or wait is None:
        return f"it is not known when list {name} grew last"
    closes = later(grown, wait)
    return (
        f"list {name} grew last on {grown.date()}: closed on {closes.date()}" if facts.now < closes else None
    )
