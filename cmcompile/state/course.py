"""How a campaign went: when each step began, when something was last heard, what happened in which week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from cmcompile.model.production import Course, Span, Week
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import GroupRecord, GroupState, LedgerState
from cmcompile.model.status import CampaignStatus, StepStatus

_DONE = frozenset({GroupState.ACCEPTED, GroupState.SUPERSEDED})


def course_of(status: CampaignStatus, state: LedgerState) -> Course:
    """Return how a campaign went, by its ledger."""
    by_step: dict[str, list[GroupRecord]] = {step.step: [] for step in status.steps}
    for record in state.groups.values():
        by_step.setdefault(record.step, []).append(record)
    over = {step.step: _over(step) for step in status.steps}
    steps = tuple(_span(step, records, over=over.get(step, False)) for step, records in by_step.items())
    whole = Span(
        status.campaign,
        min((step.begun for step in steps if step.begun), default=""),
        max((step.last for step in steps), default=""),
        bool(over) and all(over.values()) and not status.people,
    )
    return Course(whole, steps, _weeks(state.groups.values()))


def _over(step: StepStatus) -> bool:
    return bool(step.first) and set(step.first) <= _DONE


def _span(step: str, records: Sequence[GroupRecord], *, over: bool) -> Span:
    every = [w for record in records for w in record.workflows]
    begun = min((w.begun_at for w in every if w.begun_at), default="")
    last = max((at for at in (*(w.since for w in every), *(r.since for r in records)) if at), default="")
    return Span(step, begun, last, over)


def _weeks(records: Iterable[GroupRecord]) -> tuple[Week, ...]:
    submitted: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    for record in records:
        # A run that was adopted passed no gate: it counts when it was taken over.
        submitted.update(_monday(w.gated_at or w.begun_at) for w in record.workflows if w.run_id)
        if record.verdict is GroupState.ACCEPTED and record.since:
            accepted[_monday(record.since)] += 1
    every = sorted({*submitted, *accepted} - {""})
    return tuple(Week(begins, submitted[begins], accepted[begins]) for begins in every)


def _monday(at: str) -> str:
    """Return the Monday of the week of a time; empty where it is no time."""
    try:
        day = moment_of(at).date()
    except ValueError:
        return ""
    return (day - timedelta(days=day.weekday())).isoformat()
