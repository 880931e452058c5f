"""The report of a review as files: what is posted, and the plans that it speaks of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cmcompile.model.diagnostic import Code
    from cmcompile.model.plan import Plan
    from cmcompile.model.review import Review

FILE = "review.json"


def write(review: Review, out: Path, code: int, docs_url: Callable[[Code], str]) -> None:
    """Write a report into a folder; ``review.json`` last, so that it is never there without the others.

    Plans of a former report that this one does not have are removed.
    """
    from cmcompile.report.diagnostics import render
    from cmcompile.report.review import (
        review_annotations,
        review_json,
        review_markdown,
        review_summary,
    )
    from cmcompile.report.review.as_json import ANNOTATIONS, COMMENT, SARIF, SUMMARY, plan_path

    out.mkdir(parents=True, exist_ok=True)
    former = _former_plans(out)
    (out / FILE).unlink(missing_ok=True)
    plans = {plan_path(one.name): one.plan for one in review.campaigns if one.plan is not None}
    for path in former - plans.keys():
        (out / path).unlink(missing_ok=True)
    for path, plan in plans.items():
        _write(out / path, _document(plan))
    _write(out / COMMENT, review_markdown(review))
    _write(out / SUMMARY, review_summary(review))
    _write(out / ANNOTATIONS, review_annotations(review))
    _write(out / SARIF, render(review.findings, "sarif", docs_url=docs_url))
    _write(out / FILE, review_json(review, code))


def _former_plans(out: Path) -> set[str]:
    """Return the plans that a former report wrote, as far as it can be read."""
    try:
        found = json.loads((out / FILE).read_bytes())["plans"].values()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
    parts = [str(path).split("/") for path in found]
    return {"/".join(p) for p in parts if len(p) == 2 and p[0] == "plans" and p[1].endswith(".json")}


def _document(plan: Plan) -> str:
    from cmcompile.plan.document import to_document

    return json.dumps(to_document(plan), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
