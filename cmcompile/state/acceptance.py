"""Whether a group's outcome is good enough to be accepted without a person: ``accept`` in the spec.

A quantum whose outputs are not there counts, failed itself or not. A task that ``tasks`` names is judged by
its own share; ``failed`` is the share of all quanta of the other tasks, 0 where it is not written. Shares
are compared exactly: 1% of 200 quanta are 2, and 2 are within 1%.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from cmcompile.model.campaign import Pace
from cmcompile.model.outcome import Outcome
from cmcompile.model.reason import Reason
from cmcompile.model.source import Mapping as MappingNode
from cmcompile.model.source import Node, Scalar
from cmcompile.state.outcome import failures_by_task


@dataclass(frozen=True, slots=True)
class Accept:
    """What a spec accepts.

    Attributes
    ----------
    failed
        The share of the quanta of all tasks that ``tasks`` does not name, 0 to 1.
    tasks
        The share of each task that is judged by itself.
    review
        Whether a person looks in any case.
    """

    failed: Fraction = Fraction(0)
    tasks: Mapping[str, Fraction] = field(default_factory=dict)
    review: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the spec says of an outcome.

    Attributes
    ----------
    good
        Whether it is accepted without a person.
    detail
        The counts; empty where there is nothing to count.
    """

    good: bool
    reason: Reason
    detail: str = ""


def accept_of(pace: Pace) -> Accept:
    """Return what a step or a rescue accepts; what can't be read as a share is 0."""
    node = pace.accept
    if node is None:
        return Accept()
    tasks = node.get("tasks")
    review = node.get("review")
    return Accept(
        failed=_share(node.get("failed")),
        tasks={e.key: _share(e.value) for e in tasks} if isinstance(tasks, MappingNode) else {},
        review=isinstance(review, Scalar) and review.value is True,
    )


def judge(accept: Accept, outcome: Outcome | None) -> Verdict:
    """Tell whether an outcome is accepted without a person, and why, or why not.

    Nothing is accepted of which not all is known: no outcome, an incomplete one, or one without quanta.
    """
    if outcome is None:
        return Verdict(False, Reason.OUTCOME_MISSING)
    counts = counts_by_task(outcome)
    quanta = sum(total for total, _ in counts.values())
    missing = sum(number for _, number in counts.values())
    detail = f"{missing} of {quanta} quanta"
    if not outcome.complete or not quanta:
        return Verdict(
            False, Reason.OUTCOME_MISSING, f"{detail} failed, as far as is known" if quanta else ""
        )
    over = _over(accept, counts)
    if over:
        asked = accept.failed or accept.tasks
        return Verdict(False, Reason.OVER_LIMITS if asked else Reason.FAILURES, "; ".join(over))
    if accept.review:
        return Verdict(False, Reason.REVIEW_ASKED, f"{detail} failed")
    if missing:
        return Verdict(True, Reason.WITHIN_LIMITS, f"{detail} failed")
    return Verdict(True, Reason.NO_FAILURES, f"{quanta} quanta")


def counts_by_task(outcome: Outcome) -> dict[str, tuple[int, int]]:
    """Return quanta and missing quanta per task; where an outcome contradicts itself, the worse."""
    counts: dict[str, tuple[int, int]] = {}
    for task in outcome.tasks:
        quanta, missing = counts.get(task.task, (0, 0))
        lost = max(task.failed + task.blocked + task.other, task.quanta - task.succeeded, 0)
        counts[task.task] = quanta + max(task.quanta, lost), missing + lost
    for name, named in failures_by_task(outcome.failures).items():
        quanta, missing = counts.get(name, (0, 0))
        counts[name] = max(quanta, named), max(missing, named)
    return counts


def _over(accept: Accept, counts: dict[str, tuple[int, int]]) -> list[str]:
    """Return what is beyond its share, in words."""
    found = []
    quanta = missing = 0
    for task, (total, lost) in counts.items():
        share = accept.tasks.get(task)
        if share is None:
            quanta += total
            missing += lost
        elif lost > share * total:
            found.append(f"{task}: {lost} of {total} quanta failed, {_percent(share)} accepted")
    if missing and missing > accept.failed * quanta:
        allowed = f", {_percent(accept.failed)} accepted" if accept.failed or accept.tasks else ""
        of_others = " of other tasks" if any(task in accept.tasks for task in counts) else ""
        found.append(f"{missing} of {quanta} quanta{of_others} failed{allowed}")
    return found


def _share(node: Node | None) -> Fraction:
    """Return ``0.5%`` as 1/200, exactly."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return Fraction(0)
    try:
        share = Fraction(node.value.strip().removesuffix("%")) / 100
    except (ValueError, ZeroDivisionError):
        return Fraction(0)
    return min(max(share, Fraction(0)), Fraction(1))


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.10g}%"
