"""What became different, as JSON: the schema ``changes-v1``."""

from __future__ import annotations

import json
from dataclasses import asdict

from cmcompile.model.changes import Changes, Moment, StepChange
from cmcompile.report.changes import words

FORMAT = 1


def render(campaign: str, found: Changes) -> str:
    """Return one document."""
    document = {
        "format": FORMAT,
        "kind": "changes",
        "campaign": campaign,
        "from": _moment(found.begin),
        "to": _moment(found.end),
        "nothing": found.nothing,
        "groups": found.groups,
        "words": words.lines(found, str),
        "steps": [_step(step) for step in found.steps],
        "failures": [
            {**asdict(f.kind), "new": f.new, "before": f.before, "after": f.after} for f in found.failures
        ],
        "reviews": [
            {"step": r.step, "reason": r.reason.value, "groups": list(r.groups)} for r in found.reviews
        ],
        "collections": [asdict(c) for c in found.collections],
        "decisions": [
            {
                "decision": d.decision,
                "verb": d.verb or None,
                "by": d.by or None,
                "because": d.because or None,
                "on": list(d.on),
            }
            for d in found.decisions
        ],
        "unreadable": list(found.unreadable),
    }
    return json.dumps(document, indent=1) + "\n"


def _moment(found: Moment) -> dict[str, object]:
    return {
        "commit": found.commit or None,
        "at": found.at or None,
        "progress": None if found.progress is None else asdict(found.progress),
        "ends": found.ends or None,
    }


def _step(found: StepChange) -> dict[str, object]:
    return {
        "step": found.step,
        "began": found.began,
        "moved": {
            m.became.value: {"entered": list(m.entered), "left": list(m.left), "net": m.net}
            for m in found.moved
        },
        "figures": asdict(found.figures),
    }
