"""A review as JSON: the schema ``review-v1``; who posts the report reads nothing else."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from cmcompile.model.diagnostic import Severity
from cmcompile.model.review import CampaignReview, Estimate, Review
from cmcompile.report.review.names import place
from cmcompile.report.review.refusals import refusals
from cmcompile.report.review.statuses import statuses

FORMAT = 1
COMMENT, SUMMARY, ANNOTATIONS, SARIF = "comment.md", "summary.md", "annotations.txt", "report.sarif"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


def plan_path(name: str) -> str:
    """Return where the plan of a campaign is, below the folder of the report."""
    if _SAFE.match(name):
        return f"plans/{name}.json"
    return f"plans/campaign-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.json"


def render(review: Review, code: int) -> str:
    """Return the document; ``code`` is the exit code of the command that made it."""
    counts = review.counted()
    document = {
        "cmcompile": FORMAT,
        "head": review.head,
        "base": review.base,
        "verdict": review.verdict.value,
        "exit": int(code),
        "fault": review.fault,
        "digest": review.digest,
        "statuses": [
            {"context": s.context, "state": s.state, "description": s.description} for s in statuses(review)
        ],
        "comment": COMMENT,
        "summary": SUMMARY,
        "annotations": ANNOTATIONS,
        "sarif": SARIF,
        "plans": {one.name: plan_path(one.name) for one in review.campaigns if one.plan is not None},
        "campaigns": [_campaign(one) for one in review.campaigns],
        "findings": {severity.value: counts[severity] for severity in Severity},
        "others": review.others,
    }
    # In a job's log a runner would take "##[" for a command; outside of strings there is none.
    return json.dumps(document, indent=1, ensure_ascii=True).replace("##[", "#\\u0023[") + "\n"


def _campaign(one: CampaignReview) -> dict[str, object]:
    found = one.difference
    acts, ours = one.acts()
    return {
        "campaign": one.name,
        "spec": one.spec,
        "change": one.change.value,
        "was": one.was,
        "verdict": one.verdict.value,
        "groups": None
        if found is None
        else {"old": found.old, "new": found.new, "changed": found.changed}
        | {"added": found.added, "removed": found.removed},
        "plan": None if one.plan is None else one.plan.digest,
        "actions": {
            a.value: {"all": n, "edit": ours[a]} for a, n in sorted(acts.items(), key=lambda p: p[0].value)
        },
        "refused": [
            {"campaign": r.campaign, "place": place(r.span), "what": r.what, "groups": r.number}
            for r in refusals(one)
        ],
        "risks": [{"kind": r.kind, "text": r.text, "asks": r.asks} for r in one.risks],
        "before": _estimate(one.before),
        "after": _estimate(one.after),
        "ledger": {"asked": one.ledger.asked.value, "tip": one.ledger.tip, "at": one.ledger.at},
        "files": list(one.files),
    }


def _estimate(one: Estimate | None) -> dict[str, object] | None:
    if one is None:
        return None
    return {
        "groups": one.groups,
        "rescues": one.rescues,
        "known": one.known,
        "quanta": one.quanta,
        "core_hours": None if one.core_hours is None else list(one.core_hours),
        "sources": list(one.sources),
    }
