"""Productions as JSON: the schema ``production-v1``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from cmcompile.model.production import Member, Production, Span
from cmcompile.model.states import GroupState
from cmcompile.model.stats import StatsRow
from cmcompile.report.stats import HOUR, rounded
from cmcompile.report.status import words

FORMAT = 1


def render(found: Sequence[Production]) -> str:
    """Return one document with everything about some productions."""
    document = {"format": FORMAT, "kind": "production", "productions": [_production(one) for one in found]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _production(found: Production) -> dict[str, object]:
    return {
        "production": found.name or None,
        "needs_person": found.people,
        "faults": found.faults,
        "begun": found.begun or None,
        "last": found.last or None,
        "groups": _counts(found.counts),
        "rescue_groups": _counts(found.rescue_counts),
        "campaigns": [_campaign(member) for member in found.members],
        "weeks": [asdict(week) for week in found.weeks],
    }


def _counts(counts: Mapping[GroupState, int]) -> dict[str, int]:
    return {"total": sum(counts.values())} | {state.value: counts.get(state, 0) for state in GroupState}


def _campaign(member: Member) -> dict[str, object]:
    status, course = member.status, member.course
    return {
        "campaign": status.campaign,
        "ticket": member.ticket or None,
        "fault": status.fault or None,
        "next": status.next or None,
        "needs_person": status.people,
        "groups": _counts(status.counts),
        "rescue_groups": _counts(status.rescue_counts),
        "attention": [
            {
                "step": sort.step or None,
                "reason": sort.reason.value,
                "concerns": len(sort.concerns),
                "said": words.heading(sort),
                "next": words.next_of(status.campaign, sort),
            }
            for sort in status.attention
        ],
        "begun": course.whole.begun or None,
        "last": course.whole.last or None,
        "over": course.whole.over,
        "steps": [_span(span) for span in course.steps],
        "usage": None if member.took is None else _usage(member.took),
    }


def _span(span: Span) -> dict[str, object]:
    return {"step": span.name, "begun": span.begun or None, "last": span.last or None, "over": span.over}


def _usage(row: StatsRow) -> dict[str, object]:
    return {
        "workflows": row.workflows,
        "measured": row.measured,
        "restarts": row.restarts,
        "quanta": row.quanta,
        "failed": row.failed,
        "wall_hours": rounded(row.wall, HOUR),
        "cpu_hours": rounded(row.cpu, HOUR),
        "memory": row.memory,
    }
