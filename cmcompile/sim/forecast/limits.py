"""The limits of a campaign: of itself, its steps, their rescues, and the sites, as the plan counts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmcompile.plan.inputs import Key
from cmcompile.plan.rules import site_limit
from cmcompile.plan.world import World, pass_of, rescue_name
from cmcompile.sim.forecast.graph import Lane, Limit

_Scope = tuple[str, ...]


class Lanes:
    """Sorts groups by the limits that they fall under.

    Parameters
    ----------
    known
        The groups of the spec: what else is live takes a place and never ends.
    """

    def __init__(self, world: World, known: Iterable[Key]) -> None:
        self._world = world
        self._limits: dict[_Scope, Limit] = {}
        self._lanes: dict[_Scope, tuple[int, Lane]] = {}
        self._taken: dict[_Scope, int] = {}
        declared = frozenset(known)
        for key, record in world.state.groups.items():
            if key not in declared:
                for scope in self._scopes(key):
                    self._taken[scope] = self._taken.get(scope, 0) + len(record.live)

    def of(self, key: Key) -> int:
        """Return the lane of a group."""
        site = self._world.declared[key].site or ""
        which = (key[0], rescue_name(key) or "", site)
        if which not in self._lanes:
            scopes = [self._limit(scope, key) for scope in self._scopes(key)]
            self._lanes[which] = (len(self._lanes), Lane(key, tuple(scopes)))
        return self._lanes[which][0]

    def lanes(self) -> tuple[Lane, ...]:
        """Return all lanes."""
        return tuple(lane for _, lane in self._lanes.values())

    def limits(self) -> tuple[Limit, ...]:
        """Return all limits; also those that let any number through."""
        return tuple(self._limits.values())

    def _scopes(self, key: Key) -> Iterator[_Scope]:
        yield ()
        yield ("step", key[0])
        if rescue_name(key) is not None:
            yield ("rescue", *pass_of(key))
        declared = self._world.declared.get(key)
        if declared is not None and declared.site is not None:
            yield ("site", declared.site)

    def _limit(self, scope: _Scope, key: Key) -> int:
        if scope not in self._limits:
            self._limits[scope] = self._made(scope, key)
        return list(self._limits).index(scope)

    def _made(self, scope: _Scope, key: Key) -> Limit:
        world, taken = self._world, self._taken.get(scope, 0)
        if not scope:
            pace = world.spec.pace
            return Limit("the campaign", pace.running, taken, pace.submitting)
        if scope[0] == "step":
            step = world.steps.get(key[0])
            most, submitting = (step.pace.running, step.pace.submitting) if step else (None, None)
            return Limit(key[0], most, taken, submitting)
        if scope[0] == "rescue":
            rescue = world.rescue(key)
            most, submitting = (rescue.pace.running, rescue.pace.submitting) if rescue else (None, None)
            return Limit(f"rescue {scope[2]} of {scope[1]}", most, taken, submitting)
        found = site_limit(world, scope[1])
        return Limit(f"site {scope[1]}", found[0] if found else None, taken)
