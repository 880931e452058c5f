"""The tables of productions, for text and Markdown: cells as plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from cmcompile.model.production import Member, Production, Span
from cmcompile.model.stamp import moment_of
from cmcompile.model.states import GroupState
from cmcompile.model.stats import StatsRow
from cmcompile.report.screen import bar, count, percent
from cmcompile.report.stats import HOUR

_BAR = 30
UNKNOWN = "-"


def verdict(found: Production) -> str:
    """Return in one sentence whether anything is wrong, and how far it is."""
    total, done = sum(found.counts.values()), found.counts.get(GroupState.ACCEPTED, 0)
    said = [f"{count(found.people, 'thing')} {'needs' if found.people == 1 else 'need'} a person"]
    said = said if found.people else ["nothing needs a person"]
    said += [f"{count(found.faults, 'campaign')} can't be read"] if found.faults else []
    said.append(f"{done:,} of {count(total, 'group')} accepted in {count(len(found.members), 'campaign')}")
    return "; ".join(said)


def states(found: Production) -> str:
    """Return how many groups are in which state."""
    rescues = sum(found.rescue_counts.values())
    said = [f"{number:,} {state.value}" for state, number in found.counts.items()]
    extra = [f"{count(rescues, 'rescue group')}, {_done(found.rescue_counts)} accepted"] if rescues else []
    return "; ".join([", ".join(said) or "no group", *extra])


def _done(counts: dict[GroupState, int]) -> str:
    return f"{counts.get(GroupState.ACCEPTED, 0):,}"


LIST = ("production", "campaigns", "groups", "done", "person", "begun", "last", "core hours")


def list_row(found: Production) -> list[str]:
    """Return the row of a production in a list of several."""
    total, done = sum(found.counts.values()), found.counts.get(GroupState.ACCEPTED, 0)
    return [
        found.name or "(none)",
        f"{len(found.members):,}",
        f"{total:,}",
        percent(done, total),
        f"{found.people:,}" if found.people else ("!" if found.faults else ""),
        found.begun[:10],
        found.last[:10],
        _hours(sum_of(found.members, lambda row: row.wall)),
    ]


TIMELINE = ("campaign", "begun", "last", "days", "")


def timeline(found: Production) -> list[list[str]]:
    """Return a row per campaign that has begun, with its part of the time of all."""
    spans = [m.course.whole for m in found.members if m.course.whole.begun]
    first, last = found.begun, found.last
    return [[s.name, s.begun[:10], _end(s), _days(s.begun, s.last), _drawn(s, first, last)] for s in spans]


def _end(span: Span) -> str:
    return span.last[:10] + ("" if span.over else " …")


def _days(begin: str, end: str) -> str:
    then, now = _time(begin), _time(end)
    return UNKNOWN if then is None or now is None else f"{(now - then).total_seconds() / 86400:,.1f}"


def _drawn(span: Span, first: str, last: str) -> str:
    """Return a bar of the whole time, with the part of this campaign filled."""
    times = [_time(at) for at in (first, span.begun, span.last, last)]
    known = [time for time in times if time is not None]
    if len(known) < len(times) or known[0] == known[3]:
        return bar([("#", 1)], _BAR)
    gaps = [(later - sooner).total_seconds() for sooner, later in pairwise(known)]
    return bar([(sign, round(gap)) for sign, gap in zip(" # ", gaps, strict=True)], _BAR)


def _time(at: str) -> datetime | None:
    try:
        return moment_of(at)
    except ValueError:
        return None


WEEKS = ("week of", "submitted", "accepted")


def weeks(found: Production) -> list[list[str]]:
    """Return a row per week, newest first."""
    return [[w.begins, f"{w.submitted:,}", f"{w.accepted:,}"] for w in reversed(found.weeks)]


USAGE = (
    *("campaign", "workflows", "measured", "restarts", "quanta", "failed"),
    *("core hours", "cpu hours", "max rss GB"),
)


def usage(found: Production) -> list[list[str]]:
    """Return a row per campaign that was sent, and one of all."""
    some = [m for m in found.members if m.took is not None and m.took.workflows]
    rows = [_usage(member.status.campaign, [member]) for member in some]
    return [*rows, _usage("all", some)] if len(rows) > 1 else rows


def _usage(name: str, members: Sequence[Member]) -> list[str]:
    peaks = [m.took.memory for m in members if m.took is not None and m.took.memory is not None]
    return [
        name,
        *(f"{sum_of(members, figure) or 0:,}" for figure in _COUNTS),
        *(_number(sum_of(members, figure)) for figure in (lambda r: r.quanta, lambda r: r.failed)),
        *(_hours(sum_of(members, figure)) for figure in (lambda r: r.wall, lambda r: r.cpu)),
        f"{max(peaks) / 1024:,.2f}" if peaks else UNKNOWN,
    ]


_COUNTS: tuple[Callable[[StatsRow], int], ...] = (
    lambda row: row.workflows,
    lambda row: row.measured,
    lambda row: row.restarts,
)


def sum_of(members: Iterable[Member], figure: Callable[[StatsRow], int | None]) -> int | None:
    """Return a sum over campaigns; None where none of them knows."""
    values = [figure(member.took) for member in members if member.took is not None]
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _hours(milliseconds: int | None) -> str:
    return UNKNOWN if milliseconds is None else f"{milliseconds / HOUR:,.2f}"
