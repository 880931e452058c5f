"""The events of a group and of its workflows, folded."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.model.event import (
    Accepted,
    Draft,
    Event,
    Rejected,
    Reviewed,
    Subject,
    Superseded,
    Unreadable,
)
from cmcompile.model.ids import natural
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, GroupState, Workflow, WorkflowState
from cmcompile.state.claim import REASONS
from cmcompile.state.order import files_in_order, in_order
from cmcompile.state.workflow import fold_workflow

_NONE: frozenset[str] = frozenset()


def fold_group(
    step: str, group: str, events: Iterable[Event], unreadable: Iterable[Unreadable] = ()
) -> GroupRecord:
    """Return what the ledger says of a group by itself; any events give a record, in any order."""
    own: list[Event] = []
    of_workflows: dict[str, list[Event]] = {}
    for event in events:
        name = event.draft.subject.workflow
        if name is None:
            own.append(event)
        elif name in of_workflows:
            of_workflows[name].append(event)
        else:
            of_workflows[name] = [event]
    bad, bad_own = _by_workflow(unreadable) if unreadable else ({}, [])
    names: Iterable[str] = of_workflows.keys() | bad.keys() if bad else of_workflows
    if len(of_workflows) + len(bad) > 1:
        names = sorted(names, key=natural)
    found = [
        fold_workflow(Subject(step, group, name), of_workflows.get(name, ()), bad.get(name, ()))
        for name in names
    ]
    workflows = tuple(found)
    if not own and not bad_own:
        return GroupRecord(step, group, workflows, decisions=_decisions(workflows))
    return _record(step, group, workflows, in_order(own), bad_own, of_workflows)


def _by_workflow(unreadable: Iterable[Unreadable]) -> tuple[dict[str, list[Unreadable]], list[Unreadable]]:
    of_workflows: dict[str, list[Unreadable]] = {}
    own = []
    for file in unreadable:
        name = None if file.subject is None else file.subject.workflow
        if name is None:
            own.append(file)
        else:
            of_workflows.setdefault(name, []).append(file)
    return of_workflows, files_in_order(own)


def _decisions(workflows: tuple[Workflow, ...]) -> frozenset[str]:
    if len(workflows) == 1:
        return workflows[0].decisions
    return _NONE.union(*(w.decisions for w in workflows))


def _record(
    step: str,
    group: str,
    workflows: tuple[Workflow, ...],
    own: list[Event],
    bad: list[Unreadable],
    of_workflows: dict[str, list[Event]],
) -> GroupRecord:
    verdict: Draft | None = None
    review: Draft | None = None
    newest: Draft | None = None
    superseded: set[str] = set()
    for event in own:
        body = event.draft.body
        if isinstance(body, Reviewed):
            review = newest = event.draft
        elif isinstance(body, Accepted | Rejected):
            verdict = newest = event.draft
            review = None
        elif isinstance(body, Superseded):
            superseded.update(_own_names(group, body.workflows))
            newest = event.draft
            review = None
    if verdict is not None and _void(verdict, group, workflows, superseded):
        verdict = None
    if review is not None and _answered(review, of_workflows):
        review = None
    shown = review or verdict or newest
    reason, detail = _review(review, bad)
    return GroupRecord(
        step,
        group,
        workflows,
        verdict=None if verdict is None else _VERDICTS[type(verdict.body)],
        judged=() if verdict is None else _named(verdict),
        superseded=frozenset(superseded),
        review=reason,
        detail=detail or (getattr(verdict.body, "why", "") if verdict is not None else ""),
        since=shown.at if shown is not None else "",
        decisions=_decisions(workflows).union(e.draft.decision for e in own if e.draft.decision),
    )


_VERDICTS = {Accepted: GroupState.ACCEPTED, Rejected: GroupState.REJECTED}


def _review(review: Draft | None, bad: list[Unreadable]) -> tuple[Reason | None, str]:
    if bad:
        return Reason.UNREADABLE, f"{bad[0].path}: {bad[0].why}"
    if review is None or not isinstance(review.body, Reviewed):
        return None, ""
    return REASONS.get(review.body.reason, Reason.REVIEW_ASKED), review.body.why


def _named(verdict: Draft) -> tuple[str, ...]:
    return verdict.body.workflows if isinstance(verdict.body, Accepted | Rejected) else ()


def _own_names(group: str, workflows: Iterable[str]) -> list[str]:
    """Return the names of a group's own workflows among ``<group>@<workflow>``."""
    return [name for owner, at, name in (w.rpartition("@") for w in workflows) if owner == group or not at]


def _void(verdict: Draft, group: str, workflows: tuple[Workflow, ...], superseded: set[str]) -> bool:
    """Tell whether a verdict is void: what it judged counts no more, or a later workflow is claimed.

    A later claim that came to nothing leaves the verdict, and so does one whose outputs were removed: no
    verdict could name it any more.
    """
    judged = _own_names(group, _named(verdict))
    if judged and superseded.issuperset(judged):
        return True
    last = natural(max(judged, key=natural)) if judged else ()
    for workflow in workflows:
        if not (workflow.live or workflow.used):
            continue
        gone = workflow.name in superseded or workflow.state is WorkflowState.RETIRED
        if judged and natural(workflow.name) > last and not gone:
            return True
        if (not judged or workflow.restarts or workflow.live) and workflow.claimed_at > verdict.at:
            return True
    return False


def _answered(review: Draft, of_workflows: dict[str, list[Event]]) -> bool:
    """Tell whether a person had a workflow claimed since: the run adopted, or the group sent anew."""
    return any(
        event.draft.decision and event.draft.at > review.at and event.draft.kind == "claimed"
        for events in of_workflows.values()
        for event in events
    )
