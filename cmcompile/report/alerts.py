"""What is told once: from a status to alerts, and from alerts to one message.

Slack's text form is read by Mattermost and others too. Foreign text stands in code spans, where nothing in it
is a mention, a link or markup; what Slack itself would read, ``&``, ``<`` and ``>``, is escaped as it asks
for (docs.slack.dev, "Formatting message text").
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime

from cmcompile.model.alert import Alert
from cmcompile.model.forecast import Range
from cmcompile.model.states import GroupState
from cmcompile.model.status import CampaignStatus, Concern
from cmcompile.model.tell import Form
from cmcompile.report.screen import count
from cmcompile.report.status import words
from cmcompile.report.terminal import visible

FORMAT = 1
#: A message has so many lines at most, and no text of others is longer.
LINES, _LONG = 20, 200


def people(status: CampaignStatus) -> list[Alert]:
    """Return what needs a person, the most urgent first."""
    return [
        Alert(
            "person",
            _subject(concern),
            found.reason.value,
            words.why(found.reason, concern.detail),
            words.command(status.campaign, concern),
        )
        for found in status.attention
        for concern in found.concerns
    ]


def _subject(concern: Concern) -> str:
    name = concern.workflow.rpartition("@")[2]
    return f"{concern.subject}@{name}" if name else concern.subject


def overdue(status: CampaignStatus, due: str, now: datetime, ends: Range | None) -> list[Alert]:
    """Return that a campaign is late, or will be.

    Parameters
    ----------
    due
        The day by which it should be finished, ``2026-12-31``; or empty.
    ends
        When it ends by the forecast, seconds from now; None: there is none.
    """
    counts = status.counts
    total, done = sum(counts.values()), counts.get(GroupState.ACCEPTED, 0)
    if not due or total == done:
        return []
    command, name = f"cmcompile forecast {status.campaign}", status.campaign
    left = f"{done:,} of {count(total, 'group')} accepted"
    days = (date.fromisoformat(due) - now.date()).days
    if days < 0:
        said = f"it was due on {due}, {count(-days, 'day')} ago: {left}"
        return [Alert("overdue", name, f"overdue {due}", said, command)]
    # Nine of ten runs of the forecast end later: it does not come and go from day to day.
    if ends is not None and (ends.p10 is None or ends.p10 > (days + 1) * 86400):
        said = f"it is due on {due}, and the forecast says it will hardly be finished by then: {left}"
        return [Alert("overdue", name, f"late {due}", said, command)]
    return []


def message(campaign: str, alerts: Sequence[Alert], again: Collection[str], form: Form) -> bytes:
    """Return one message about all of these.

    Parameters
    ----------
    again
        The keys of those that were sent before, when nobody knows whether it arrived.
    """
    document = _slack(campaign, alerts, again) if form == "slack" else _plain(campaign, alerts, again)
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _slack(campaign: str, alerts: Sequence[Alert], again: Collection[str]) -> dict[str, object]:
    people = sum(alert.topic == "person" for alert in alerts)
    parts = [f"{count(people, 'thing')} {'needs' if people == 1 else 'need'} a person"] if people else []
    parts += ["it is late"] if people < len(alerts) else []
    lines = [f"{_code(campaign)}: {', and '.join(parts)}"]
    for alert in alerts[:LINES]:
        said = " (again: nobody knows whether this was told before)" if alert.key in again else ""
        lines.append(f"• {_code(alert.subject)}{said}: {_code(alert.words)} → {_code(alert.command)}")
    if more := len(alerts) - LINES:
        lines += [f"and {more:,} more → {_code(f'cmcompile status {campaign}')}"] if more > 0 else []
    return {"text": "\n".join(lines)}


def _code(text: str) -> str:
    shown = " ".join(visible(" ".join(text.split())).split()).replace("`", "'")
    shown = shown if len(shown) <= _LONG else shown[: _LONG - 1] + "…"
    return "`" + shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "`"


def _plain(campaign: str, alerts: Sequence[Alert], again: Collection[str]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "kind": "alerts",
        "campaign": campaign,
        "alerts": [
            {
                "topic": alert.topic,
                "subject": alert.subject,
                "reason": alert.reason,
                "words": alert.words,
                "command": alert.command,
                "again": alert.key in again,
            }
            for alert in alerts[:LINES]
        ],
        "more": max(len(alerts) - LINES, 0),
    }
