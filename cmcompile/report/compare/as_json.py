"""A comparison as JSON: the schema ``compare-v1``.

Lists are cut, with the whole number beside them, so that it stays small for large campaigns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice

from cmcompile.model.compare import Compared, Comparison, FailurePair, StepFigures, TaskPair
from cmcompile.model.difference import GroupRun, Regrouping
from cmcompile.model.failures import FailureRow
from cmcompile.model.stats import StatsRow
from cmcompile.report.difference import difference_json
from cmcompile.report.stats import HOUR, rounded

FORMAT = 1
#: Of so many edits, runs of groups, and groups, each is listed.
_MOST = 1000
_PIECES = 100
_IDS = 1000


def render(found: Comparison, *, everything: bool) -> str:
    """Return one document; ``everything``: no list is cut."""
    most = None if everything else _MOST
    document = {
        "format": FORMAT,
        "kind": "compare",
        "differs": found.differs,
        "old": _side(found.sides[0], most),
        "new": _side(found.sides[1], most),
        "spec": _spec(found, everything=everything),
        "software": [
            {"what": s.what, "steps": list(s.steps), "old": list(s.old[:most]), "new": list(s.new[:most])}
            for s in found.software
        ],
        "steps": [{"step": s.step, "old": _figures(s.old), "new": _figures(s.new)} for s in found.steps],
        "tasks": [_task(pair) for pair in found.tasks],
        "failures": {
            "total": len(found.failures),
            "listed": [_failure(pair) for pair in islice(found.failures, most)],
        },
        "groups": {
            "total": len(found.groups),
            "listed": [
                {
                    "step": g.step,
                    "group": g.group,
                    "old": {"state": g.old.value, "workflows": g.tries[0]},
                    "new": {"state": g.new.value, "workflows": g.tries[1]},
                }
                for g in islice(found.groups, most)
            ],
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _side(side: Compared, most: int | None) -> dict[str, object]:
    seen = side.status.seen
    return {
        "asked": side.asked,
        "campaign": side.campaign,
        "production": side.status.production or None,
        "spec_commit": side.commit or None,
        "ledger": {
            "commit": seen.commit or None,
            "at": seen.at or None,
            "asked": seen.asked,
            "stale_since": seen.stale_since or None,
        },
        "software": {
            step: {what: list(values[:most]) for what, values in texts.items()}
            for step, texts in side.software.items()
        },
    }


def _spec(found: Comparison, *, everything: bool) -> dict[str, object]:
    spec = found.found
    pieces, ids = (None, None) if everything else (_PIECES, _IDS)
    whole = difference_json(spec, (found.sides[0].asked, found.sides[1].asked))
    edits = []
    for edit, made in islice(
        zip(spec.edits, _listed(whole["edits"]), strict=True), None if everything else _MOST
    ):
        del made["groups"]
        edits.append(made | {"groups": {"total": len(edit.groups), "runs": _runs(edit.runs, pieces)}})
    return {
        "groups": {"old": spec.old, "new": spec.new, "changed": spec.changed, "added": spec.added}
        | {"removed": spec.removed},
        "edits": {"total": len(spec.edits), "listed": edits},
        "regroupings": [_regrouping(r, pieces, ids) for r in spec.regroupings],
    }


def _listed(values: object) -> list[dict[str, object]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _runs(runs: Sequence[GroupRun], most: int | None) -> list[dict[str, object]]:
    found = islice(runs, most)
    return [{"step": r.step, "first": r.first, "last": r.last, "count": r.count} for r in found]


def _regrouping(found: Regrouping, pieces: int | None, ids: int | None) -> dict[str, object]:
    return {
        "step": found.step,
        "rescue": found.rescue,
        "old": found.old,
        "new": found.new,
        "added": _runs(found.added, pieces),
        "removed": _runs(found.removed, pieces),
        "moved": sum(len(move.ids) for move in found.moves),
        "come": [_ids(a.axis, a.ids, ids) for a in found.come],
        "gone": [_ids(a.axis, a.ids, ids) for a in found.gone],
    }


def _ids(axis: str, ids: Sequence[object], most: int | None) -> dict[str, object]:
    return {"axis": axis, "total": len(ids), "ids": list(islice(ids, most))}


def _figures(found: StepFigures | None) -> dict[str, object] | None:
    return None if found is None else asdict(found)


def _task(pair: TaskPair) -> dict[str, object]:
    return {"step": pair.step, "task": pair.task, "old": _stats(pair.old), "new": _stats(pair.new)}


def _stats(row: StatsRow | None) -> dict[str, object] | None:
    if row is None:
        return None
    return {
        "workflows": row.workflows,
        "measured": row.measured,
        "quanta": row.quanta,
        "failed": row.failed,
        "wall_median_seconds": rounded(row.wall_median, 1000),
        "cpu_median_seconds": rounded(row.cpu_median, 1000),
        "wall_hours": rounded(row.wall, HOUR),
        "cpu_hours": rounded(row.cpu, HOUR),
        "memory": row.memory,
    }


def _failure(pair: FailurePair) -> dict[str, object]:
    row = pair.row
    return {
        "class": row.kind.value,
        "rule": row.rule or None,
        "task": row.task,
        "site": row.site or None,
        "old": _count(pair.old),
        "new": _count(pair.new),
    }


def _count(row: FailureRow | None) -> dict[str, int]:
    names = ("failures", "open", "groups", "workflows")
    return {name: 0 if row is None else getattr(row, name) for name in names}
