"""What is left to send, and what that is expected to cost, in words; nothing in them is foreign text."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model.review import CampaignReview, Change, Estimate
from cmcompile.report.screen import count


def estimate(one: Estimate | None) -> str:
    """Return what is left to send; nothing in it is foreign text."""
    if one is None:
        return "not known"
    if not one.groups and not one.rescues:
        return "nothing"
    said = [count(one.groups, "group")] if one.groups else []
    said += [f"{count(one.rescues, 'rescue group')}"] if one.rescues else []
    return ", ".join(said)


def price(one: Estimate | None) -> str:
    """Return an expected cost; what is not known is said to be so, and never left out."""
    if one is None:
        return "not known"
    number = one.groups + one.rescues
    if not number:
        return "nothing"
    if not one.known or one.core_hours is None:
        return "not known"
    low, high = (_hours(hours) for hours in one.core_hours)
    said = f"{low} core-hours" if low == high else f"{low} to {high} core-hours"
    said += f", {count(one.quanta, 'quantum', 'quanta')}" if one.quanta is not None else ""
    return said if one.known == number else f"{said} (known for {one.known:,} of {number:,} groups)"


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.2g}"


def both(one: CampaignReview) -> tuple[Estimate | None, Estimate | None]:
    """Return the estimates before and after; nothing is left to send of a campaign that is not there."""
    before = Estimate() if one.change is Change.ADDED else one.before
    return before, Estimate() if one.change is Change.REMOVED else one.after


def total(some: Sequence[Estimate | None]) -> Estimate | None:
    """Return several estimates as one; None: one of them is not known."""
    found = [one for one in some if one is not None]
    if len(found) < len(some):
        return None
    hours = [one.core_hours for one in found if one.core_hours is not None]
    quanta = [one.quanta for one in found if one.quanta is not None]
    return Estimate(
        sum(one.groups for one in found),
        sum(one.rescues for one in found),
        sum(one.known for one in found),
        sum(quanta) if quanta else None,
        (sum(low for low, _ in hours), sum(high for _, high in hours)) if hours else None,
        tuple(dict.fromkeys(source for one in found for source in one.sources)),
    )


def priced(campaigns: Sequence[CampaignReview]) -> list[CampaignReview]:
    """Return the campaigns whose cost is told: something of it is known, or the edit changes what is left."""
    told = [c for c in campaigns if c.change is Change.REMOVED or c.after is not None]
    return [
        c for c in told if c.before != c.after or any(e is not None and e.known for e in (c.before, c.after))
    ]
