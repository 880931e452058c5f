"""The groups of a step as columns: what tables, filters and searches by name need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.reason import Reason
from cmcompile.model.states import Workflow
from cmcompile.model.status import GroupRow, needs_person
from cmcompile.report.groups import ids_in_words
from cmcompile.report.status.words import own_workflow
from cmcompile.site.model import SiteCampaign
from cmcompile.site.shards import ROWS, Json, coded, slug
from cmcompile.site.times import seconds

_REASONS = {reason: reason.words for reason in Reason}


def row_files(campaign: SiteCampaign, step: str, rows: Sequence[GroupRow]) -> Iterator[tuple[str, Json]]:
    """Yield path and data of each file of rows of a step, in the order of its groups."""
    for number, at in enumerate(range(0, len(rows), ROWS)):
        path = f"data/{slug(campaign.status.campaign)}/rows/{slug(step)}-{number}.js"
        yield path, columns(campaign, rows[at : at + ROWS])


def columns(campaign: SiteCampaign, rows: Sequence[GroupRow]) -> dict[str, Json]:
    """Return groups as columns of one length; a text that many share stands there once."""
    standings = [row.standing for row in rows]
    newest = [own_workflow(row) for row in rows]
    outcomes = [s.outcome for s in standings]
    keys = [(s.step, s.group) for s in standings]
    groups = [campaign.groups.get(key) for key in keys]
    return {
        "id": [s.group for s in standings],
        "data": ["" if group is None else ids_in_words(group) for group in groups],
        "state": coded([s.state.value for s in standings]),
        "reason": coded([s.reason.value for s in standings]),
        "why": coded([_REASONS[s.reason] for s in standings]),
        "detail": coded([s.detail for s in standings]),
        "person": [int(needs_person(s)) for s in standings],
        "since": [seconds(s.since) for s in standings],
        "site": coded([campaign.sites.get(key, "") for key in keys]),
        "workflow": coded([_name(s.group, s.workflow, w) for s, w in zip(standings, newest, strict=True)]),
        "says": coded(["" if w is None else w.state.value for w in newest]),
        "run": ["" if w is None else w.run_id or "" for w in newest],
        "quanta": [None if o is None else o.quanta for o in outcomes],
        "missing": [None if o is None else o.missing for o in outcomes],
        "hours": [_hours(row) for row in rows],
        "next": [s.next if needs_person(s) else "" for s in standings],
    }


def _name(group: str, address: str, newest: Workflow | None) -> str:
    """Return a workflow's name, with its group where that is another one."""
    if address:
        return address.removeprefix(f"{group}@")
    return "" if newest is None else newest.name


def _hours(row: GroupRow) -> float | None:
    """Return the core hours of the group's own workflows; None: nothing was measured."""
    told = [w.core_seconds for w in row.workflows if w.measured]
    return round(sum(told) / 3600, 3) if told else None
