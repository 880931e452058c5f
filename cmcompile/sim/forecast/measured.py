"""What workflows took, by the events of a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cmcompile.model.event import Draft, Event, Measured, Observed, Subject, Submitted
from cmcompile.model.outcome import Outcome
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import LedgerState, WorkflowState
from cmcompile.plan.inputs import Key
from cmcompile.plan.rules import Acceptances
from cmcompile.plan.world import World
from cmcompile.sim.forecast.spread import always, measured
from cmcompile.sim.forecast.times import ASSUMED_PREPARATION, ENOUGH, Kind
from cmcompile.state.acceptance import judge

#: Of each step so many workflows are looked at, the newest: more would say the same.
MOST = 300
_ENDS = {
    WorkflowState.SUCCEEDED: "succeeded",
    WorkflowState.PARTIAL: "partial",
    WorkflowState.FAILED: "failed",
}


@dataclass(slots=True)
class _Found:
    """What was measured of the first pass of a step, or of its rescues."""

    took: list[tuple[float, float]] = field(default_factory=list)
    prepared: list[tuple[float, float]] = field(default_factory=list)
    bad: int = 0


def worth_reading(state: LedgerState) -> list[Subject]:
    """Return the workflows whose events tell how long things take: ended once, and not taken over."""
    ended: dict[tuple[str, bool], list[tuple[str, Subject]]] = {}
    for (step, group), record in state.groups.items():
        for workflow in record.workflows:
            adopted = workflow.claim is not None and workflow.claim.adopted
            if workflow.state in _ENDS and not workflow.restarts and not adopted and not workflow.live:
                name = Subject(step, group, workflow.name)
                ended.setdefault((step, "." in group), []).append((workflow.since, name))
    return [name for rows in ended.values() for _, name in sorted(rows, reverse=True)[:MOST]]


def kinds(events: Iterable[Event], world: World, sizes: Mapping[Key, float]) -> dict[tuple[str, bool], Kind]:
    """Return what was measured, by step and whether of its rescues; too few say nothing.

    Parameters
    ----------
    events
        Of the workflows of `worth_reading`.
    sizes
        Of groups, in multiples of the middle size of their pass.
    """
    rules = Acceptances(world)
    of: dict[Subject, list[Draft]] = {}
    for event in sorted(events, key=lambda e: e.number):
        of.setdefault(event.subject, []).append(event.draft)
    found: dict[tuple[str, bool], _Found] = {}
    for subject, drafts in of.items():
        key = (subject.step, subject.group or "")
        times = _times(drafts)
        if times is None:
            continue
        preparation, duration, outcome = times
        kind = found.setdefault((key[0], "." in key[1]), _Found())
        kind.took.append((duration, sizes.get(key, 1.0)))
        kind.prepared.append((preparation, 1.0))
        kind.bad += not judge(rules.of(key).rule, outcome).good
    return {name: kind for name, one in found.items() for kind in _kind(one)}


def _kind(found: _Found) -> Iterator[Kind]:
    duration, preparation = measured(found.took), measured(found.prepared)
    if duration is not None and len(found.took) >= ENOUGH:
        yield Kind(
            duration,
            preparation or always(ASSUMED_PREPARATION),
            found.bad / len(found.took),
            "measured",
            len(found.took),
        )


def _done(measured: Measured, seen: str, outcome: Outcome | None, submitted: str) -> str:
    """Return when the last quantum was done; where that is not told, when a pass saw the end.

    Where quanta failed, the last may have been one of them, which leaves no metadata.
    """
    if outcome is None or outcome.missing:
        return seen
    done = max((task.ended for task in measured.tasks), default=seen)
    return done if submitted <= done <= seen else seen


def _times(drafts: list[Draft]) -> tuple[float, float, Outcome | None] | None:
    """Return the seconds from claim to submission, and from there to the end; and what came of it."""
    at: dict[str, str] = {}
    end: tuple[str, Outcome | None] | None = None
    for draft in drafts:
        if isinstance(draft.body, Submitted):
            at["submitted"] = draft.at
        elif isinstance(draft.body, Observed) and draft.body.state in _ENDS.values():
            end = (draft.at, draft.body.outcome)
        elif isinstance(draft.body, Measured) and end is not None:
            end = (_done(draft.body, *end, at.get("submitted", "")), end[1])
        elif draft.kind == "claimed":
            at.setdefault("claimed", draft.at)
    if end is None or "submitted" not in at or "claimed" not in at:
        return None
    try:
        claimed, submitted, ended = (moment_of(t) for t in (at["claimed"], at["submitted"], end[0]))
    except ValueError:
        return None
    preparation, duration = (submitted - claimed).total_seconds(), (ended - submitted).total_seconds()
    return (preparation, duration, end[1]) if preparation >= 0 and duration >= 0 else None
