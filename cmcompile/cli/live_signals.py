"""What the jobs of runs that go on have said until now, as far as their spools are seen from here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cmcompile.cli.area import area_of
from cmcompile.cli.campaigns import Place
from cmcompile.cli.kept_signals import kept_signals
from cmcompile.model.states import Workflow
from cmcompile.model.status import CampaignStatus


def with_signals(status: CampaignStatus, place: Place) -> CampaignStatus:
    """Return a status in which workflows of batch steps that go on have counts of their signals."""
    spools = {str(w): spool for row in status.rows for w in row.workflows if (spool := _spool(w, place))}
    if not spools:
        return status
    kept = kept_signals(place)

    def heard(workflow: Workflow) -> Workflow:
        spool = spools.get(str(workflow))
        return workflow if spool is None else _heard(workflow, spool, kept)

    rows = tuple(replace(row, workflows=tuple(map(heard, row.workflows))) for row in status.rows)
    return replace(status, rows=rows)


def _spool(workflow: Workflow, place: Place) -> Path | None:
    """Return the spool of a workflow of a batch step that goes on; None: none is seen from here."""
    from cmcompile.batch.run_files import SIGNALS
    from cmcompile.model.batch import is_batch

    claim = workflow.claim
    if claim is None or not is_batch(claim.wms.service) or not workflow.live or workflow.signalled:
        return None
    spool = area_of(place.root) / "submit" / claim.output_run / SIGNALS
    return spool if spool.is_dir() else None


def _heard(workflow: Workflow, spool: Path, kept: Path | None) -> Workflow:
    from cmcompile.signals.packed import Packed
    from cmcompile.signals.spool import SpoolError

    try:
        with Packed(spool, kept) as said:
            return replace(workflow, signalled=said.signalled())
    except (OSError, SpoolError):
        return workflow
