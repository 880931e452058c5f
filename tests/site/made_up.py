"""Campaigns made up in memory, of any groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from cmcompile.model.group import Group, Part
from cmcompile.model.ids import Id
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Standing
from cmcompile.model.status import CampaignStatus, GroupRow, Seen, StepStatus
from cmcompile.site.model import Site, SiteCampaign, SiteStep

IDS = st.one_of(
    st.sets(st.integers(0, 400) | st.integers(2**52, 2**60), min_size=1, max_size=30),
    st.sets(st.text("abgrizy019", min_size=1, max_size=3), min_size=1, max_size=6),
)


def campaign(name: str, steps: Mapping[str, Sequence[Group]]) -> SiteCampaign:
    """Return a campaign of which some groups wait for a person."""
    rows = tuple(
        GroupRow(
            Standing(
                step, group.id, GroupState.REVIEW if at % 3 else GroupState.ACCEPTED, Reason.OVER_LIMITS,
                f"group {group.id}",
            )
        )
        for step, groups in steps.items()
        for at, group in enumerate(groups)
    )  # fmt: skip
    return SiteCampaign(
        CampaignStatus(name, seen=Seen("c" * 40), steps=tuple(StepStatus(s, {}) for s in steps), rows=rows),
        f"campaigns/{name}/campaign.yaml",
        steps=tuple(map(SiteStep, steps)),
        groups={(step, group.id): group for step, groups in steps.items() for group in groups},
    )


def site(*campaigns: SiteCampaign) -> Site:
    return Site(campaigns, "0")


@st.composite
def groups(draw: st.DrawFn, step: str) -> list[Group]:
    names = draw(st.sets(st.from_regex(r"[a-z0-9_-]{1,4}(\.[a-z0-9_-]{1,3})?", fullmatch=True), max_size=70))
    found = []
    for name in sorted(names):
        some: list[Id] = sorted(draw(IDS), key=lambda i: (isinstance(i, str), i))
        taken = tuple(i for i in some if draw(st.booleans()) and draw(st.booleans()))
        part = Part(draw(st.sampled_from(["visit", "tract"])), None, name, None, tuple(some))
        found.append(Group(step, name, (part,), excluded={part.axis: taken} if taken else {}))
    return found
