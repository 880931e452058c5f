"""What must be approved before it is sent, and what may be spent: ``docs/approvals.md``.

It is judged where limits are: on the ledger that the claim, and later the gate, is appended to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from cmcompile.model.approval import Approval, Rule
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import Workflow
from cmcompile.plan.commands import command
from cmcompile.plan.costs import Costs
from cmcompile.plan.inputs import Key
from cmcompile.plan.world import World

#: What a rule counts: a step, or the campaign (an empty name).
_Scope: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Held:
    """Why a group may not be sent."""

    reason: Reason
    detail: str
    next: str
    because: Span


@dataclass(frozen=True, slots=True)
class Asked:
    """What one rule asks for a group.

    Attributes
    ----------
    approvals
        So many people.
    why
        Why so many; empty: always.
    given
        By whom it is approved, as the rule counts.
    """

    rule: Rule
    approvals: int
    why: str
    given: tuple[Approval, ...]

    @property
    def enough(self) -> bool:
        """Whether enough people approved."""
        return len(self.given) >= self.approvals


class Reviewing:
    """Judges groups one by one; what is admitted counts for those after it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._costs = Costs(world)
        self._admitted: defaultdict[_Scope, float] = defaultdict(float)
        asked = [("", world.spec.pace.review), *((s.name, s.pace.review) for s in world.spec.steps)]
        every = dict.fromkeys((*asked, *world.inputs.asked))
        self._rules: dict[str, list[tuple[_Scope, Rule]]] = {
            step.name: [(s, rule) for s, rule in every if rule is not None and s in ("", step.name)]
            for step in world.spec.steps
        }
        self.needed = any(self._rules.values())

    def held(self, key: Key) -> Held | None:
        """Tell why a group may not be sent; None: it may."""
        for scope, rule in self._rules.get(key[0], ()):
            if (words := self._over_budget(scope, rule, key)) is not None:
                campaign = self._world.spec.name
                return Held(Reason.OVER_BUDGET, words, command("stats", campaign), rule.span)
        for asked in self.asked(key):
            if not asked.enough:
                span = asked.rule.above.span if asked.why and asked.rule.above else asked.rule.span
                return Held(Reason.NOT_APPROVED, self._words(asked), self._next(), span)
        return None

    def take(self, key: Key) -> None:
        """Count a group that is admitted."""
        cost = self._upper(key) or 0.0
        for scope, _ in self._rules.get(key[0], ()):
            self._admitted[scope] += cost

    def asked(self, key: Key) -> Iterator[Asked]:
        """Yield what each rule asks for a group, that of the campaign first."""
        declared = self._world.declared.get(key)
        approvals, campaign = self._world.state.approvals, self._world.spec.name
        for scope, rule in self._rules.get(key[0], ()):
            number, why = self._number(scope, rule, key)
            what = (*key, "" if declared is None else declared.definition)
            given = approvals.of(campaign, what, not_author=rule.not_author)
            yield Asked(rule, number, why, given)

    def _number(self, scope: _Scope, rule: Rule, key: Key) -> tuple[int, str]:
        """Return how many must approve a group, and why more than always."""
        above = rule.above
        if above is None or above.approvals <= rule.approvals:
            return rule.approvals, ""
        of = f" for {scope}" if scope else ""
        expected = self._expected[scope] + (0.0 if self._counted(key) else self._upper(key) or 0.0)
        if expected > above.core_hours:
            return above.approvals, f"above {_hours(above.core_hours)} core hours{of}"
        if self._upper(key) is None and not rule.unknown_below:
            words = f"its cost is not known, which counts as above {_hours(above.core_hours)} core hours{of}"
            return above.approvals, words
        return rule.approvals, ""

    def _over_budget(self, scope: _Scope, rule: Rule, key: Key) -> str | None:
        if rule.budget is None:
            return None
        before = self._bound[scope] + self._admitted[scope]
        cost = self._upper(key)
        # What is not known can't be shown to fit; but what has nothing left to fit into does not.
        if before + (cost or 0.0) <= rule.budget and (cost is not None or before < rule.budget):
            return None
        of = f" of {scope}" if scope else ""
        more = "an unknown cost" if cost is None else f"up to {_hours(cost)}"
        bound = f"{_hours(before)} core hours are spent or bound, and {more} would come"
        return f"the budget{of} is {_hours(rule.budget)} core hours: {bound}"

    def _words(self, asked: Asked) -> str:
        faults = self._world.state.approvals.faults
        if faults:
            return f"nobody's approval counts while {faults[0].path} can't be read: {faults[0].why}"
        who = ", ".join(one.by for one in asked.given)
        said = f"{len(asked.given)} of {asked.approvals} approvals" + (f" ({who})" if who else "")
        return "; ".join(filter(None, (said, asked.why)))

    def _next(self) -> str:
        if self._world.state.approvals.faults:
            return command("verify", self._world.spec.name)
        return "cmcompile approve PLAN.json"

    # What it costs: core hours, at the high end.

    @cached_property
    def _bound(self) -> defaultdict[_Scope, float]:
        """What was spent, and what is under way may cost, by step and in all."""
        found: defaultdict[_Scope, float] = defaultdict(float)
        for key, record in self._world.state.groups.items():
            hours = sum(self._charge(key, workflow) for workflow in record.workflows)
            found[key[0]] += hours
            found[""] += hours
        return found

    @cached_property
    def _expected(self) -> defaultdict[_Scope, float]:
        """What all is expected to cost, as far as that is known: with every first-pass group to be sent."""
        found = self._bound.copy()
        for key in self._world.declared:
            if self._counted(key):
                hours = self._upper(key) or 0.0
                found[key[0]] += hours
                found[""] += hours
        return found

    def _counted(self, key: Key) -> bool:
        """Tell whether a group is among what is to be sent whatever comes: a first pass that never was."""
        return "." not in key[1] and not any(w.used or w.live for w in self._world.record(key).workflows)

    def _charge(self, key: Key, workflow: Workflow) -> float:
        """Return what a workflow took, or may take; one that was never called took nothing."""
        if not (workflow.used or workflow.live):
            return 0.0
        took = workflow.core_seconds / 3600
        return took if took and not workflow.live else max(took, self._upper(key) or 0.0)

    def _upper(self, key: Key) -> float | None:
        """Return what sending a group costs at most, if known; a rescue no more than what it covers."""
        known = self._known
        if key not in known:
            known[key] = self._estimate(key)
        return known[key]

    @cached_property
    def _known(self) -> dict[Key, float | None]:
        return {}

    def _estimate(self, key: Key) -> float | None:
        total = 0.0
        for other in self._world.touched(key):
            declared = self._world.declared.get(other)
            cost = None if declared is None else self._costs.of(other, declared.group)
            if cost is None or cost.core_hours is None:
                return None
            total += cost.core_hours[1]
        return total


def _hours(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"
