"""The page and the figures of a campaign that stand on its ledger branch.

They hold neither the tip nor a time that passes by itself: they change only when something else did.
"""

from __future__ import annotations

from dataclasses import replace

from cmcompile.model.status import CampaignStatus, Seen
from cmcompile.report.markdown import LIMIT, Section, code, page
from cmcompile.report.status import as_json, words
from cmcompile.report.status.as_markdown import attention_table, steps_table


def readme(status: CampaignStatus, limit: int = LIMIT) -> str:
    """Return the page as Markdown: totals per step, and what needs a person with the command."""
    title = code(status.campaign) + (f" ({code(status.production)})" if status.production else "")
    said = words.verdict(status)
    start = (f"# {title}", "", f"**{said}**" if status.people else said)
    sections = [Section(start)]
    if status.attention:
        sections.append(attention_table(status))
    if status.steps:
        sections.append(steps_table(status.steps))
    command = code(f"{words.COMMAND} {status.campaign}")
    sections.append(
        Section(
            ("", f"Written by `cmcompile reconcile` when something changed; {command} says how it is now.")
        )
    )
    return page(sections, f"see {command}", limit)


def figures(status: CampaignStatus) -> str:
    """Return the same as JSON, of the schema ``status-v1``; which ledger it is goes without saying there."""
    return as_json.render([replace(status, seen=Seen())], "campaign", "")
