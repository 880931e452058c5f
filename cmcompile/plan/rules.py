"""What a spec says of acceptance, pauses and limits, from the nearest layer that says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cmcompile.model.campaign import Pace
from cmcompile.model.source import Mapping, Scalar, Span
from cmcompile.plan.inputs import Key
from cmcompile.plan.times import end_of, moment
from cmcompile.plan.world import World, pass_of
from cmcompile.state.acceptance import Accept, accept_of


@dataclass(frozen=True, slots=True)
class Acceptance:
    """When a group is accepted without a person, and where that is written."""

    rule: Accept
    span: Span | None


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which nothing is submitted."""

    start: datetime | None
    end: datetime | None
    detail: str
    span: Span

    def holds(self, now: datetime) -> bool:
        """Tell whether it is on; one whose times can't be read always is."""
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


class Acceptances:
    """The rules of all groups; what is the same for a step, or for a rescue, is worked out once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[Key, Acceptance] = {}

    def of(self, key: Key) -> Acceptance:
        """Return the rule of the nearest of rescue, step and campaign that has one."""
        which = pass_of(key)
        found = self._known.get(which)
        if found is None:
            paces = (p for p in self._world.paces(key) if p.accept is not None)
            pace: Pace = next(paces, self._world.spec.pace)
            found = Acceptance(accept_of(pace), pace.accept.span if pace.accept else None)
            self._known[which] = found
        return found


def pause(world: World, key: Key) -> Pause | None:
    """Return the pause that holds a group now, or None; those of campaign, step and rescue all count."""
    for pace in world.paces(key):
        for node in pace.pauses:
            found = _pause(node)
            if found.holds(world.inputs.facts.now):
                return found
    return None


def _pause(node: Mapping) -> Pause:
    start, end, because = (_text(node, key) for key in ("from", "to", "because"))
    words = f"from {start}" + (f" to {end}" if end else "") + (f": {because}" if because else "")
    return Pause(moment(start) if start else None, end_of(end) if end else None, words, node.span)


def _text(node: Mapping, key: str) -> str:
    value = node.get(key)
    return str(value.value) if isinstance(value, Scalar) and value.value is not None else ""


def site_limit(
    world: World, site: str, kind: Literal["running", "jobs"] = "running"
) -> tuple[int, Span] | None:
    """Return how many workflows, or jobs, a site may have at once, and where that is written."""
    layer = world.spec.sites.get(site)
    limits = layer.get("limits") if layer else None
    most = limits.get(kind) if isinstance(limits, Mapping) else None
    if isinstance(most, Scalar) and isinstance(most.value, int) and most.value > 0:
        return most.value, most.span
    return None
