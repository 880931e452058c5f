"""Which workflows a verdict about a group names."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.states import GroupRecord, LedgerState, Workflow


def judged_by(record: GroupRecord, state: LedgerState) -> Iterator[Workflow]:
    """Return the workflows that a verdict names: the group's own, and those of rescues that cover it."""
    for text in record.judged:
        group, _, name = text.rpartition("@")
        found = state.groups.get((record.step, group or record.group))
        yield from (w for w in (found.workflows if found is not None else ()) if w.name == name)
