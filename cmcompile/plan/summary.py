"""Where a campaign stands in numbers: counts per step, what needs a person, where data went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection as Container
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from cmcompile.model.event import Subject
from cmcompile.model.reason import Reason
from cmcompile.model.severity import rank
from cmcompile.model.states import GroupRecord, GroupState, LedgerState, Standing, StepRecord, Workflow
from cmcompile.model.status import (
    Attention,
    CampaignStatus,
    Collection,
    Concern,
    Counts,
    GroupRow,
    Seen,
    StepStatus,
    TaggedStatus,
    Took,
    Whereabouts,
    needs_person,
)
from cmcompile.model.tagged import NO_TAGS, TaggedInputs
from cmcompile.plan.inputs import Inputs
from cmcompile.state.claim import ENDED

#: A step and a group of it.
Key: TypeAlias = tuple[str, str]


def status_of(
    campaign: str,
    seen: Seen,
    standings: Mapping[Key, Standing],
    state: LedgerState,
    *,
    production: str = "",
    steps: Sequence[str] = (),
    covers: Mapping[Key, tuple[str, ...]] | None = None,
    collections: Mapping[str, str] | None = None,
    tagged: TaggedInputs = NO_TAGS,
    chosen: Container[Key] | None = None,
    rows: bool = True,
) -> CampaignStatus:
    """Return where a campaign stands.

    Parameters
    ----------
    standings
        Of all groups, in the order in which they are shown within their step.
    steps
        Names in the order of the spec; steps of the ledger that are not among them follow.
    covers
        What rescue groups cover by the spec; the ledger's word stands in for those that it lacks.
    collections
        By step: the chained collection that cmcompile makes; a step of which BPS keeps the chain is left out.
    tagged
        The tagged inputs, and who reads them.
    chosen
        The groups that were asked for; None: all, and then also files of the ledger that no group has.
    rows
        Whether each group is told, or steps only.
    """
    wanted = {k: s for k, s in standings.items() if chosen is None or k in chosen}
    order = dict.fromkeys([*steps, *(step for step, _ in wanted)])
    by_step: dict[str, list[Standing]] = {step: [] for step in order}
    for standing in wanted.values():
        by_step[standing.step].append(standing)
    found = {step: each for step, each in by_step.items() if each or chosen is None}
    made = {} if collections is None else collections
    reads = _tagged(tagged, state)
    took = took_by_step(state.workflows())
    told = [s for each in found.values() for s in sorted(each, key=lambda s: "." in s.group)]
    stale = [at for at in (seen.stale_since, *(s.stale_since for s in wanted.values())) if at]
    return CampaignStatus(
        campaign=campaign,
        production=production,
        seen=replace(seen, stale_since=min(stale, default="")),
        steps=tuple(
            replace(
                _step(step, each, state, made.get(step, "")),
                tagged=reads.get(step),
                took=took.get(step, Took()),
            )
            for step, each in found.items()
        ),
        attention=_attention(told, list(order), _foreign(standings, state) if chosen is None else ()),
        rows=tuple(group_row(s, state, covers or {}) for s in told) if rows else (),
    )


def status_by(
    inputs: Inputs,
    standings: Mapping[Key, Standing],
    seen: Seen,
    *,
    chosen: Container[Key] | None = None,
    rows: bool = True,
) -> CampaignStatus:
    """Return where a campaign stands, with all that its spec says of it; see `status_of`."""
    # Jobs leave files, which no Butler collects.
    of_jobs = {step.name for step in inputs.spec.steps if step.engine != "bps"}
    return status_of(
        inputs.spec.name,
        seen,
        standings,
        inputs.state,
        production=inputs.spec.production or "",
        steps=[step.name for step in inputs.spec.steps],
        covers={d.key: d.group.covers for d in inputs.declared if d.group.covers},
        collections={name: text for name, text in inputs.collects.items() if name and name not in of_jobs},
        tagged=inputs.tagged,
        chosen=chosen,
        rows=rows,
    )


def rescue_of(group: str) -> str:
    """Return the rescue that a group belongs to; empty for the first pass.

    A dot stands in an id only after the name of a rescue.
    """
    return group.partition(".")[0] if "." in group else ""


def group_row(standing: Standing, state: LedgerState, covers: Mapping[Key, tuple[str, ...]]) -> GroupRow:
    """Return a group with all that the ledger has of it."""
    key = (standing.step, standing.group)
    records = [state.groups.get(key), *_covering(key, state)]
    superseded = {f"{r.group}@{name}" for r in records if r is not None for name in r.superseded}
    own = () if records[0] is None else records[0].workflows
    return GroupRow(
        standing=standing,
        rescue=rescue_of(standing.group),
        covers=covers.get(key) or _claimed_covers(own),
        workflows=own,
        covering=tuple(w for r in records[1:] if r is not None for w in r.workflows),
        superseded=frozenset(superseded),
    )


def _covering(key: Key, state: LedgerState) -> Iterator[GroupRecord | None]:
    return (state.groups.get((key[0], group)) for group in state.covering.get(key, ()))


def _claimed_covers(workflows: Iterable[Workflow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(g for w in workflows if w.claim is not None for g in w.claim.covers))


def _step(step: str, standings: Sequence[Standing], state: LedgerState, collection: str) -> StepStatus:
    first = [s for s in standings if not rescue_of(s.group)]
    rescues = [s for s in standings if rescue_of(s.group)]
    outcomes = [s.outcome for s in first if s.outcome is not None]
    return StepStatus(
        step=step,
        first=_counts(first),
        rescues=_counts(rescues),
        people=sum(map(needs_person, first)),
        rescue_people=sum(map(needs_person, rescues)),
        quanta=sum(o.quanta for o in outcomes) if outcomes else None,
        missing=sum(o.missing for o in outcomes) if outcomes else None,
        known=len(outcomes),
        collection=_collection(collection, state.steps.get(step), first, state),
    )


def _counts(standings: Iterable[Standing]) -> Counts:
    counted = Counter(s.state for s in standings)
    return {state: counted[state] for state in GroupState if counted[state]}


def _collection(
    name: str, record: StepRecord | None, first: Iterable[Standing], state: LedgerState
) -> Collection | None:
    if not name and (record is None or not record.collection):
        return None
    held = frozenset(() if record is None or record.chained is None else record.chained)
    accepted = [s for s in first if s.state is GroupState.ACCEPTED]
    return Collection(
        name=name or ("" if record is None else record.collection),
        holds=None if record is None or record.chained is None else len(held),
        lacks=sum(not _held(s, state, held) for s in accepted),
        unfinished=record is not None and record.chaining,
        retired=record is not None and record.retired,
    )


def _tagged(tagged: TaggedInputs, state: LedgerState) -> dict[str, TaggedStatus]:
    """Return how the tagged inputs stand that each step reads."""
    records = {tag.collection: tag for step in state.steps.values() for tag in step.tags}
    names: dict[str, dict[str, None]] = {}
    for (step, _), some in tagged.readers.items():
        names.setdefault(step, {}).update(dict.fromkeys(some))
    found = {}
    for step, every in names.items():
        fitting = ((records.get(name), tagged.declared[name].digest) for name in every)
        made = [tag for tag, digest in fitting if tag and tag.is_made(digest)]
        found[step] = TaggedStatus(tuple(every), len(made), sum(tag.count for tag in made))
    return found


def took_by_step(workflows: Iterable[Workflow]) -> dict[str, Took]:
    """Return what workflows took, by step."""
    found: dict[str, Took] = {}
    for w in workflows:
        ended, measured = w.state in ENDED, bool(w.measured)
        if ended or measured:
            old = found.get(w.step, Took())
            seconds = old.core_seconds + w.core_seconds
            found[w.step] = Took(old.ended + ended, old.measured + measured, seconds)
    return found


def _held(standing: Standing, state: LedgerState, held: frozenset[str]) -> bool:
    record = state.groups.get((standing.step, standing.group))
    judged = () if record is None else record.judged
    return any(workflow in held for workflow in judged)


def _foreign(standings: Mapping[Key, Standing], state: LedgerState) -> Iterator[tuple[str, Reason, Concern]]:
    """Yield what the ledger has and no standing tells: unreadable files, and groups that may be live."""
    for fault in state.faults:
        subject = fault.subject or Subject("")
        standing = standings.get((subject.step, subject.group or ""))
        if standing is None or not needs_person(standing):
            yield subject.step, Reason.UNREADABLE, Concern(fault.path, None, fault.why)
    for key, record in state.groups.items():
        if key not in standings and (record.live or record.review):
            last = record.live[-1] if record.live else None
            workflow = "" if last is None else f"{last.group}@{last.name}"
            place = f"{record.step}/{record.group}"
            concern = Concern(place, GroupState.REVIEW, record.detail, workflow, "", record.since)
            yield record.step, Reason.SENT_GONE, concern


def _attention(
    standings: Iterable[Standing], steps: Sequence[str], foreign: Iterable[tuple[str, Reason, Concern]]
) -> tuple[Attention, ...]:
    found: dict[tuple[str, Reason], list[Concern]] = {}
    for s in standings:
        if needs_person(s):
            concern = Concern(f"{s.step}/{s.group}", s.state, s.detail, s.workflow, s.next, s.since)
            found.setdefault((s.step, s.reason), []).append(concern)
    for step, reason, concern in foreign:
        found.setdefault((step, reason), []).append(concern)
    place = {step: number for number, step in enumerate(steps)}
    urgent = sorted(found, key=lambda key: (rank(key[1]), place.get(key[0], len(place))))
    return tuple(Attention(step, reason, tuple(found[step, reason])) for step, reason in urgent)


def whereabouts_of(
    campaign: str, standings: Iterable[Standing], state: LedgerState
) -> tuple[Whereabouts, ...]:
    """Return where the data of groups went: a row per group and workflow that counts for it.

    Parameters
    ----------
    standings
        Of the groups that hold the id that is asked for.
    """
    found: list[Whereabouts] = []
    for s in standings:
        row = group_row(s, state, {})
        base = Whereabouts(
            campaign, s.step, s.group, s.state, s.reason, "", "", "", s.detail, s.since, s.next
        )
        # The rescue groups among the answers show their own workflows themselves.
        counting = [w for w in row.workflows if f"{w.group}@{w.name}" not in row.superseded]
        found += [_placed(base, w) for w in counting] or [base]
    return tuple(found)


def _placed(base: Whereabouts, workflow: Workflow) -> Whereabouts:
    run = "" if workflow.claim is None else workflow.claim.output_run
    address = f"{workflow.group}@{workflow.name}"
    return replace(base, run=run, workflow=address, workflow_state=workflow.state.value)
