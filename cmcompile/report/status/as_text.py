"""The status of productions, campaigns and steps as text for people.

The first lines answer what is asked at night: is anything wrong, and what do I type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.states import GroupState
from cmcompile.model.status import Attention, CampaignStatus, Concern
from cmcompile.report.screen import Screen, count
from cmcompile.report.status import words
from cmcompile.report.status.group_text import group_lines, workflow_lines
from cmcompile.report.status.tables import campaign_table, group_table, step_table

#: A page for a whole campaign shows so many concerns of a sort.
_FEW = 3


def render(statuses: Sequence[CampaignStatus], level: words.Level, screen: Screen, workflow: str) -> str:
    """Return the text; ``workflow`` names the one to show at the level of workflows."""
    if level == "production":
        return "".join(_production(statuses, screen))
    parts = ["".join(_campaign(status, level, screen, workflow)) for status in statuses]
    return "\n".join(parts) if parts else screen.line("no campaign")


def _production(statuses: Sequence[CampaignStatus], screen: Screen) -> Iterator[str]:
    wrong = [s for s in statuses if s.people or s.fault]
    total = count(len(statuses), "campaign")
    said = f"{len(wrong)} of {total} {'needs' if len(wrong) == 1 else 'need'} a person"
    yield screen.line(said if wrong else f"nothing needs a person in {total}", "alarm" if wrong else None)
    for status in wrong:
        if status.fault:
            yield from screen.wrapped(f"  {status.campaign}: {status.fault}", "    ", "alarm")
        yield screen.whole(f"  {status.next or f'{words.COMMAND} {status.campaign}'}", "bold")
    if not statuses:
        return
    yield "\n"
    yield from campaign_table(statuses, screen)


def _campaign(status: CampaignStatus, level: words.Level, screen: Screen, workflow: str) -> Iterator[str]:
    if level in ("group", "workflow"):
        yield from _groups(status, level, screen, workflow)
        return
    yield from _head(status, screen, these=level == "step")
    if status.fault:
        return
    yield from _attention(status, screen, None if level == "step" else _FEW)
    yield "\n"
    if level == "step":
        yield from group_table(status.rows, screen)
    else:
        yield from step_table(status.steps, screen)
    ready = status.counts.get(GroupState.READY, 0) + status.rescue_counts.get(GroupState.READY, 0)
    if ready:
        yield "\n"
        yield screen.line(f"{count(ready, 'group')} {'is' if ready == 1 else 'are'} ready to be sent")
        yield screen.whole(f"  cmcompile apply {status.campaign}", "bold")


def _head(status: CampaignStatus, screen: Screen, *, these: bool = False) -> Iterator[str]:
    title = f"{status.campaign} ({status.production})" if status.production else status.campaign
    wrong = bool(status.people or status.fault)
    verdict = words.verdict(status, these=these)
    yield from screen.wrapped(f"{title}: {verdict}", "  ", "alarm" if wrong else None)
    if status.fault:
        yield from [screen.whole(f"  {status.next}", "bold")] if status.next else []
        return
    yield from _freshness(status, screen)


def _freshness(status: CampaignStatus, screen: Screen) -> Iterator[str]:
    seen = status.seen
    at = f" of {screen.time(seen.at)}" if seen.commit and seen.at else ""
    last = " as last seen," if seen.asked != "fresh" else ""
    yield screen.line(f"{words.ledger(status)}{last}{at}".rstrip(","), "dim")
    if seen.stale_since:
        yield screen.line(
            f"stale: a source could not be asked since {screen.time(seen.stale_since)}", "alarm"
        )


def _groups(status: CampaignStatus, level: words.Level, screen: Screen, workflow: str) -> Iterator[str]:
    if status.fault:
        yield from _head(status, screen)
        return
    for number, row in enumerate(status.rows):
        yield from ["\n"] if number else []
        if level == "group":
            yield from group_lines(status.campaign, row, screen)
        else:
            yield from workflow_lines(status.campaign, row, workflow, screen)
    if not status.rows:
        yield screen.line(f"{status.campaign}: no group")
    yield from _freshness(status, screen)


def _attention(status: CampaignStatus, screen: Screen, most: int | None) -> Iterator[str]:
    if not status.attention:
        return
    yield "\n"
    for found in status.attention:
        yield from screen.wrapped(f"! {words.heading(found)}", "  ", "alarm")
        yield from _concerns(status.campaign, found, screen, most)


def _concerns(campaign: str, found: Attention, screen: Screen, most: int | None) -> Iterator[str]:
    if len(found.concerns) == 1:
        concern = found.concerns[0]
        yield from _said(concern, screen)
        yield screen.whole(f"    {words.command(campaign, concern)}", "bold")
        return
    total = len(found.concerns)
    shown = screen.shown(total)
    if most is not None and screen.most is not None and total > most + 1:
        shown = min(shown, most)
    for concern in found.concerns[:shown]:
        detail = f": {concern.detail}" if concern.detail else ""
        yield screen.line(f"  {concern.subject}{detail}")
        yield screen.whole(f"    {words.command(campaign, concern)}", "bold")
    if total > shown:
        yield screen.whole(f"  and {total - shown:,} more: {words.see_all(campaign, found)}")


def _said(concern: Concern, screen: Screen) -> Iterator[str]:
    where = f"workflow {concern.workflow}" if concern.workflow else ""
    when = f"since {screen.time(concern.since)}" if concern.since else ""
    if where or when:
        yield screen.line(f"    {', '.join(part for part in (where, when) if part)}", "dim")
