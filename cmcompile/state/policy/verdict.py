"""What becomes of a group by the policy: one verdict over all its failures.

Of several remedies the one that asks for most counts, and what is unknown asks for a person. A verdict that
sends something again is given only as long as its budget lasts, and one that accepts only within its shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cmcompile.model.outcome import Outcome
from cmcompile.model.policy import BY_RESCUE, DIRECT, WEIGHT, Policy, Remedy, Rule, Ruled
from cmcompile.state.acceptance import counts_by_task
from cmcompile.state.policy.matching import ruled
from cmcompile.state.policy.shares import over_budget, over_within


@dataclass(frozen=True, slots=True)
class Spent:
    """What of the budgets is used up.

    Attributes
    ----------
    retries
        How many workflows of its own the group has beside the first, restarts among them, whoever asked.
    rescues
        How many rescue groups that were sent cover it.
    step_retries
        The retries of all groups of the step, those that are planned before this one among them.
    """

    retries: int = 0
    rescues: int = 0
    step_retries: int = 0


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """What a policy says of a group.

    Attributes
    ----------
    remedy
        What is done now; ``review`` where a budget is used up or something is unknown.
    detail
        Why, in words: counts by rule, and what is used up.
    rule
        The rule that decided; None where none did.
    holds
        Whether nothing more of the step is sent until a person has looked.
    proposal
        The remedy that the rules ask for, whatever the budgets say.
    ruled
        What is said of each failure.
    directly
        Whether the rescue that it needs is written without a person: every rule that asks for one says so.
    """

    remedy: Remedy
    detail: str
    rule: Rule | None = None
    holds: bool = False
    proposal: Remedy = Remedy.REVIEW
    ruled: tuple[Ruled, ...] = ()
    directly: bool = False


def evaluate(policy: Policy, outcome: Outcome, spent: Spent) -> PolicyVerdict:
    """Say what becomes of a group with failures; the order of the failures does not matter."""
    found = ruled(policy, outcome.failures)
    own = [one for one in found if not one.behind]
    holds = any(one.remedy is Remedy.HOLD for one in own)
    decider = _decider(policy, own)
    why = _not_known(outcome, own)
    worst = Remedy.REVIEW if why or decider is None else decider.remedy
    words = _words(policy, own)

    def verdict(remedy: Remedy, more: str = "") -> PolicyVerdict:
        detail = "; ".join(filter(None, (more, words)))
        directly = not holds and remedy in DIRECT and all(_may_directly(one.rule) for one in own)
        return PolicyVerdict(remedy, detail, decider, holds, worst, found, directly)

    if why:
        return verdict(Remedy.REVIEW, why)
    counts = counts_by_task(outcome)
    if over := over_budget(policy.budgets, counts):
        return verdict(Remedy.REVIEW, over)
    if worst is Remedy.ACCEPT and (over := over_within(found, counts)):
        return verdict(Remedy.REVIEW, over)
    if used_up := _used_up(policy, worst, spent):
        return verdict(Remedy.REVIEW, used_up)
    return verdict(worst)


def _may_directly(rule: Rule | None) -> bool:
    return rule is not None and (rule.directly or rule.remedy not in BY_RESCUE)


def _decider(policy: Policy, own: Iterable[Ruled]) -> Rule | None:
    """Return the rule whose remedy asks for most; of several the first of the file; None: one is unknown."""
    rules = [one.rule for one in own]
    known = [rule for rule in rules if rule is not None]
    if not known or len(known) < len(rules):
        return None
    place = {rule.name: at for at, rule in enumerate(policy.rules)}
    return max(known, key=lambda rule: (WEIGHT[rule.remedy], -place[rule.name]))


def _not_known(outcome: Outcome, own: Iterable[Ruled]) -> str:
    """Return what is not known of an outcome, in words; empty: all failures are named and some rule knows."""
    own = tuple(own)
    if not outcome.complete:
        return "not all failures are known"
    named = Counter(failure.quantum.task for failure in outcome.failures)
    for task, (_, missing) in sorted(counts_by_task(outcome).items()):
        if missing > named[task]:
            return f"{task}: {missing} quanta failed, and {named[task]} are named"
    if not own:
        return "nothing tells what failed"
    unknown = [one.failure for one in own if one.rule is None]
    if not unknown:
        return ""
    first = min(unknown, key=lambda failure: (failure.quantum, failure.message))
    said = first.message.strip().splitlines()
    shown = f": {said[0][:120]}" if said else ""
    return f"{len(unknown)} of unknown cause, such as {first.quantum.task} {first.quantum.data_id}{shown}"


def _used_up(policy: Policy, remedy: Remedy, spent: Spent) -> str:
    budgets = policy.budgets
    if remedy is Remedy.RETRY:
        if spent.retries >= budgets.retries:
            return f"it was sent again {_times(spent.retries)}, the budget is {budgets.retries}"
        most = budgets.step_retries
        if most is not None and spent.step_retries >= most:
            return f"groups of its step were sent again {_times(spent.step_retries)}, the budget is {most}"
    if remedy in BY_RESCUE and spent.rescues >= budgets.rescues:
        return f"it was rescued {_times(spent.rescues)}, the budget is {budgets.rescues}"
    return ""


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _words(policy: Policy, own: Iterable[Ruled]) -> str:
    """Return ``2 transient by rule database-locked (…/default.yaml:12): retry``, rules in file order."""
    counts = Counter(one.rule.name for one in own if one.rule is not None)
    return "; ".join(
        f"{counts[rule.name]} {rule.kind.value} by rule {rule.name} ({rule.span.file}:{rule.span.line}):"
        f" {rule.remedy.value}"
        for rule in policy.rules
        if counts[rule.name]
    )
