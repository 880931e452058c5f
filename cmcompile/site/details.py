"""All that is told of a group: its workflows, what became of their quanta, and every event of its ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmcompile.model.event import Event, Subject, Submitted
from cmcompile.model.group import Group
from cmcompile.model.ids import in_words
from cmcompile.model.outcome import Failure, Outcome
from cmcompile.model.states import Workflow
from cmcompile.model.status import GroupRow
from cmcompile.report.groups import left_ids
from cmcompile.report.log_words import more, said
from cmcompile.site.measured import tasks_of
from cmcompile.site.model import Key, Link, SiteCampaign
from cmcompile.site.shards import Json, detail_files, mixed, slug

#: So many failures of a workflow are told; the rest is counted.
FAILURES = 200
#: So many groups are named that need a group.
NEEDED = 100
#: A message that is longer is cut.
MESSAGE = 500


def detail_path(campaign: str, step: str, group: str, files: int) -> str:
    """Return the file that tells of a group; a page works it out from the id alone."""
    return f"data/{slug(campaign)}/groups/{slug(step)}-{mixed(group) & (files - 1)}.js"


@dataclass(frozen=True, slots=True)
class Around:
    """What all groups of a campaign must know of each other.

    Attributes
    ----------
    order
        Of each group: the place of its step, and its own within that.
    needed_by
        The groups that need a group, where these need some of a step and not all.
    covered_by
        The rescue groups that cover a group.
    """

    order: Mapping[Key, tuple[int, int]]
    needed_by: Mapping[Key, Sequence[Key]]
    covered_by: Mapping[Key, Sequence[Key]]

    def told(self, kind: str, keys: Iterable[Key]) -> list[Json]:
        """Return groups with their places; one that has none stands at -1."""
        return [[kind, *key, *self.order.get(key, (-1, -1))] for key in keys]


def around(campaign: SiteCampaign, rows: Mapping[str, Sequence[GroupRow]]) -> Around:
    """Return what all groups of a campaign must know of each other."""
    found: dict[Key, list[Key]] = {}
    for key, needed in campaign.upstream.items():
        for one in needed:
            found.setdefault(one, []).append(key)
    covered: dict[Key, list[Key]] = {}
    for row in (row for some in rows.values() for row in some):
        for group in row.covers:
            own = row.standing.step, row.standing.group
            covered.setdefault((own[0], group), []).append(own)
    return Around(order_of(rows), found, covered)


def group_files(
    campaign: SiteCampaign, step: str, rows: Sequence[GroupRow], others: Around
) -> Iterator[tuple[str, Json]]:
    """Yield path and data of each file of details of a step."""
    name, files = campaign.status.campaign, detail_files(len(rows))
    found: dict[str, list[Json]] = {}
    for row in rows:
        id_ = row.standing.group
        path = detail_path(name, step, id_, files)
        found.setdefault(path, []).append([id_, _group(campaign, row, others)])
    yield from found.items()


def _group(campaign: SiteCampaign, row: GroupRow, others: Around) -> dict[str, Json]:
    standing = row.standing
    key = standing.step, standing.group
    covers = [(standing.step, group) for group in row.covers]
    needed = others.needed_by.get(key, ())
    told: dict[str, Json] = {
        "next": standing.next,
        "stale": standing.stale_since,
        "blocked": standing.blocked,
        "outcome": _outcome(standing.outcome),
        "at": others.order[key],
        "before": [*others.told("needs", campaign.upstream.get(key, ())), *others.told("covers", covers)],
        "after": [
            *others.told("needs", needed[:NEEDED]),
            *others.told("covers", others.covered_by.get(key, ())),
        ],
        "more_after": max(0, len(needed) - NEEDED),
        "superseded": sorted(row.superseded),
        "parts": _parts(campaign.groups.get(key)),
        "links": _links(campaign.links.get(key, ())),
        "events": _events(campaign.events.get(Subject(*key), ())),
        "workflows": [_workflow(campaign, w) for w in row.workflows],
    }
    return filled(told)


def filled(told: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out what says nothing."""
    return {name: value for name, value in told.items() if value not in (None, "", [], (), {}, False, 0)}


def _parts(group: Group | None) -> list[Json]:
    if group is None:
        return []
    told: list[Json] = []
    for part in group.parts:
        left = left_ids(group, part)
        out = len(part.ids) - len(left)
        told.append([part.dimension or part.axis, len(left), in_words(left, 40), out])
    return told


def _links(links: Iterable[Link]) -> list[Json]:
    return [[link.name, link.url] for link in links]


def _workflow(campaign: SiteCampaign, w: Workflow) -> dict[str, Json]:
    subject = Subject(w.step, w.group, w.name)
    events = campaign.events.get(subject, ())
    urls = [e.draft.body.url for e in events if isinstance(e.draft.body, Submitted) and e.draft.body.url]
    told: dict[str, Json] = {
        "name": w.name,
        "state": w.state.value,
        "live": w.live,
        "review": "" if w.review is None else w.review.words,
        "detail": w.detail,
        "run": w.run_id,
        "runs": w.runs if len(w.runs) > 1 else (),
        "url": urls[-1] if urls else "",
        "says": w.wms_says,
        "since": w.since,
        "begun": w.begun_at,
        "restarts": w.restarts,
        "reopened": w.reopened,
        "claim": _claim(w, events),
        "outcome": _outcome(w.outcome),
        "measured": w.measured,
        "core": w.core_seconds,
        "tasks": [list(row) for row in tasks_of(events)] if w.measured else [],
        "links": _links(campaign.run_links.get(subject, ())),
        "files": _files(campaign, subject),
        "events": _events(events),
    }
    return filled(told)


def _claim(w: Workflow, events: Sequence[Event]) -> dict[str, Json] | None:
    claim = w.claim
    if claim is None:
        return None
    draft = next((e.draft for e in events if e.draft.body == claim), None)
    return filled(
        {
            "id": w.claim_id,
            "by": "" if draft is None else draft.by,
            "at": "" if draft is None else draft.at,
            "ci": "" if draft is None else draft.ci,
            "decision": "" if draft is None else draft.decision,
            "name": claim.run_name,
            "output": claim.output_run,
            "submit": claim.submit_path,
            "wms": claim.wms.service,
            "where": claim.wms.where,
            "definition": claim.definition,
            "spec": claim.spec.path,
            "commit": claim.spec.commit,
            "version": claim.spec.version,
            "emit": claim.spec.emit,
            "override": claim.spec.override,
            "host": claim.process.host,
            "pid": claim.process.pid,
            "file": claim.file,
            "item": claim.item,
            "plan": claim.plan,
            "covers": claim.covers,
            "builds_on": claim.builds_on,
            "restart": claim.restart,
            "adopted": claim.adopted,
        }
    )


def _outcome(outcome: Outcome | None) -> dict[str, Json] | None:
    if outcome is None:
        return None
    tasks = [[t.task, t.quanta, t.succeeded, t.failed, t.blocked, t.other] for t in outcome.tasks]
    caveats = [[t.task, word, n] for t in outcome.tasks for word, n in t.caveats.items()]
    shown = outcome.failures[:FAILURES]
    told = filled(
        {
            "caveats": caveats,
            "failures": [_failure(failure) for failure in shown],
            "more": len(outcome.failures) - len(shown),
            "cleared": len(outcome.cleared),
        }
    )
    return {"tasks": tasks, "complete": outcome.complete, **told}


def _failure(failure: Failure) -> list[Json]:
    cause = failure.cause
    who = "" if cause is None else f"{cause.source} {'' if cause.code is None else cause.code}".strip()
    site, log = ("", "") if cause is None else (cause.site, cause.log)
    message = failure.message[:MESSAGE] + ("…" if len(failure.message) > MESSAGE else "")
    quantum = failure.quantum
    return [quantum.task, quantum.data_id, failure.fault.value, message, who, site, log]


def _files(campaign: SiteCampaign, subject: Subject) -> list[Json]:
    some = campaign.as_run.get(subject, {})
    # What BPS was handed first, then what that includes.
    return [[name, some[name]] for name in sorted(some, key=lambda n: (n != "submit.yaml", n))]


def _events(events: Sequence[Event]) -> list[Json]:
    return [_event(event) for event in events]


def _event(event: Event) -> list[Json]:
    draft = event.draft
    rest = [[name, text] for name, text in more(draft.body) if text]
    return [event.number, draft.kind, draft.at, draft.by, said(draft.body), rest, draft.ci, draft.decision]


def groups_by_step(rows: Iterable[GroupRow]) -> dict[str, list[GroupRow]]:
    """Return the rows of each step."""
    found: dict[str, list[GroupRow]] = {}
    for row in rows:
        found.setdefault(row.standing.step, []).append(row)
    return found


def order_of(rows: Mapping[str, Sequence[GroupRow]]) -> dict[Key, tuple[int, int]]:
    """Return the place of each group: of its step, and its own within that."""
    return {
        (step, row.standing.group): (number, at)
        for number, (step, some) in enumerate(rows.items())
        for at, row in enumerate(some)
    }
