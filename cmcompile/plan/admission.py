"""Who goes first when not all may: order, limits, and at most one workflow over the same data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from cmcompile.model.campaign import Pace
from cmcompile.model.decision import Verb
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState
from cmcompile.plan.decided import Decided
from cmcompile.plan.inputs import Key
from cmcompile.plan.position import Position
from cmcompile.plan.reviewing import Reviewing
from cmcompile.plan.rules import site_limit
from cmcompile.plan.telling import Teller
from cmcompile.plan.world import World, name_of, pass_of, rescue_name

#: What a limit counts: the campaign, a step, a rescue of a step, or a site.
_Scope: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Admitted:
    """The groups that may be sent, in order, and those that may not, with the reason."""

    now: tuple[Position, ...]
    late: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class _Limit:
    scope: _Scope
    most: int
    words: str
    span: Span | None = None
    of_jobs: bool = False


class Admission:
    """Admits ready groups one by one; every workflow that is not known to be over counts."""

    def __init__(self, world: World, decided: Decided) -> None:
        self._world = world
        self._teller = Teller(world)
        self._reviewing = Reviewing(world)
        self._live: Counter[_Scope] = Counter()
        self._jobs: Counter[_Scope] = Counter()
        self._taken: dict[Key, Key] = {}
        live = ((record, sum(w.live for w in record.workflows)) for record in world.state.groups.values())
        for record, number in live:
            if number:
                self._count((record.step, record.group), number)
        for pending in decided.pending:
            if pending.stands and pending.decision.verb is Verb.ADOPT:
                self._count(pending.key)
                self._take(pending.key)

    def of(self, ready: Iterable[Position], most: int | None = None) -> Admitted:
        """Admit groups: higher priority first, then by step, first pass before rescues, then by id.

        Parameters
        ----------
        most
            At most so many.
        """
        now: list[Position] = []
        late: list[Position] = []
        for position in sorted(ready, key=lambda p: self._order(p.key)):
            found = self._late(position)
            if found is None and most is not None and len(now) >= most:
                found = self._held(position, Reason.OVER_COUNT, f"--limit {most}")
            if found is not None:
                late.append(found)
                continue
            now.append(position)
            if self._reviewing.needed:
                self._reviewing.take(position.key)
            self._count(position.key)
            self._take(position.key)
        return Admitted(tuple(now), tuple(late))

    def _order(self, key: Key) -> tuple[int, object]:
        return (-self._world.priority(key), self._world.place(key))

    def _take(self, key: Key) -> None:
        for touched in self._world.touched(key):
            self._taken.setdefault(touched, key)

    def _late(self, position: Position) -> Position | None:
        key = position.key
        other = next((self._taken[t] for t in self._world.touched(key) if t in self._taken), None)
        if other is not None:
            return self._held(position, Reason.CONFLICT, f"{name_of(other)} goes first")
        if self._reviewing.needed and (refused := self._reviewing.held(key)) is not None:
            found = self._held(position, refused.reason, refused.detail)
            standing = replace(found.standing, next=refused.next, blocked=True)
            return replace(found, standing=standing, because=refused.because)
        for limit in self._limits(key):
            words = self._over(limit, key)
            if words:
                return replace(
                    self._held(position, Reason.LIMIT, f"{limit.words}: {words}"), because=limit.span
                )
        return None

    def _over(self, limit: _Limit, key: Key) -> str:
        """Return how far a limit is reached; empty: it leaves room for a group."""
        if not limit.of_jobs:
            live = self._live[limit.scope]
            return f"{live} of {limit.most}" if live >= limit.most else ""
        live, more = self._jobs[limit.scope], self._jobs_of(key)
        # One that is larger than the limit goes alone, or it would never go.
        return f"{live} of {limit.most} jobs, and {more} more" if live and live + more > limit.most else ""

    def _count(self, key: Key, number: int = 1) -> None:
        """Count a group as under way, with so many workflows."""
        jobs = number * self._jobs_of(key) if self._world.has_job_limits else 0
        for scope in self._scopes(key):
            self._live[scope] += number
            self._jobs[scope] += jobs

    def _jobs_of(self, key: Key) -> int:
        """Return how many jobs a group has; one that the spec does not have any more counts as one job."""
        declared, ask = self._world.declared.get(key), self._world.inputs.facts.jobs
        step = self._world.steps.get(key[0])
        if ask is None or (step is not None and step.engine != "batch"):
            return 0
        return 1 if declared is None else ask(declared.group) or 0

    def _held(self, position: Position, reason: Reason, detail: str) -> Position:
        standing = self._teller.tell(position.key, GroupState.HELD, reason, detail)
        return replace(position, standing=standing)

    def _scopes(self, key: Key) -> Iterator[_Scope]:
        yield ()
        yield ("step", key[0])
        if rescue_name(key) is not None:
            yield ("rescue", *pass_of(key))
        declared = self._world.declared.get(key)
        if declared is not None and declared.site is not None:
            yield ("site", declared.site)

    def _limits(self, key: Key) -> Iterator[_Limit]:
        yield from self._limits_of(key, of_jobs=False)
        step = self._world.steps.get(key[0])
        if step is not None and step.engine == "batch" and self._world.has_job_limits:
            yield from self._limits_of(key, of_jobs=True)

    def _limits_of(self, key: Key, *, of_jobs: bool) -> Iterator[_Limit]:
        """Yield what bounds workflows, or jobs, of the campaign, the step, the rescue and the site."""
        world = self._world
        step, rescue, declared = world.steps.get(key[0]), world.rescue(key), world.declared.get(key)
        paces: list[tuple[_Scope, str, Pace]] = [((), "campaign", world.spec.pace)]
        if step is not None:
            paces.append((("step", key[0]), step.name, step.pace))
        if rescue is not None:
            paces.append((("rescue", *pass_of(key)), f"rescue {rescue.name} of {key[0]}", rescue.pace))
        for scope, words, pace in paces:
            most = pace.jobs if of_jobs else pace.running
            if most is not None:
                yield _Limit(scope, most, words, of_jobs=of_jobs)
        if declared is not None and declared.site is not None:
            found = site_limit(world, declared.site, "jobs" if of_jobs else "running")
            if found is not None:
                site = declared.site
                yield _Limit(("site", site), found[0], f"site {site}", found[1], of_jobs)
