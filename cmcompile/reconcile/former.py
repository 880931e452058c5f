"""Which output runs a workflow follows: what failed in these, it may have repaired."""

from __future__ import annotations

from cmcompile.model.states import LedgerState, Workflow
from cmcompile.state.conflicts import counting, has_ended


def former_runs(state: LedgerState, workflow: Workflow) -> tuple[str, ...]:
    """Return the output runs of the ended workflows that a workflow follows, oldest first.

    They are the older ones of its group and, for a rescue, all that count for the groups that it covers. One
    that takes no outputs over and covers nothing follows none: it replaces what was before. Too many do no
    harm: only what failed in one of them and succeeded in this one counts.
    """
    claim = workflow.claim
    if claim is None or not (claim.builds_on or claim.covers):
        return ()
    record = state.groups.get((workflow.step, workflow.group))
    own = () if record is None else record.workflows
    found = {str(w): w for covered in claim.covers for w in counting(state, workflow.step, covered)}
    found.update((str(w), w) for w in own)
    former = [w for w in found.values() if has_ended(w) and _before(w, workflow)]
    runs = [w.claim.output_run for w in sorted(former, key=_claimed) if w.claim is not None]
    return tuple(run for run in dict.fromkeys(runs) if run != claim.output_run)


def _before(other: Workflow, workflow: Workflow) -> bool:
    return str(other) != str(workflow) and _claimed(other) <= _claimed(workflow)


def _claimed(workflow: Workflow) -> str:
    """Return when a workflow was begun; a restart, which is claimed anew, does not alter it."""
    return workflow.begun_at or workflow.claimed_at
