"""From all events to the state of a ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cmcompile.model.event import Event, Unreadable
from cmcompile.model.ids import natural
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, LedgerState, StepRecord, Workflow
from cmcompile.state.conflicts import conflict_groups, counting
from cmcompile.state.group import fold_group
from cmcompile.state.order import files_in_order
from cmcompile.state.step import fold_step

_Key = tuple[str, str]


def fold(events: Iterable[Event], unreadable: Iterable[Unreadable] = ()) -> LedgerState:
    """Return the state of a ledger; any events give one, in any order.

    The order inside is that of the events' numbers, then of their ids; an event that is given twice counts
    once.
    """
    groups: dict[_Key, list[Event]] = {}
    steps: dict[str, list[Event]] = {}
    for event in events:
        subject = event.draft.subject
        if subject.group is None:
            steps.setdefault(subject.step, []).append(event)
        else:
            key = (subject.step, subject.group)
            if key in groups:
                groups[key].append(event)
            else:
                groups[key] = [event]
    bad_groups: dict[_Key, list[Unreadable]] = {}
    bad_steps: dict[str, list[Unreadable]] = {}
    faults = tuple(unreadable)
    for fault in faults:
        if fault.subject is not None and fault.subject.group is not None:
            bad_groups.setdefault((fault.subject.step, fault.subject.group), []).append(fault)
        elif fault.subject is not None:
            bad_steps.setdefault(fault.subject.step, []).append(fault)
    return assemble(
        [
            fold_group(*key, groups.get(key, ()), bad_groups.get(key, ()))
            for key in (groups | bad_groups if bad_groups else groups)
        ],
        [
            fold_step(step, steps.get(step, ()), bad_steps.get(step, ()))
            for step in steps.keys() | bad_steps.keys()
        ],
        faults,
    )


class LedgerFolding:
    """The folding as the ledger asks for it (`cmcompile.model.ports.Folding`)."""

    def group(
        self, step: str, group: str, events: Iterable[Event], unreadable: Iterable[Unreadable]
    ) -> GroupRecord:
        """Fold the events of a group and of its workflows."""
        return fold_group(step, group, events, tuple(unreadable))

    def step(self, step: str, events: Iterable[Event], unreadable: Iterable[Unreadable]) -> StepRecord:
        """Fold the events of a step as such."""
        return fold_step(step, events, tuple(unreadable))

    def assemble(
        self, groups: Iterable[GroupRecord], steps: Iterable[StepRecord], faults: Iterable[Unreadable]
    ) -> LedgerState:
        """Put what was folded together."""
        return assemble(groups, steps, faults)


def assemble(
    groups: Iterable[GroupRecord], steps: Iterable[StepRecord], faults: Iterable[Unreadable] = ()
) -> LedgerState:
    """Put what was folded together, and find the conflicts between groups.

    Records of a former state may be given again: what a conflict had added to them is taken off first.
    """
    records: dict[_Key, GroupRecord] = {}
    covering: dict[_Key, set[str]] = {}
    live: list[Workflow] = []
    for given in groups:
        record = given.alone or given
        records[record.step, record.group] = record
        for workflow in record.workflows:
            if workflow.live:
                live.append(workflow)
            if workflow.claim is not None and workflow.claim.covers:
                for covered in workflow.claim.covers:
                    covering.setdefault((record.step, covered), set()).add(record.group)
    records = {key: records[key] for key in sorted(records)}
    state = LedgerState(
        records,
        {record.step: record for record in sorted(steps, key=lambda s: s.step)},
        {key: tuple(sorted(ids, key=natural)) for key, ids in covering.items()},
        tuple(files_in_order(faults)),
    )
    found = _conflicts(state, live)
    if not found:
        return state
    for key, (reason, detail) in found.items():
        record = records[key]
        if record.review is None:
            records[key] = replace(record, review=reason, detail=detail, alone=record)
    return state


def _conflicts(state: LedgerState, live: list[Workflow]) -> dict[_Key, tuple[Reason, str]]:
    """Return the groups that a person must look at since workflows that share data may both be live."""
    by_data: dict[_Key, list[Workflow]] = {}
    for workflow in live:
        by_data.setdefault((workflow.step, workflow.group), []).append(workflow)
        if workflow.claim is not None:
            for covered in set(workflow.claim.covers) - {workflow.group}:
                by_data.setdefault((workflow.step, covered), []).append(workflow)
    found: dict[_Key, tuple[Reason, str]] = {}
    for workflow in sorted(live, key=str):
        if workflow.reopened:
            found.update(_reopened(state, workflow))
        elif _late(state, workflow):
            found[workflow.step, workflow.group] = Reason.LATE_RUN, f"{workflow.group}@{workflow.name}"
    for key in sorted(by_data):
        workflows = by_data[key]
        if len(workflows) > 1:
            names = ", ".join(sorted((f"{w.group}@{w.name}" for w in workflows), key=natural))
            for involved in [key, *((w.step, w.group) for w in workflows)]:
                if involved in state.groups:
                    found[involved] = Reason.TWO_LIVE, names
    return found


def _late(state: LedgerState, workflow: Workflow) -> bool:
    """Tell whether a workflow is live though its group was judged, or its data worked on, since its claim.

    Nobody claims beside a live workflow: it had been given up, and its run was found after all.
    """
    record = state.groups[workflow.step, workflow.group]
    if workflow.name in record.superseded or record.verdict is not None:
        return True
    return any(
        other.used and other is not workflow and other.claimed_at > workflow.claimed_at
        for name in conflict_groups(state, workflow.step, workflow.group)
        if (found := state.groups.get((workflow.step, name))) is not None
        for other in found.workflows
    )


def _reopened(state: LedgerState, workflow: Workflow) -> dict[_Key, tuple[Reason, str]]:
    """Return the groups for which a run that runs again matters: judged, or worked on again since."""
    step = workflow.step
    names = conflict_groups(state, step, workflow.group)
    since = any(
        other.used and other is not workflow and max(other.since, other.claimed_at) > workflow.reopened
        for name in names
        if (record := state.groups.get((step, name))) is not None
        for other in record.workflows
    )
    why = Reason.REOPENED, f"{workflow.group}@{workflow.name}"
    found = {(step, workflow.group): why} if since else {}
    for name in names:
        record = state.groups.get((step, name))
        if record is not None and record.verdict is not None and workflow in counting(state, step, name):
            found[step, name] = why
    return found
