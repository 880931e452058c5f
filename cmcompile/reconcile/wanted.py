"""What a pass asks of each workload system, by what the ledger knows: where all is over, that is nothing.

A system that has no cheaper way is asked for everything all the same.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from cmcompile.model.event import WmsRef
from cmcompile.model.stamp import oldest
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, Workflow, WorkflowState
from cmcompile.model.wms import Known, Wanted
from cmcompile.reconcile.judged import judged_by
from cmcompile.state.claim import ENDED

_GOING = frozenset({WorkflowState.SUBMITTED, WorkflowState.RUNNING, WorkflowState.HELD})
#: What became of their quanta is not asked any more, whether it is known or not.
_DONE_WITH = frozenset({WorkflowState.CANCELLED, WorkflowState.RETIRED})


def wanted(state: LedgerState) -> Mapping[WmsRef, Wanted]:
    """Return what is asked of each system that a claim of the ledger names."""
    of: dict[WmsRef, list[Workflow]] = {}
    for workflow in state.workflows():
        if workflow.claim is not None:
            of.setdefault(workflow.claim.wms, []).append(workflow)
    judged = frozenset(_judged(state))
    again = frozenset(key for key, one in state.groups.items() if _may_be_sent_again(one, judged))
    return {where: _wanted(workflows, again, judged) for where, workflows in of.items()}


def _wanted(
    workflows: Sequence[Workflow], again: Container[tuple[str, str]], judged: Container[str]
) -> Wanted:
    prefixes: dict[str, None] = {}
    apart: dict[str, None] = {}
    lost: dict[str, None] = {}
    watched: dict[str, None] = {}
    groups = set()
    for workflow in workflows:
        if workflow.claim is None:
            continue
        key, name, prefix = (workflow.step, workflow.group), workflow.claim.run_name, workflow.claim.prefix
        # Those that were retired too: a look-up asks for them, and what it finds must be told to somebody.
        prefixes[prefix] = None
        if not name.startswith(prefix):  # adopted once, and perhaps restarted since
            apart.update(dict.fromkeys(workflow.runs))
        if workflow.looked_up:
            lost[prefix] = None
            groups.add(key)
        elif key in again:
            watched[prefix] = None
    going: dict[str, str] = {}
    fresh: set[str] = set()
    sure: dict[str, None] = {}
    settled: dict[str, Known] = {}
    over: set[str] = set()
    begun = []
    for workflow in workflows:
        # That a run is absent is believed only of an answer that shows the other runs of its group.
        alone = (workflow.step, workflow.group) not in groups and workflow.review is None
        if alone and _is_over(workflow):
            done = workflow.state is WorkflowState.RETIRED or str(workflow) in judged
            name = workflow.claim.run_name if workflow.claim is not None else ""
            over.update(workflow.runs if done else ())
            if not done:
                settled |= {id_: Known(name, seen.value) for id_, seen in workflow.run_states()}
                begun.append(workflow.begun_at or workflow.claimed_at)
        elif alone and workflow.claim is not None and workflow.run_id is not None and _goes_on(workflow):
            going[workflow.run_id] = workflow.claim.run_name
            fresh.update({workflow.run_id} if workflow.state is WorkflowState.SUBMITTED else ())
            begun.append(workflow.begun_at or workflow.claimed_at)
        else:
            sure.update(dict.fromkeys(workflow.runs))
            if workflow.former_run_id is not None:
                sure[workflow.former_run_id] = None
    for id_ in sure:
        going.pop(id_, None)
    settled = {id_: known for id_, known in settled.items() if id_ not in going and id_ not in sure}
    return Wanted(
        going,
        tuple(sure),
        settled,
        frozenset(over - going.keys() - sure.keys() - settled.keys()),
        tuple(prefixes),
        tuple(lost),
        tuple(prefix for prefix in watched if prefix not in lost),
        tuple(apart),
        oldest(begun),
        frozenset(fresh & going.keys()),
    )


def _judged(state: LedgerState) -> Iterator[str]:
    """Return the workflows that are done with: of groups that were accepted, and that a verdict names."""
    for record in state.groups.values():
        if record.verdict is GroupState.ACCEPTED:
            yield from map(str, (*record.workflows, *judged_by(record, state)))


def _may_be_sent_again(record: GroupRecord, judged: Container[str]) -> bool:
    """Tell whether what was sent of a group last left something to do, and nobody was content with it."""
    newest = record.workflows[-1] if record.workflows else None
    if newest is None or newest.live or str(newest) in judged:
        return False
    return record.verdict is GroupState.REJECTED or newest.state is not WorkflowState.SUCCEEDED


def _is_over(workflow: Workflow) -> bool:
    """Tell whether nothing about the runs of a workflow is expected to change any more."""
    if workflow.live or workflow.reopened or workflow.looked_up:
        return False
    return workflow.state in _DONE_WITH or (workflow.state in ENDED and workflow.outcome is not None)


def _goes_on(workflow: Workflow) -> bool:
    """Tell whether a workflow has one run, which goes on; a restart must be seen to have begun first."""
    restarted = workflow.claim is not None and workflow.claim.restart
    if workflow.state not in _GOING or workflow.looked_up or workflow.reopened or len(workflow.runs) != 1:
        return False
    return not restarted or workflow.state is not WorkflowState.SUBMITTED
