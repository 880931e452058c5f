"""A production: the campaigns that name it, together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cmcompile.model.states import GroupState
from cmcompile.model.stats import StatsRow
from cmcompile.model.status import CampaignStatus


@dataclass(frozen=True, slots=True)
class Span:
    """When work on something began, and when something was last heard of it; empty: never.

    Attributes
    ----------
    over
        Whether all that there is to do is done.
    """

    name: str
    begun: str = ""
    last: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in a week.

    Attributes
    ----------
    begins
        Its Monday, UTC, ``2026-11-16``.
    submitted
        Workflows that were sent.
    accepted
        Groups whose acceptance, as it stands, is of that week.
    """

    begins: str
    submitted: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """How a campaign went.

    Attributes
    ----------
    steps
        In the order of the spec.
    weeks
        Those in which something happened, oldest first.
    """

    whole: Span
    steps: tuple[Span, ...] = ()
    weeks: tuple[Week, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A campaign of a production.

    Attributes
    ----------
    took
        What its workflows took together; None where it can't be read.
    """

    status: CampaignStatus
    ticket: str = ""
    course: Course = field(default_factory=lambda: Course(Span("")))
    took: StatsRow | None = None


@dataclass(frozen=True, slots=True)
class Production:
    """Campaigns that belong together.

    Attributes
    ----------
    name
        Empty: those that name no production.
    """

    name: str
    members: tuple[Member, ...]

    @property
    def counts(self) -> dict[GroupState, int]:
        """Groups of the first passes by state, over all campaigns."""
        return _sum(member.status.counts for member in self.members)

    @property
    def rescue_counts(self) -> dict[GroupState, int]:
        """Rescue groups by state, over all campaigns."""
        return _sum(member.status.rescue_counts for member in self.members)

    @property
    def people(self) -> int:
        """How many things need a person."""
        return sum(member.status.people for member in self.members)

    @property
    def faults(self) -> int:
        """How many campaigns can't be read."""
        return sum(bool(member.status.fault) for member in self.members)

    @property
    def begun(self) -> str:
        """When the first of its workflows was claimed, or empty."""
        return min((m.course.whole.begun for m in self.members if m.course.whole.begun), default="")

    @property
    def last(self) -> str:
        """When something was last heard of it, or empty."""
        return max((m.course.whole.last for m in self.members), default="")

    @property
    def weeks(self) -> tuple[Week, ...]:
        """What happened by week, over all campaigns."""
        found: dict[str, Week] = {}
        for week in (week for member in self.members for week in member.course.weeks):
            old = found.get(week.begins, Week(week.begins))
            found[week.begins] = Week(
                week.begins, old.submitted + week.submitted, old.accepted + week.accepted
            )
        return tuple(found[begins] for begins in sorted(found))


def _sum(counts: Iterable[dict[GroupState, int]]) -> dict[GroupState, int]:
    found: dict[GroupState, int] = {}
    for each in counts:
        for state, number in each.items():
            found[state] = found.get(state, 0) + number
    return {state: found[state] for state in GroupState if state in found}
