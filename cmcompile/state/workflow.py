"""The events of one workflow, folded.

A workflow is made by one claim; each restart of its run is a further one. The newest claim that did something
tells the state; all claims tell whether it is over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from cmcompile.model.event import (
    Diagnosed,
    Event,
    Measured,
    Retired,
    Retiring,
    Signalled,
    Subject,
    Unreadable,
)
from cmcompile.model.reason import Reason
from cmcompile.model.states import Workflow, WorkflowState
from cmcompile.state.claim import ClaimRecord
from cmcompile.state.diagnosis import with_causes
from cmcompile.state.order import files_in_order, in_order

_NONE: frozenset[str] = frozenset()
_NUMBER = re.compile(r"(?:.*/)?(\d+)-[^/]*\Z")


def fold_workflow(
    subject: Subject, events: Iterable[Event], unreadable: Iterable[Unreadable] = ()
) -> Workflow:
    """Return where a workflow stands; any events give a state, in any order.

    What contradicts itself, or can't be read, is for a person to look at, and counts as live.
    """
    ordered = in_order(events)
    claims: dict[str, ClaimRecord] = {}
    decisions = _NONE
    for event in ordered:
        draft = event.draft
        claim = claims.get(draft.claim)
        if claim is None:
            claim = claims[draft.claim] = ClaimRecord(draft.claim)
        claim.add(draft)
        if draft.decision:
            decisions |= {draft.decision}
    retiring = False
    for claim in claims.values():
        claim.finish()
        retiring = retiring or claim.retiring
    numbers = ordered[-1].number if ordered else 0
    bad = files_in_order(unreadable) if unreadable else []
    workflow = _of_claims(subject, list(claims.values()), decisions, numbers)
    if retiring and _is_retiring(ordered):
        workflow = replace(workflow, retiring=True)
    return _with_unreadable(workflow, bad) if bad else workflow


def _is_retiring(ordered: Iterable[Event]) -> bool:
    """Tell whether the newest of the removals was begun and its end is not recorded, whatever its claim."""
    retiring = False
    for event in ordered:
        if isinstance(event.draft.body, Retiring | Retired):
            retiring = isinstance(event.draft.body, Retiring)
    return retiring


def _of_claims(
    subject: Subject, claims: list[ClaimRecord], decisions: frozenset[str], numbers: int
) -> Workflow:
    if len(claims) == 1:
        return _of_claim(subject, claims[0], claims[0].live(), decisions, numbers)
    real = [claim for claim in claims if claim.progress]
    if not real:
        only = claims[-1] if claims else ClaimRecord("")
        return _of_claim(subject, only, True, decisions, numbers)
    live = _live(real)
    counting = [claim for claim in real if not claim.nothing_came] or real[:1]
    newest = (live or counting)[-1]
    workflow = _of_claim(subject, newest, bool(live), decisions, numbers)
    workflow = _with_others(workflow, newest, real)
    return _with_reviews(workflow, newest, live, claims)


def _of_claim(
    subject: Subject, claim: ClaimRecord, live: bool, decisions: frozenset[str], numbers: int
) -> Workflow:
    state = claim.state
    at = claim.at
    gate = claim.gate
    gated_at, mark = ("", "") if gate is None else claim.gates[gate]
    named = claim.named_runs
    over = state is WorkflowState.RETIRED
    measured, core_seconds, diagnosed, signalled = _told_later(claim)
    return Workflow(
        subject.step,
        subject.group or "",
        subject.workflow or "",
        state,
        live,
        None if over else claim.review,
        claim.detail,
        claim.id,
        claim.claimed,
        gate,
        named[-1] if named else None,
        not over and not named and claim.may_run_unnamed,
        not claim.never_called,
        claim.wms_says,
        with_causes(claim.outcome, diagnosed),
        at.get(state.value) or at.get("submitting") or next(iter(at.values()), ""),
        int(gate is not None and claim.claimed is not None and claim.claimed.restart),
        decisions,
        numbers,
        at.get("claimed", ""),
        claim.transient and state is WorkflowState.PREPARE_FAILED,
        None,
        claim.reopened,
        at.get("claimed", ""),
        mark,
        gated_at,
        runs_seen=tuple(claim.runs.items()) if len(claim.runs) > 1 else (),
        measured=measured,
        core_seconds=core_seconds,
        diagnosed=diagnosed,
        signalled=signalled,
    )


def _told_later(claim: ClaimRecord) -> tuple[str, int, Diagnosed | None, Signalled | None]:
    """Return when quanta were measured, what they took, what was told of failed jobs, and what jobs said."""
    measured, core_seconds, diagnosed, signalled = "", 0, None, None
    for draft in claim.later.values():
        if isinstance(draft.body, Measured):
            measured, core_seconds = draft.at, draft.body.core_seconds
        elif isinstance(draft.body, Diagnosed):
            diagnosed = draft.body
        elif isinstance(draft.body, Signalled):
            signalled = draft.body
    return measured, core_seconds, diagnosed, signalled


def _live(claims: list[ClaimRecord]) -> list[ClaimRecord]:
    """Return the claims that are not known to be over, oldest first.

    Of a run that a restart took up under its former id, the restart's claim tells.
    """
    told: set[str] = set()
    live = []
    for claim in reversed(claims):
        if claim.live(told):
            live.append(claim)
        told.update(claim.runs)
        if "" in claim.runs:
            for other in claims:
                told.update(other.runs)
    return live[::-1]


def _with_others(workflow: Workflow, newest: ClaimRecord, claims: list[ClaimRecord]) -> Workflow:
    """Return what the other claims of a workflow add to what the newest says."""
    place = claims.index(newest)
    runs = [run for claim in claims[:place] for run in claim.named_runs]
    every = {run: seen for claim in claims for run, seen in claim.runs.items() if run}
    is_restart = newest.claimed is not None and newest.claimed.restart
    known = [claim.claimed for claim in claims if claim.claimed is not None]
    over = workflow.state is WorkflowState.RETIRED and not workflow.live
    vain = [claim.said for claim in claims[place + 1 :] if claim.nothing_came and claim.said]
    return replace(
        workflow,
        claim=workflow.claim or (known[-1] if known else None),
        looked_up=not over and any(not c.named_runs and c.may_run_unnamed for c in claims),
        used=any(not claim.never_called for claim in claims),
        runs_seen=() if list(every) in ([], [workflow.run_id]) else tuple(every.items()),
        restarts=sum(1 for i, c in enumerate(claims) if c.gates and _is_restart(c, i)),
        former_run_id=runs[-1] if is_restart and runs else None,
        detail=workflow.detail or (f"its restart was not made: {vain[-1]}" if vain else ""),
        claimed_at=workflow.claimed_at or claims[0].at.get("claimed", ""),
        begun_at=min((c.at["claimed"] for c in claims if "claimed" in c.at), default=""),
    )


def _with_reviews(
    workflow: Workflow, newest: ClaimRecord, live: list[ClaimRecord], claims: list[ClaimRecord]
) -> Workflow:
    """Return a workflow with what a person must look at in its other claims."""
    is_restart = newest.claimed is not None and newest.claimed.restart
    before = claims[: claims.index(newest)]
    if any(c is not newest and not (is_restart and c in before) for c in live):
        names = ", ".join(claim.id or "(no id)" for claim in live)
        return replace(workflow, review=Reason.TWO_LIVE, detail=f"claims {names}")
    if workflow.review is not None:
        return workflow
    for claim in claims:
        if claim.review is not None and (claim in live or not claim.progress):
            return replace(workflow, review=claim.review, detail=claim.detail)
    return workflow


def _is_restart(claim: ClaimRecord, place: int) -> bool:
    return place > 0 if claim.claimed is None else claim.claimed.restart


def _with_unreadable(workflow: Workflow, bad: list[Unreadable]) -> Workflow:
    """Return a workflow of which a file can't be read: it may hold a gate, or a run."""
    numbers = [int(found[1]) for u in bad if (found := _NUMBER.match(u.path))]
    never_read = not workflow.numbers
    return replace(
        workflow,
        state=WorkflowState.UNKNOWN if never_read else workflow.state,
        live=True,
        review=Reason.UNREADABLE,
        detail=f"{bad[0].path}: {bad[0].why}",
        looked_up=workflow.looked_up or workflow.run_id is None,
        used=workflow.used or never_read,
        numbers=max(numbers, default=0) if never_read else max(workflow.numbers, *numbers, 0),
    )
