"""The page of a ledger: written in a commit of its own, and only when it would say something else."""

from __future__ import annotations

from cmcompile.apply.declaration import Declaration
from cmcompile.apply.outside import Sources
from cmcompile.model.status import CampaignStatus, Seen
from cmcompile.model.transaction import Decided, Proposal, Sight, Stop
from cmcompile.plan.inputs import Inputs
from cmcompile.plan.standing import judged, standings_of
from cmcompile.plan.summary import status_of
from cmcompile.report.status.ledger_page import figures, readme

README, STATUS = "README.md", "status.json"


def render(sources: Sources, declaration: Declaration) -> Decided:
    """Write ``README.md`` and ``status.json`` where they differ from what the ledger says now.

    Raises
    ------
    UnreachableError, LedgerError
        As `cmcompile.model.transaction.Book.decide`.
    """
    desk = sources.desk

    def judge(sight: Sight) -> Proposal | Stop:
        inputs = declaration.inputs(sight.state, desk.clock.now())
        files = pages(inputs)
        new = {path: data for path, data in files.items() if desk.book.file(sight, path) != data}
        return Proposal((), new, "what the ledger says") if new else Stop("the page says it already")

    return desk.book.decide(judge)


def pages(inputs: Inputs) -> dict[str, bytes]:
    """Return the files by path."""
    status = campaign_status(inputs)
    return {README: readme(status).encode(), STATUS: figures(status).encode()}


def campaign_status(inputs: Inputs) -> CampaignStatus:
    """Return where a campaign stands, without its groups one by one."""
    return status_of(
        inputs.spec.name,
        Seen(),
        standings_of(judged(inputs)),
        inputs.state,
        production=inputs.spec.production or "",
        steps=[step.name for step in inputs.spec.steps],
        covers={d.key: d.group.covers for d in inputs.declared if d.group.covers},
        collections={name: text for name, text in inputs.collects.items() if name},
        tagged=inputs.tagged,
        rows=False,
    )
