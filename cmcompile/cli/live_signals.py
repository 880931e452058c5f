"""What the jobs of runs that go on have said until now, as far as their spools are seen from here."""

from __future__ import annotations

from dataclasses import replace

from cmcompile.cli.area import area_of
from cmcompile.cli.campaigns import Place
from cmcompile.cli.kept_signals import kept_signals
from cmcompile.model.states import Workflow
from cmcompile.model.status import CampaignStatus


def with_signals(status: CampaignStatus, place: Place) -> CampaignStatus:
    """Return a status in which workflows of batch steps that go on have counts of their signals."""
    rows = tuple(
        replace(row, workflows=tuple(_heard(workflow, place) for workflow in row.workflows))
        for row in status.rows
    )
    return replace(status, rows=rows)


def _heard(workflow: Workflow, place: Place) -> Workflow:
    from cmcompile.batch.run_files import SIGNALS, is_batch

    claim = workflow.claim
    if claim is None or not is_batch(claim.wms.service) or not workflow.live or workflow.signalled:
        return workflow
    spool = area_of(place.root) / "submit" / claim.output_run / SIGNALS
    if not spool.is_dir():
        return workflow
    from cmcompile.signals.packed import Packed
    from cmcompile.signals.spool import SpoolError

    try:
        with Packed(spool, kept_signals(place)) as said:
            return replace(workflow, signalled=said.signalled())
    except (OSError, SpoolError):
        return workflow
