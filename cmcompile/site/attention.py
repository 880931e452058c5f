"""What needs a person, the most urgent first, and what is behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cmcompile.model.event import Subject
from cmcompile.model.severity import severity
from cmcompile.model.status import Attention, Concern, GroupRow
from cmcompile.report.status import words
from cmcompile.site.details import filled
from cmcompile.site.model import Key, SiteCampaign
from cmcompile.site.shards import Json

#: So many of the tasks and sites that fail, and of the messages, stand beside a reason.
TASKS, MESSAGES = 3, 2
_MESSAGE = 200


def attention(campaign: SiteCampaign, most: int) -> Json:
    """Return what needs a person, the most urgent first, with what to type.

    Parameters
    ----------
    most
        So many groups are named for each reason.
    """
    rows = {(row.standing.step, row.standing.group): row for row in campaign.status.rows}
    return [_attention(campaign, found, most, rows) for found in campaign.status.attention]


def _attention(
    campaign: SiteCampaign, found: Attention, most: int, rows: Mapping[Key, GroupRow]
) -> dict[str, Json]:
    name = campaign.status.campaign
    keys = [Subject(found.step, c.subject.partition("/")[2]) for c in found.concerns if c.state is not None]
    hurt = [rows[key.step, key.group or ""] for key in keys if (key.step, key.group or "") in rows]
    level = severity(found.reason)
    return filled(
        {
            "step": found.step,
            "reason": found.reason.value,
            "severity": level.value,
            "severe": level.words,
            "heading": words.heading(found),
            "words": found.reason.words,
            "number": len(found.concerns),
            "since": min((c.since for c in found.concerns if c.since), default=""),
            "all": words.see_all(name, found),
            "some": [_concern(name, c) for c in found.concerns[:most]],
            **_failing(hurt),
        }
    )


def _concern(campaign: str, concern: Concern) -> Json:
    state = "" if concern.state is None else concern.state.value
    command = words.command(campaign, concern)
    return [concern.subject, state, concern.detail, concern.workflow, command, concern.since]


def _failing(rows: Sequence[GroupRow]) -> dict[str, Json]:
    """Return which tasks fail most over some groups, where, and with what words."""
    tasks: Counter[str] = Counter()
    sites: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    for row in rows:
        outcome = row.standing.outcome
        if outcome is None:
            continue
        tasks.update({t.task: t.failed for t in outcome.tasks if t.failed})
        messages.update(f.message[:_MESSAGE] for f in outcome.failures if f.message)
        sites.update(f.cause.site for f in outcome.failures if f.cause is not None and f.cause.site)
    return {"tasks": _most(tasks, TASKS), "sites": _most(sites, TASKS), "messages": _most(messages, MESSAGES)}


def _most(counted: Counter[str], number: int) -> list[Json]:
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [list(item) for item in ordered[:number]]
