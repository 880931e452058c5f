"""Which collections a decision to retire removes: the plan lists them, and nothing else is removed."""

from __future__ import annotations

from cmcompile.model.event import Subject
from cmcompile.model.states import LedgerState, Workflow


def removed(state: LedgerState, subject: Subject) -> list[Workflow]:
    """Return the workflows whose outputs are removed: one, or all of a step."""
    if subject.group is not None:
        named = state.workflow(subject.step, subject.group, subject.workflow)
        return [] if named is None else [named]
    records = [record for record in state.groups.values() if record.step == subject.step]
    return [w for record in records for w in record.workflows if w.used]


def collections(state: LedgerState, subject: Subject) -> tuple[str, ...]:
    """Return the output runs that are removed."""
    runs = (w.claim.output_run for w in removed(state, subject) if w.claim is not None)
    return tuple(dict.fromkeys(runs))
