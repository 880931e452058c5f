"""The groups of a status as CSV, one row each."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model.status import CampaignStatus, GroupRow, needs_person
from cmcompile.report.status.words import own_workflow, run_of
from cmcompile.report.table import render_table
from cmcompile.report.terminal import visible

COLUMNS = (
    *("campaign", "step", "group", "rescue", "state", "reason", "detail", "needs_person", "workflow"),
    *("workflow_state", "run_id", "run", "since", "stale_since", "quanta", "missing", "next"),
)


def render(statuses: Sequence[CampaignStatus]) -> str:
    """Return a row per group."""
    rows = [_cells(status.campaign, row) for status in statuses for row in status.rows]
    return render_table(COLUMNS, rows, "csv")


def _cells(campaign: str, row: GroupRow) -> list[str]:
    standing = row.standing
    workflow = own_workflow(row)
    found = standing.outcome
    cells = [
        *(campaign, standing.step, standing.group, row.rescue, standing.state.value, standing.reason.value),
        *(standing.detail, "yes" if needs_person(standing) else "no"),
        "" if workflow is None else f"{workflow.group}@{workflow.name}",
        "" if workflow is None else workflow.state.value,
        "" if workflow is None else workflow.run_id or "",
        *(run_of(workflow), standing.since, standing.stale_since),
        *(("", "") if found is None else (str(found.quanta), str(found.missing))),
        standing.next,
    ]
    return [visible(cell) for cell in cells]
