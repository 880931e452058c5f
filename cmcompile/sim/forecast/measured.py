"""What workflows took, by the events of a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cmcompile.model.event import Claimed, Draft, Event, Measured, Observed, Subject, Submitted
from cmcompile.model.outcome import Outcome
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import LedgerState, WorkflowState
from cmcompile.plan.inputs import Key
from cmcompile.plan.policed import policy_of
from cmcompile.plan.rules import Acceptances
from cmcompile.plan.world import World
from cmcompile.sim.forecast.policies import answered
from cmcompile.sim.forecast.spread import always, measured
from cmcompile.sim.forecast.times import ASSUMED_PREPARATION, ENOUGH, Kind, Mix, Then
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
    ends: list[Then] = field(default_factory=list)


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
        preparation, duration, outcome, over = times
        rule = rules.of(key).rule
        kind = found.setdefault((key[0], "." in key[1] or over), _Found())
        kind.took.append((duration, sizes.get(key, 1.0)))
        kind.prepared.append((preparation, 1.0))
        if not judge(replace(rule, review=False), outcome).good:
            policy = policy_of(world, key)
            kind.ends.append(answered(policy, outcome, looks=rule.review))
    return {name: kind for name, one in found.items() for kind in _kind(one)}


def _kind(found: _Found) -> Iterator[Kind]:
    duration, preparation = measured(found.took), measured(found.prepared)
    if duration is not None and len(found.took) >= ENOUGH:
        bad = [then for then in found.ends if then is not Then.ACCEPT]
        yield Kind(
            duration,
            preparation or always(ASSUMED_PREPARATION),
            len(bad) / len(found.took),
            "measured",
            len(found.took),
            Mix(bad.count(Then.RETRY) / len(bad), bad.count(Then.RESCUE) / len(bad)) if bad else None,
        )


def _done(measured: Measured, seen: str, outcome: Outcome | None, submitted: str) -> str:
    """Return when the last quantum was done; where that is not told, when a pass saw the end.

    Where quanta failed, the last may have been one of them, which leaves no metadata.
    """
    if outcome is None or outcome.missing:
        return seen
    done = max((task.ended for task in measured.tasks), default=seen)
    return done if submitted <= done <= seen else seen


def _times(drafts: list[Draft]) -> tuple[float, float, Outcome | None, bool] | None:
    """Return the seconds from claim to submission, and from there to the end; and what came of it.

    Last is whether it took over what was there.
    """
    over = False
    at: dict[str, str] = {}
    end: tuple[str, Outcome | None] | None = None
    for draft in drafts:
        if isinstance(draft.body, Submitted):
            at["submitted"] = draft.at
        elif isinstance(draft.body, Observed) and draft.body.state in _ENDS.values():
            end = (draft.at, draft.body.outcome)
        elif isinstance(draft.body, Measured) and end is not None:
            end = (_done(draft.body, *end, at.get("submitted", "")), end[1])
        elif isinstance(draft.body, Claimed):
            at.setdefault("claimed", draft.at)
            over = bool(draft.body.builds_on)
    if end is None or "submitted" not in at or "claimed" not in at:
        return None
    try:
        claimed, submitted, ended = (moment_of(t) for t in (at["claimed"], at["submitted"], end[0]))
    except ValueError:
        return None
    preparation, duration = (submitted - claimed).total_seconds(), (ended - submitted).total_seconds()
    return (preparation, duration, end[1], over) if preparation >= 0 and duration >= 0 else None
