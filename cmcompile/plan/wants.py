"""Whether a group is to be sent: by its own workflows, and by decisions."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model.decision import Decision, Verb
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, Workflow, WorkflowState
from cmcompile.plan.position import Want

#: A preparation that failed is tried again at most twice, and only when that may help.
_PREPARATIONS = 3


def want(record: GroupRecord, own: Sequence[Workflow], asked: Decision | None) -> Want | None:
    """Return why a group is to be sent, or None when nothing asks for it.

    Parameters
    ----------
    own
        Its workflows that count.
    asked
        A legal decision to retry or restart it that was not carried out yet.
    """
    if asked is not None:
        return _decided(record, own, asked)
    sent = [w for w in own if w.used]
    if not sent:
        if record.superseded:
            return Want(Reason.SUPERSEDED, ", ".join(sorted(record.superseded)))
        return Want(Reason.GIVEN_BACK, _given_back(own[-1])) if own else Want(Reason.NEVER_SENT)
    # What is left of a restart that was given up is the run that it was to restart.
    if sent[-1].state is WorkflowState.ABANDONED and sent[-1].former_run_id is None:
        return Want(Reason.ABANDONED, sent[-1].name)
    return None


def _decided(record: GroupRecord, own: Sequence[Workflow], asked: Decision) -> Want:
    detail = f"{asked.by}: {asked.because}"
    if asked.verb is not Verb.RESTART:
        return Want(Reason.RETRY_DECIDED, detail, asked)
    named = asked.subject.workflow if asked.subject else None
    restart = next((w for w in own if w.name == named), own[-1] if own else None)
    return Want(Reason.RESTART_DECIDED, detail, asked, restart)


def _given_back(workflow: Workflow) -> str:
    said = f": {workflow.detail}" if workflow.detail else ""
    return f"{workflow.name} {workflow.state.value.replace('_', ' ')}{said}"


def hard_failure(own: Sequence[Workflow], asked: Decision | None, definition: str) -> Workflow | None:
    """Return the workflow whose preparation failed so that trying again needs an edit or a person.

    Parameters
    ----------
    definition
        Of the group now; another one than that of the failed claim is an edit. Empty: not known.
    """
    failed: list[Workflow] = []
    for workflow in reversed(own):
        if workflow.state is not WorkflowState.PREPARE_FAILED:
            break
        failed.append(workflow)
    if not failed or (failed[0].transient and len(failed) < _PREPARATIONS):
        return None
    newest = failed[0]
    if newest.claim is not None and definition and newest.claim.definition != definition:
        return None
    answered = asked is not None and all(asked.id not in w.decisions for w in failed)
    return None if answered else newest
