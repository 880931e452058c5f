"""What a spec says of acceptance, pauses and limits, from the nearest layer that says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmcompile.model.campaign import Pace
from cmcompile.model.source import Mapping, Scalar, Span
from cmcompile.plan.inputs import Key
from cmcompile.plan.times import moment
from cmcompile.plan.world import World
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


def acceptance(world: World, key: Key) -> Acceptance:
    """Return the rule of the nearest of rescue, step and campaign that has one."""
    pace: Pace = next((p for p in world.paces(key) if p.accept is not None), world.spec.pace)
    return Acceptance(accept_of(pace), pace.accept.span if pace.accept else None)


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
    return Pause(moment(start) if start else None, moment(end) if end else None, words, node.span)


def _text(node: Mapping, key: str) -> str:
    value = node.get(key)
    return str(value.value) if isinstance(value, Scalar) and value.value is not None else ""


def site_limit(world: World, site: str) -> tuple[int, Span] | None:
    """Return how many workflows a site may have at once, and where that is written."""
    layer = world.spec.sites.get(site)
    limits = layer.get("limits") if layer else None
    running = limits.get("running") if isinstance(limits, Mapping) else None
    if isinstance(running, Scalar) and isinstance(running.value, int) and running.value > 0:
        return running.value, running.span
    return None
