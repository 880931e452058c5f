"""Applying a plan, as it happens and as it ended: text for people, JSON lines for programs.

What a person reads of each item: what happened, what is certain, and what to type next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from cmcompile.model.applied import End, Moment, Result, Told
from cmcompile.model.drift import Drift
from cmcompile.model.event import CAMPAIGN, Subject, WmsRef
from cmcompile.model.plan import GATED, Plan
from cmcompile.model.rescued import NotWritten, Rescued, Written
from cmcompile.report.plan.words import summary
from cmcompile.report.screen import Colour, Screen, count

#: Of the JSON lines (``schemas/apply-v1.schema.json``).
FORMAT = 1
Line: TypeAlias = dict[str, object]

_SIGNS = {End.DONE: "+", End.USED: "=", End.UNKNOWN: "?", End.UNASKED: "?", End.INTERRUPTED: "!"}
_NOT_DONE = "-"
_NOTHING = "no run was started"
#: What is certain of an item that submits; that of others may always be repeated.
_CERTAIN = {
    End.STALE: _NOTHING,
    End.FAILED: f"preparing failed, and {_NOTHING}",
    End.UNASKED: _NOTHING,
    End.UNKNOWN: "the word was said and no reply is known: a run may exist; submit nothing by hand, and look",
    End.LOST: f"another was faster, and {_NOTHING}; it is safe to run again",
    End.LATE: f"{_NOTHING}; there is room later",
    End.INTERRUPTED: _NOTHING,
}
_COUNTED = {
    End.DONE: "done",
    End.USED: "done before",
    End.STALE: "refused, since it does not hold any more",
    End.FAILED: "failed to prepare",
    End.UNASKED: "left, since a source gave no answer",
    End.UNKNOWN: "of which nobody knows whether a run exists",
    End.LOST: "left to another writer",
    End.LATE: "left for want of room",
    End.INTERRUPTED: "interrupted",
}
_COLOURS: dict[End, Colour] = {End.DONE: "good", End.USED: "dim", End.UNKNOWN: "alarm", End.FAILED: "alarm"}
_MOMENTS = {
    Moment.CLAIMED: "claimed",
    Moment.PREPARED: "prepared",
    Moment.GATE: "passed its gate",
    Moment.CALLED: "the workload system is asked",
    Moment.SUBMITTED: "submitted",
    Moment.GIVEN_UP: "claim given back",
    Moment.SEEN: "seen",
}


def told_text(told: Told, screen: Screen) -> str:
    """Return a line; empty where the result of the item says more."""
    words = _MOMENTS.get(told.moment)
    if words is None:
        return ""
    run = told.moment is Moment.SUBMITTED and told.detail
    detail = f": {'run ' if run else ''}{told.detail}" if told.detail else ""
    return screen.line(f"  . {_subject(told.subject)} {words}{detail}", "dim")


def result_text(campaign: str, result: Result, screen: Screen, *, called: bool) -> str:
    """Return the lines that tell what came of an item.

    Parameters
    ----------
    called
        Whether the word was said for it.
    """
    sign = _SIGNS.get(result.end, _NOT_DONE)
    detail = f": {result.detail}" if result.detail else ""
    head = f"{sign} {result.item.action.value} {_subject(result.subject)} {_word(result.end)}{detail}"
    lines = list(screen.wrapped(head, "    ", _COLOURS.get(result.end)))
    sure = certain(result, called=called)
    lines += screen.wrapped(f"    {sure}", "    ") if sure else []
    command = next_command(campaign, result, called=called)
    lines += [screen.whole(f"    {command}", "bold")] if command else []
    return "".join(lines)


def certain(result: Result, *, called: bool) -> str:
    """Return what is certain of an item; empty where the end says it all."""
    if result.spooled:
        return "the ledger can't be reached: what happened is kept on this disk, and is sent first next time"
    if result.end in (End.DONE, End.USED):
        return ""
    if result.end is End.INTERRUPTED and called:
        return _CERTAIN[End.UNKNOWN]
    if result.item.action in GATED:
        return _CERTAIN[result.end]
    return "" if result.end is End.STALE else "it may be repeated without harm"


def next_command(campaign: str, result: Result, *, called: bool) -> str:
    """Return what to type about an item that ended badly; else empty."""
    end, place = result.end, address(campaign, result.subject)
    if result.spooled or end is End.UNKNOWN or (end is End.INTERRUPTED and called):
        return f"cmcompile reconcile {campaign}"
    if end is End.FAILED:
        return f"cmcompile log {place}"
    if end is End.STALE:
        return f"cmcompile plan {place}"
    if end in (End.UNASKED, End.LOST, End.LATE, End.INTERRUPTED):
        return f"cmcompile apply {place}"
    return ""


def summary_text(campaign: str, results: Iterable[Result], screen: Screen) -> str:
    """Return in one sentence what came of all items."""
    said = [f"{number:,} {_COUNTED[end]}" for end, number in counts(results).items()]
    return "".join(screen.wrapped(f"{campaign}: {', '.join(said) or 'nothing was done'}", "  ", "bold"))


def rescued_text(found: Rescued, screen: Screen) -> str:
    """Return the lines that tell of a rescue that a policy had written, or that could not be."""
    groups = ", ".join(found.groups)
    if isinstance(found, NotWritten):
        lines = list(screen.wrapped(f"! rescue of {found.step} not written: {found.why}", "    ", "alarm"))
        return "".join([*lines, screen.whole(f"    {found.next}", "bold")])
    names = ", ".join(f"{found.step}/{name}" for name in found.rescues)
    quanta = count(found.quanta, "quantum", "quanta")
    head = f"+ wrote {names} for groups {groups}: {quanta}, commit {found.commit[:12]}"
    lines = list(screen.wrapped(head, "    "))
    for line in found.why:
        lines += screen.wrapped(f"    {line}", "      ")
    return "".join(lines)


def drift_text(campaign: str, found: Sequence[Drift], screen: Screen) -> str:
    """Return what is not as it should be, each with the command to type; empty where nothing is."""
    if not found:
        return ""
    lines = [screen.line(f"drift, {count(len(found), 'thing')} that nobody here brought about", "alarm")]
    for drift in found:
        detail = f": {drift.detail}" if drift.detail else ""
        lines += screen.wrapped(f"  ! {_subject(drift.subject)}: {drift.kind.words}{detail}", "      ")
        lines += [screen.whole(f"      {drift_command(campaign, drift)}", "bold")]
    return "".join(lines)


def drift_command(campaign: str, drift: Drift) -> str:
    """Return what to type about something that is not as it should be: at the least, what shows more."""
    return drift.next or f"cmcompile log {address(campaign, drift.subject)}"


def seen_text(campaign: str, recorded: int, silent: Mapping[WmsRef, str], screen: Screen) -> str:
    """Return what a look at the world brought."""
    news = f"{count(recorded, 'event')} recorded" if recorded else "nothing new was seen"
    lines = [screen.line(f"{campaign}: {news}")]
    for where, why in silent.items():
        said = f"! {wms_name(where)} gave no answer: {why}; what is known of its runs stays as it was"
        lines += screen.wrapped(said, "    ", "alarm")
    return "".join(lines)


def left_text(campaign: str, plan: Plan, screen: Screen) -> str:
    """Return what is left to do, with the command that shows it; empty where nothing is."""
    said = summary(plan)
    if not plan.stages:
        return ""
    lines = [*screen.wrapped(f"left: {said}", "  "), screen.whole(f"  cmcompile plan {campaign}", "bold")]
    return "".join(lines)


def wms_name(where: WmsRef) -> str:
    """Return a workload system as people call it."""
    service = where.service.rpartition(".")[2]
    return f"{service} ({where.where})" if where.where else service


def counts(results: Iterable[Result]) -> Mapping[End, int]:
    """Return how many items ended how, in the order of ends."""
    found = Counter(result.end for result in results)
    return {end: found[end] for end in End if found[end]}


def address(campaign: str, subject: Subject) -> str:
    """Return the selector of what an item is about; of a workflow that of its group."""
    if subject.step == CAMPAIGN:
        return campaign
    return "/".join(part for part in (campaign, subject.step, subject.group) if part)


# JSON lines.


def begin_json(campaign: str, plan: Plan, acting: int) -> Line:
    """Return the first object: what is applied."""
    return _line("plan", campaign) | {
        "digest": plan.digest,
        "commit": plan.source.commit or None,
        "ledger": plan.source.ledger or None,
        "items": acting,
    }


def told_json(campaign: str, told: Told, at: str) -> Line:
    """Return the object of something that happened."""
    return _line("told", campaign) | {
        "at": at,
        "moment": told.moment.value,
        **_named(told.subject),
        "detail": told.detail,
    }


def result_json(campaign: str, result: Result, at: str, *, called: bool) -> Line:
    """Return the object of an item that ended."""
    return _line("result", campaign) | {
        "at": at,
        "action": result.item.action.value,
        **_named(result.subject),
        "end": result.end.value,
        "detail": result.detail,
        "certain": certain(result, called=called),
        "spooled": result.spooled,
        "item": result.item.digest,
        "next": next_command(campaign, result, called=called) or None,
    }


def drift_json(campaign: str, drift: Drift) -> Line:
    """Return the object of something that is not as it should be."""
    return _line("drift", campaign) | {
        "drift": drift.kind.value,
        **_named(drift.subject),
        "detail": drift.detail,
        "next": drift_command(campaign, drift),
    }


def rescued_json(campaign: str, found: Rescued) -> Line:
    """Return the object of a rescue that a policy had written, or that could not be."""
    written = isinstance(found, Written)
    return _line("rescue", campaign) | {
        "step": found.step,
        "groups": list(found.groups),
        "written": written,
        "rescues": list(found.rescues) if isinstance(found, Written) else [],
        "quanta": found.quanta if isinstance(found, Written) else None,
        "commit": found.commit if isinstance(found, Written) else None,
        "detail": "; ".join(map(str.strip, found.why)) if isinstance(found, Written) else found.why,
        "next": found.next if isinstance(found, NotWritten) else None,
    }


def seen_json(campaign: str, recorded: int, silent: Mapping[WmsRef, str]) -> Line:
    """Return the object of a look at the world."""
    quiet = [{"service": w.service, "where": w.where, "why": why} for w, why in silent.items()]
    return _line("seen", campaign) | {"recorded": recorded, "silent": quiet}


def summary_json(campaign: str, results: Iterable[Result], exit_code: int, error: str = "") -> Line:
    """Return the last object of a campaign."""
    found = counts(results)
    return _line("summary", campaign) | {
        "ends": {end.value: found.get(end, 0) for end in End},
        "exit": exit_code,
        "error": error or None,
    }


def _line(kind: str, campaign: str) -> Line:
    return {"format": FORMAT, "kind": kind, "campaign": campaign}


def _named(subject: Subject) -> Line:
    return {"step": subject.step, "group": subject.group, "workflow": subject.workflow}


def _subject(subject: Subject) -> str:
    return "the campaign" if subject.step == CAMPAIGN else str(subject)


def _word(end: End) -> str:
    return {End.DONE: "done", End.USED: "was done before", End.STALE: "refused"}.get(end, end.value)
