"""A status as Markdown, for the page of a ledger or a forge; below 60 kB by construction."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model.states import GroupState, Workflow
from cmcompile.model.status import (
    Attention,
    CampaignStatus,
    GroupRow,
    StepStatus,
    Whereabouts,
    needs_person,
)
from cmcompile.report.markdown import LIMIT, Section, code, details, head, page, row
from cmcompile.report.screen import percent
from cmcompile.report.status import words

#: Rows of what needs a person, so that the steps below are still seen.
_CONCERNS = 50
_FAILURES = 20


def render(
    statuses: Sequence[CampaignStatus], level: words.Level, workflow: str = "", limit: int = LIMIT
) -> str:
    """Return a page; times stand as recorded, so that it changes only when something did."""
    sections = [_overview(statuses)] if level == "production" else []
    for status in statuses if level != "production" else ():
        sections += _campaign(status, level, workflow)
    more = f"see {code(_more(statuses, level))}"
    return page(sections or [Section(("no campaign",))], more, limit)


def render_whereabouts(what: str, rows: Sequence[Whereabouts], limit: int = LIMIT) -> str:
    """Return a page with where the data of an id went."""
    names = ["group", "workflow", "run", "state", "why", "since"]
    made = [
        row(
            [
                code(f"{r.campaign}/{r.step}/{r.group}"),
                " ".join(x for x in (code(r.workflow), r.workflow_state) if x),
                code(r.run, 255),
                r.state.value,
                _why(r.reason.words, r.detail),
                code(r.since),
            ]
        )
        for r in rows
    ]
    if not made:
        return f"No group holds {code(what)}.\n"
    start = (f"## Where {code(what)} went", "", *head(names))
    return page([Section(start, tuple(made))], f"see {code(f'{words.COMMAND} {what}')}", limit)


def _more(statuses: Sequence[CampaignStatus], level: words.Level) -> str:
    if len(statuses) != 1:
        return words.COMMAND
    place = [statuses[0].campaign]
    if level != "campaign" and statuses[0].rows:
        place.append(statuses[0].rows[0].standing.step)
    return f"{words.COMMAND} {'/'.join(place)}"


def _overview(statuses: Sequence[CampaignStatus]) -> Section:
    names = ["campaign", "production", "groups", "accepted", "active", "needs a person", "ledger"]
    rows = []
    for s in statuses:
        counts = s.counts
        total, done = sum(counts.values()), counts.get(GroupState.ACCEPTED, 0)
        active = counts.get(GroupState.ACTIVE, 0) + s.rescue_counts.get(GroupState.ACTIVE, 0)
        figures = [f"{total:,}", f"{done:,} {percent(done, total)}".rstrip(), f"{active:,}"]
        figures = ["", "", ""] if s.fault else figures
        people = f"**{code(s.fault)}**" if s.fault else f"**{s.people:,}**" if s.people else ""
        rows.append(row([code(s.campaign), code(s.production), *figures, people, _ledger(s)]))
    wrong = sum(bool(s.people or s.fault) for s in statuses)
    said = f"**{wrong} of {len(statuses)} need a person**" if wrong else "Nothing needs a person."
    return Section(("# Campaigns", "", said, "", *head(names, frozenset({2, 3, 4}))), tuple(rows))


def _ledger(status: CampaignStatus) -> str:
    seen = status.seen
    said = " ".join(x for x in (code(seen.commit[:12]) or "none", code(seen.at)) if x)
    said += ", as last seen" if seen.asked != "fresh" else ""
    return said + (f", stale since {code(seen.stale_since)}" if seen.stale_since else "")


def _campaign(status: CampaignStatus, level: words.Level, workflow: str) -> list[Section]:
    title = code(status.campaign) + (f" ({code(status.production)})" if status.production else "")
    if status.fault:
        return [Section((f"# {title}", "", f"**{code(status.fault)}**", "", code(status.next)))]
    said = words.verdict(status)
    start = (f"# {title}", "", f"**{said}**" if status.people else said, "", f"Ledger: {_ledger(status)}")
    sections = [Section(start)]
    if status.attention:
        sections.append(attention_table(status))
    if level == "campaign":
        return [*sections, steps_table(status.steps)] if status.steps else sections
    if level == "step":
        return [*sections, *_groups(status.rows)]
    return [*sections, *(s for r in status.rows for s in _group(r, level, workflow))]


def attention_table(status: CampaignStatus) -> Section:
    """Return what needs a person, each with the command to type."""
    rows = tuple(line for found in status.attention for line in _concerns(status.campaign, found))
    return Section(
        ("", "## Needs a person", "", *head(["what", "why", "since", "command"])), rows, (), _CONCERNS
    )


def _concerns(campaign: str, found: Attention) -> list[str]:
    return [
        row(
            [
                code(c.subject),
                _why(found.reason.words, c.detail),
                code(c.since),
                code(words.command(campaign, c), 400),
            ]
        )
        for c in found.concerns
    ]


def _why(said: str, detail: str) -> str:
    return f"{said}: {code(detail)}" if detail else said


def steps_table(steps: Sequence[StepStatus]) -> Section:
    """Return the steps in numbers."""
    found = words.states(steps)
    names = ["step", "groups", "done", *(s.value for s in found), "quanta missing", "collection"]
    rows = []
    for step in steps:
        first = [f"{step.first[s]:,}" if step.first.get(s) else "" for s in found]
        share = percent(step.first.get(GroupState.ACCEPTED, 0), step.groups)
        made = "; ".join(filter(None, (words.chained(step.collection), words.tagged(step.tagged))))
        rows.append(row([code(step.step), f"{step.groups:,}", share, *first, words.missing(step), made]))
        if step.rescue_groups:
            later = [f"{step.rescues[s]:,}" if step.rescues.get(s) else "" for s in found]
            rows.append(row(["rescues", f"{step.rescue_groups:,}", "", *later, "", ""]))
    right = frozenset(range(1, len(found) + 4))
    return Section(("", "## Steps", "", *head(names, right)), tuple(rows))


def _groups(rows: Sequence[GroupRow]) -> list[Section]:
    names = ["group", "state", "workflow", "since", "missing", "why"]
    sections = []
    for step in dict.fromkeys(r.standing.step for r in rows):
        cells = [_cells(r) for r in rows if r.standing.step == step]
        start = ("", f"## {code(step)}", "", *head(names, frozenset({4})))
        sections.append(Section(start, tuple(row(c) for c in cells)))
    return sections


def _cells(found: GroupRow) -> list[str]:
    standing = found.standing
    outcome = standing.outcome
    state = f"**{standing.state.value}**" if needs_person(standing) else standing.state.value
    lost = "" if outcome is None else f"{outcome.missing:,} of {outcome.quanta:,}"
    why = _why(standing.reason.words, standing.detail)
    return [code(standing.group), state, code(standing.workflow), code(standing.since), lost, why]


def _group(found: GroupRow, level: words.Level, workflow: str) -> list[Section]:
    standing = found.standing
    names = ["workflow", "state", "run id", "the WMS says", "missing", "run", "since"]
    both = [w for w in (*found.workflows, *found.covering) if level == "group" or w.name == workflow]
    state = f"**{standing.state.value}**, {_why(standing.reason.words, standing.detail)}"
    start = ["", f"## {code(f'{standing.step}/{standing.group}')}", "", state]
    start += ["", code(standing.next, 400)] if standing.next else []
    if not both:
        return [Section((*start, "", "no workflow: never sent"))]
    table = Section((*start, "", *head(names, frozenset({4}))), tuple(_workflow(w) for w in both))
    return [table, *(s for w in both for s in _failures(w))]


def _workflow(found: Workflow) -> str:
    lost = "" if found.outcome is None else f"{found.outcome.missing:,} of {found.outcome.quanta:,}"
    state = f"**{found.state.value}**" if found.review else found.state.value
    address, run = f"{found.group}@{found.name}", words.run_of(found)
    ids = [code(found.run_id or ""), code(found.wms_says)]
    return row([code(address), state, *ids, lost, code(run, 255), code(found.since)])


def _failures(found: Workflow) -> list[Section]:
    if found.outcome is None or not found.outcome.failures:
        return []
    rows = [
        row([code(f.quantum.task), code(f.quantum.data_id), f.fault.value, code(f.message)])
        for f in found.outcome.failures
    ]
    summary = f"{len(rows):,} quanta missing in {found.group}@{found.name}"
    names = ["task", "data id", "fault", "message"]
    return [details(summary, head(names), rows, _FAILURES)]
