"""Which workflows share data: those of a group, of what it covers, and of what covers any of these."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.model.ids import natural
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, Workflow, WorkflowState
from cmcompile.state.claim import ENDED


def counting(state: LedgerState, step: str, group: str) -> tuple[Workflow, ...]:
    """Return the workflows that count for a group: its own, then those that cover it, each in order."""
    own, covering = own_and_covering(state, step, group)
    return own + covering


def own_and_covering(
    state: LedgerState, step: str, group: str
) -> tuple[tuple[Workflow, ...], tuple[Workflow, ...]]:
    """Return a group's own workflows that count, and those of rescue groups that cover it.

    Own ones are in the order of their names, covering ones in that of their claims: rescues of one group run
    one after the other. A rescue group that is rejected gives nothing, nor does a workflow of it that a later
    one replaced.
    """
    record = state.groups.get((step, group))
    own = () if record is None else record.counting
    covering = [
        workflow
        for rescue in state.covering.get((step, group), ())
        if rescue != group and (found := state.groups.get((step, rescue))) is not None
        for workflow in _given_by(found, group)
    ]
    return own, tuple(sorted(covering, key=_by_claim)) if covering else ()


def _given_by(rescue: GroupRecord, group: str) -> list[Workflow]:
    """Return the workflows of a rescue group that count for a group that it covers."""
    if rescue.verdict is GroupState.REJECTED:
        return []
    covering = [w for w in rescue.counting if w.claim is None or group in w.claim.covers]
    newest = next((w for w in reversed(covering) if has_ended(w)), None)
    if newest is None or newest.claim is None:
        return covering
    place, built_on = covering.index(newest), newest.claim.builds_on
    return [w for w in covering[:place] if w.claim is None or w.claim.output_run in built_on] + covering[
        place:
    ]


def has_ended(workflow: Workflow) -> bool:
    """Tell whether a run of it ended; a restart that was given up may have changed what its run left."""
    if workflow.state in ENDED:
        return True
    return workflow.state is WorkflowState.ABANDONED and workflow.former_run_id is not None


def in_conflict(
    state: LedgerState, step: str, group: str, covers: Iterable[str] = ()
) -> tuple[Workflow, ...]:
    """Return all workflows, live or not, counting or not, of which at most one may be live.

    Parameters
    ----------
    covers
        What the group covers by the spec; what its claims in the ledger cover is added.
    """
    names = conflict_groups(state, step, group, covers)
    if len(names) == 1:
        record = state.groups.get((step, group))
        return () if record is None else record.workflows
    return tuple(
        workflow
        for name in sorted(names, key=natural)
        if (record := state.groups.get((step, name))) is not None
        for workflow in record.workflows
    )


def conflict_groups(state: LedgerState, step: str, group: str, covers: Iterable[str] = ()) -> set[str]:
    """Return the ids of the groups whose workflows are in conflict with a group's, itself included."""
    record = state.groups.get((step, group))
    data = {group, *covers} | (covered_by(record) if record is not None else set())
    return data.union(*(state.covering.get((step, covered), ()) for covered in data))


def covered_by(record: GroupRecord) -> set[str]:
    """Return the first-pass groups that the claims of a group cover, in the ledger's eyes."""
    return {covered for w in record.workflows if w.claim is not None for covered in w.claim.covers}


def rests_on(state: LedgerState, workflow: Workflow | None) -> str:
    """Return a group that was accepted with what a workflow of a rescue made, or an empty text."""
    if workflow is None or workflow.claim is None:
        return ""
    name = f"{workflow.group}@{workflow.name}"
    for covered in workflow.claim.covers:
        record = state.groups.get((workflow.step, covered))
        if record is not None and record.verdict is GroupState.ACCEPTED and name in record.judged:
            return f"{workflow.step}/{covered}"
    return ""


def unjudged(state: LedgerState, step: str, group: str) -> tuple[Workflow, ...]:
    """Return the workflows that count for a group, were used, and that its verdict does not name."""
    record = state.groups.get((step, group))
    if record is None or record.verdict is None:
        return ()
    judged = {name if "@" in name else f"{group}@{name}" for name in record.judged}
    return tuple(w for w in counting(state, step, group) if w.used and f"{w.group}@{w.name}" not in judged)


def _by_claim(workflow: Workflow) -> tuple[str, object]:
    return workflow.claimed_at, (natural(workflow.group), natural(workflow.name))
