"""What a campaign's own page and the first page say: totals, steps, sites, collections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cmcompile.model.holding import total
from cmcompile.model.states import GroupState
from cmcompile.model.status import CampaignStatus, Counts, GroupRow, StepStatus
from cmcompile.report.groups import need_in_words
from cmcompile.report.status import words
from cmcompile.site.attention import attention
from cmcompile.site.measured import timing
from cmcompile.site.model import Key, SiteCampaign
from cmcompile.site.series import progress
from cmcompile.site.shards import Json, slug

#: So many groups with the same reason are named on a page of a campaign; a table has them all.
CONCERNS = 50
#: And on the first page.
NAMED = 4
_DONE = frozenset({GroupState.ACCEPTED, GroupState.SUPERSEDED})
_UNDER_WAY = frozenset({"submitted", "running"})


def campaign_path(campaign: str) -> str:
    """Return the file that tells of a campaign as a whole."""
    return f"data/{slug(campaign)}/campaign.js"


def brief(campaign: SiteCampaign) -> dict[str, Json]:
    """Return a campaign as the first page shows it."""
    status = campaign.status
    live = sum(w.live for row in status.rows for w in row.workflows)
    return {
        "name": status.campaign,
        "file": "" if status.fault else campaign_path(status.campaign),
        "production": status.production,
        "path": campaign.path,
        "decisions": campaign.decisions,
        "decided": campaign.is_decided,
        "said": words.verdict(status),
        "fault": status.fault,
        "next": status.next,
        "ledger": status.seen.commit,
        "at": status.seen.at,
        "fresh": status.seen.asked == "fresh",
        "stale": status.seen.stale_since,
        "people": status.people,
        "counts": _counts(status.counts),
        "rescues": _counts(status.rescue_counts),
        "live": live,
        "quanta": _sum(step.quanta for step in status.steps),
        "missing": _sum(step.missing for step in status.steps),
        "done": _is_done(status),
        "last": max((row.standing.since for row in status.rows), default=""),
        "attention": attention(campaign, NAMED),
    }


def _is_done(status: CampaignStatus) -> bool:
    counts = status.counts
    return bool(counts) and not status.people and set(counts) <= _DONE


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _counts(counts: Counts) -> Json:
    return [[state.value, number] for state, number in counts.items()]


def whole(
    campaign: SiteCampaign, rows: Mapping[str, Sequence[GroupRow]], files: Mapping[str, Json], ids: Json
) -> dict[str, Json]:
    """Return a campaign as its own page shows it.

    Parameters
    ----------
    rows
        By step.
    files
        By step: where its groups are told, as `cmcompile.site.make` lists it.
    ids
        Of each dimension: where its ids are told.
    """
    status = campaign.status
    declared = {step.name: step for step in campaign.steps}
    known = {step.step: step for step in status.steps}
    steps = []
    for name in rows:
        one, step = declared.get(name), known.get(name)
        needs = () if one is None else one.needs
        told: dict[str, Json] = {
            "name": name,
            "needs": [[need.step, need_in_words(need)] for need in needs],
            "declared": one is not None,
            "links": _links(campaign, (name, "")),
            "sites": sorted({campaign.sites.get((name, r.standing.group), "") for r in rows[name]} - {""}),
            "groups": files.get(name),
        }
        steps.append({**told, **({} if step is None else _step(step))})
    return {
        **brief(campaign),
        "ticket": campaign.ticket,
        "links": _links(campaign, None),
        "steps": steps,
        "attention": attention(campaign, CONCERNS),
        "ids": ids,
        "progress": progress(campaign),
        "timing": timing(campaign),
        "sites": _sites(campaign),
        "outputs": _outputs(campaign),
    }


def _links(campaign: SiteCampaign, key: Key | None) -> Json:
    return [[link.name, link.url] for link in campaign.links.get(key, ())]


def _step(step: StepStatus) -> dict[str, Json]:
    return {
        "first": _counts(step.first),
        "rescued": _counts(step.rescues),
        "people": step.people + step.rescue_people,
        "quanta": step.quanta,
        "missing": step.missing,
        "known": step.known,
        "collection": "" if step.collection is None else step.collection.name,
        "chained": words.chained(step.collection),
        "tagged": words.tagged(step.tagged),
        "tags": () if step.tagged is None else step.tagged.names,
    }


def _sites(campaign: SiteCampaign) -> Json:
    """Return by site: groups by state, runs under way, quanta that failed and where that was told."""
    groups: dict[str, Counter[str]] = {}
    live: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for row in campaign.status.rows:
        standing = row.standing
        site = campaign.sites.get((standing.step, standing.group), "")
        groups.setdefault(site, Counter())[standing.state.value] += 1
        live[site] += sum(w.live and w.state.value in _UNDER_WAY for w in row.workflows)
        for failure in () if standing.outcome is None else standing.outcome.failures:
            if failure.cause is not None and failure.cause.site:
                failed[failure.cause.site] += 1
    names = sorted({*groups, *failed})
    return [[n, sorted(groups.get(n, Counter()).items()), live[n], failed[n]] for n in names]


def _outputs(campaign: SiteCampaign) -> Json:
    """Return by dataset type what the runs hold together, and by step how much; None: it was not asked."""
    if not campaign.outputs:
        return None
    together = total(held for one in campaign.outputs for held in one.held or ())
    steps: dict[str, list[int]] = {}
    for one in campaign.outputs:
        room = steps.setdefault(one.workflow.partition("/")[0], [0, 0, 0, 0])
        room[0] += 1
        for held in one.held or ():
            room[1] += held.datasets
            room[2] += held.bytes or 0
            room[3] += held.bytes is None
    return {
        "runs": len(campaign.outputs),
        "absent": sum(one.held is None for one in campaign.outputs),
        "types": [[held.task, held.dataset_type, held.datasets, held.bytes] for held in together],
        "steps": [[step, *room] for step, room in steps.items()],
    }
