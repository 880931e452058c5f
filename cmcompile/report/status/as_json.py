"""A status as JSON: the schema ``status-v1``.

A later version may add keys under the same number of format; a reader ignores the keys it does not know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from cmcompile.model.outcome import Outcome
from cmcompile.model.signal import Signalled
from cmcompile.model.states import GroupState, Workflow
from cmcompile.model.status import (
    Attention,
    CampaignStatus,
    Collection,
    GroupRow,
    StepStatus,
    TaggedStatus,
    Whereabouts,
    needs_person,
)
from cmcompile.report.status.words import Level

FORMAT = 1


def render(statuses: Sequence[CampaignStatus], level: Level, workflow: str) -> str:
    """Return one document; groups from the level of steps on, workflows from the level of groups on."""
    document = {"format": FORMAT, "campaigns": [_campaign(s, level, workflow) for s in statuses]}
    return json.dumps(document, indent=1) + "\n"


def render_whereabouts(what: str, rows: Sequence[Whereabouts]) -> str:
    """Return one document with where the data of an id went."""
    found = [
        {
            "campaign": r.campaign,
            "step": r.step,
            "group": r.group,
            "workflow": r.workflow or None,
            "workflow_state": r.workflow_state or None,
            "run": r.run or None,
            "state": r.state.value,
            "reason": r.reason.value,
            "detail": r.detail,
            "since": r.since or None,
            "next": r.next or None,
        }
        for r in rows
    ]
    return json.dumps({"format": FORMAT, "of": what, "whereabouts": found}, indent=1) + "\n"


def _campaign(status: CampaignStatus, level: Level, workflow: str) -> dict[str, object]:
    seen = status.seen
    made: dict[str, object] = {
        "campaign": status.campaign,
        "production": status.production or None,
        "fault": status.fault or None,
        "next": status.next or None,
        "ledger": {
            "commit": seen.commit or None,
            "at": seen.at or None,
            "asked": seen.asked,
            "stale_since": seen.stale_since or None,
        },
        "needs_person": status.people,
        "groups": _counts(status.counts),
        "rescue_groups": _counts(status.rescue_counts),
        "attention": [_attention(a) for a in status.attention],
        "steps": [_step(step) for step in status.steps],
    }
    if level not in ("production", "campaign"):
        made["rows"] = [_row(row, level, workflow) for row in status.rows]
    return made


def _counts(counts: Mapping[GroupState, int]) -> dict[str, int]:
    return {"total": sum(counts.values())} | {state.value: counts.get(state, 0) for state in GroupState}


def _attention(found: Attention) -> dict[str, object]:
    return {
        "step": found.step or None,
        "reason": found.reason.value,
        "concerns": [
            {
                "subject": c.subject,
                "state": None if c.state is None else c.state.value,
                "workflow": c.workflow or None,
                "detail": c.detail,
                "since": c.since or None,
                "next": c.next or None,
            }
            for c in found.concerns
        ],
    }


def _step(step: StepStatus) -> dict[str, object]:
    return {
        "step": step.step,
        "groups": _counts(step.first),
        "rescue_groups": _counts(step.rescues),
        "needs_person": step.people + step.rescue_people,
        "quanta": {"total": step.quanta, "missing": step.missing, "known_of_groups": step.known},
        "collection": None if step.collection is None else _collection(step.collection),
        **({} if step.tagged is None else {"tagged": _tagged(step.tagged)}),
    }


def _tagged(found: TaggedStatus) -> dict[str, object]:
    return {"declared": len(found.names), "made": found.made, "datasets": found.datasets}


def _collection(found: Collection) -> dict[str, object]:
    return {
        "name": found.name,
        "holds": found.holds,
        "lacks": found.lacks,
        "unfinished": found.unfinished,
        "retired": found.retired,
    }


def _row(row: GroupRow, level: Level, workflow: str) -> dict[str, object]:
    standing = row.standing
    whole = level in ("group", "workflow")
    made: dict[str, object] = {
        "step": standing.step,
        "group": standing.group,
        "rescue": row.rescue or None,
        "covers": list(row.covers),
        "state": standing.state.value,
        "reason": standing.reason.value,
        "detail": standing.detail,
        "next": standing.next or None,
        "workflow": standing.workflow or None,
        "since": standing.since or None,
        "stale_since": standing.stale_since or None,
        "needs_person": needs_person(standing),
        "blocked": standing.blocked,
        "outcome": _outcome(standing.outcome, whole=whole),
    }
    if whole:
        own = [w for w in row.workflows if level == "group" or w.name == workflow]
        made["workflows"] = [_workflow(w, row) for w in own]
        made["covering"] = [_workflow(w, row) for w in row.covering if level == "group"]
    return made


def _outcome(found: Outcome | None, *, whole: bool) -> dict[str, object] | None:
    if found is None:
        return None
    made: dict[str, object] = {"quanta": found.quanta, "missing": found.missing, "complete": found.complete}
    if not whole:
        return made
    made["tasks"] = [
        {
            "task": t.task,
            "quanta": t.quanta,
            "succeeded": t.succeeded,
            "failed": t.failed,
            "blocked": t.blocked,
            "other": t.other,
            "caveats": dict(sorted(t.caveats.items())),
        }
        for t in found.tasks
    ]
    made["failures"] = [
        {
            "task": f.quantum.task,
            "data_id": f.quantum.data_id,
            "fault": f.fault.value,
            "message": f.message,
        }
        for f in found.failures
    ]
    return made


def _workflow(workflow: Workflow, row: GroupRow) -> dict[str, object]:
    claim = workflow.claim
    address = f"{workflow.group}@{workflow.name}"
    return {
        "workflow": address,
        "state": workflow.state.value,
        "live": workflow.live,
        "looked_up": workflow.looked_up,
        "used": workflow.used,
        "superseded": address in row.superseded,
        "review": None if workflow.review is None else workflow.review.value,
        "detail": workflow.detail,
        "run_id": workflow.run_id,
        "run": None if claim is None else claim.output_run,
        "run_name": None if claim is None else claim.run_name,
        "wms": None if claim is None else {"service": claim.wms.service, "where": claim.wms.where},
        "wms_says": workflow.wms_says or None,
        "claim": workflow.claim_id or None,
        "gate": workflow.gate,
        "spec_commit": None if claim is None else claim.spec.commit or None,
        "definition": None if claim is None else claim.definition,
        "restarts": workflow.restarts,
        "since": workflow.since or None,
        "decisions": sorted(workflow.decisions),
        "outcome": _outcome(workflow.outcome, whole=True),
        **({} if workflow.signalled is None else {"signals": _signals(workflow.signalled)}),
    }


def _signals(told: Signalled) -> dict[str, object]:
    return {**asdict(told.counts), "disagreed": [asdict(found) for found in told.disagreed]}
