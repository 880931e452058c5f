"""What a plan means for the exit code."""

from __future__ import annotations

from cmcompile.model.plan import Action, Plan
from cmcompile.model.reason import NOT_ALLOWED, Reason


def attention(plan: Plan) -> bool:
    """Tell whether something needs a person: a review, or a group that another's review holds up."""
    return any(
        item.action is Action.REVIEW
        or (item.action is Action.WAIT and item.reason is Reason.BLOCKED_BY_REVIEW)
        for item in plan.items()
    )


def changes(plan: Plan) -> bool:
    """Tell whether anything would be done."""
    return plan.acts


def refused(plan: Plan) -> bool:
    """Tell whether an edit or a decision can't be carried out, or something may not be sent."""
    return any(
        item.action is Action.REFUSE or (item.action is Action.WAIT and item.reason in NOT_ALLOWED)
        for item in plan.items()
    )
