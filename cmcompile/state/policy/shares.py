"""Shares of quanta: what a policy accepts, and beyond which it asks a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction

from cmcompile.model.policy import Budgets, Remedy, Ruled

#: Quanta, and those without outputs, by task.
Counts = Mapping[str, tuple[int, int]]


def over_budget(budgets: Budgets, counts: Counts) -> str:
    """Return which share of quanta without outputs is beyond its budget, in words; else an empty text."""
    for task, (quanta, missing) in sorted(counts.items()):
        share = next((s for p, s in budgets.tasks.items() if fnmatchcase(task, p)), None)
        if share is not None and missing > share * quanta:
            return f"{task}: {missing} of {quanta} quanta failed, the budget is {_percent(share)}"
    quanta = sum(total for total, _ in counts.values())
    missing = sum(lost for _, lost in counts.values())
    if budgets.failed is not None and missing > budgets.failed * quanta:
        return f"{missing} of {quanta} quanta failed, the budget is {_percent(budgets.failed)}"
    return ""


def over_within(found: Sequence[Ruled], counts: Counts) -> str:
    """Return which failures are more than their rules accept, in words; else an empty text.

    What never ran behind accepted failures is judged by the widest of their shares.
    """
    by_rule = Counter((one.failure.quantum.task, one.rule) for one in found if one.rule is not None)
    accepting = {rule for _, rule in by_rule if rule.remedy is Remedy.ACCEPT}
    for (task, rule), number in sorted(by_rule.items(), key=lambda pair: (pair[0][0], pair[0][1].name)):
        quanta = counts.get(task, (0, 0))[0]
        if number > rule.within * quanta:
            return f"{task}: {number} of {quanta} quanta, rule {rule.name} accepts {_percent(rule.within)}"
    widest = max((rule.within for rule in accepting), default=Fraction(0))
    behind = Counter(one.failure.quantum.task for one in found if one.behind)
    for task, number in sorted(behind.items()):
        quanta = counts.get(task, (0, 0))[0]
        if number > widest * quanta:
            return f"{task}: {number} of {quanta} quanta never ran, {_percent(widest)} accepted"
    return ""


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.10g}%"
