"""A plan as text for people and as Markdown for a pull request; its JSON is made where it is digested."""

from __future__ import annotations

from cmcompile.model.plan import Plan
from cmcompile.report.markdown import LIMIT
from cmcompile.report.plan import as_markdown, as_text, explained
from cmcompile.report.screen import Screen

__all__ = ["plan_markdown", "plan_text"]


def plan_text(plan: Plan, screen: Screen, *, explain: bool = False, next_command: str | None = "") -> str:
    """Return a plan for people, ending with a newline.

    Parameters
    ----------
    explain
        Whether every item is shown with all that is known of it, nothing cut.
    next_command
        What to type next; where it is empty, the command that helps most of those that only read or decide.
        None: nothing is to be typed, since what is planned is carried out now.
    """
    if explain:
        return explained.render(plan, screen, next_command or "")
    return as_text.render(plan, screen, next_command)


def plan_markdown(plan: Plan, *, next_command: str = "", limit: int = LIMIT) -> str:
    """Return a plan as a page of at most ``limit`` bytes, cut by rows."""
    return as_markdown.render(plan, next_command, limit)
