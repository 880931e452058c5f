"""What happened over time, counted in equal spans: submissions, ends, acceptances, and quanta under way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cmcompile.model.event import Accepted, Event, Observed, Submitted
from cmcompile.site.model import Measurement, SiteCampaign
from cmcompile.site.shards import Json
from cmcompile.site.times import seconds

#: At most so many spans; their width is one that a person can name.
SPANS = 200
_WIDTHS = (60, 300, 600, 1800, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400, 28 * 86400)
_ENDED = frozenset({"succeeded", "partial", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Scale:
    """Equal spans of time from ``start`` on, in seconds."""

    start: int
    width: int
    spans: int

    def at(self, moment: int) -> int:
        """Return the span that a moment is in; what is outside counts for the first or the last."""
        return min(self.spans - 1, max(0, (moment - self.start) // self.width))


def scale_of(moments: Sequence[int]) -> Scale | None:
    """Return spans that hold all moments; None: there are none."""
    if not moments:
        return None
    first, last = min(moments), max(moments)
    width = next((w for w in _WIDTHS if last // w - first // w < SPANS), _WIDTHS[-1])
    while last // width - first // width >= SPANS:
        width *= 2
    return Scale(first // width * width, width, last // width - first // width + 1)


def progress(campaign: SiteCampaign) -> Json:
    """Return by step how many workflows were submitted and ended, how many groups accepted, in each span.

    A run counts when it was seen to have ended last; the quanta are those that it made. A group counts when
    it was accepted last, and only if it still is accepted.
    """
    accepted = {
        (row.standing.step, row.standing.group)
        for row in campaign.status.rows
        if row.standing.state.value == "accepted" and not row.rescue
    }
    told: dict[str, list[list[tuple[int, int]]]] = {}
    for subject, events in campaign.events.items():
        if subject.group is None:
            continue
        found = told.setdefault(subject.step, [[], [], [], []])
        if subject.workflow is not None:
            _workflow(events, found)
        elif (subject.step, subject.group) in accepted:
            found[2] += _last(events, Accepted)
    moments = [at for some in told.values() for column in some for at, _ in column if at]
    scale = scale_of(moments)
    if scale is None:
        return None
    steps = [[step, [_counted(scale, column) for column in told[step]]] for step in sorted(told)]
    return {"start": scale.start, "width": scale.width, "spans": scale.spans, "steps": steps}


def _workflow(events: Sequence[Event], found: list[list[tuple[int, int]]]) -> None:
    found[0] += [(seconds(e.draft.at), 1) for e in events if isinstance(e.draft.body, Submitted)][:1]
    last = None
    for event in events:
        body = event.draft.body
        if isinstance(body, Submitted):
            last = None
        elif isinstance(body, Observed):
            last = event if body.state in _ENDED else None
    if last is not None and isinstance(last.draft.body, Observed):
        outcome = last.draft.body.outcome
        found[1].append((seconds(last.draft.at), 1))
        if outcome is not None:
            found[3].append((seconds(last.draft.at), outcome.quanta - outcome.missing))


def _last(events: Sequence[Event], body: type[Accepted]) -> list[tuple[int, int]]:
    return [(seconds(e.draft.at), 1) for e in events if isinstance(e.draft.body, body)][-1:]


def _counted(scale: Scale, column: Iterable[tuple[int, int]]) -> list[int]:
    counts = [0] * scale.spans
    for at, number in column:
        if at:
            counts[scale.at(at)] += number
    return counts


def under_way(measured: Sequence[Measurement]) -> Json:
    """Return by task how many quanta ran at once, in the mean of each span.

    A workflow tells how many ran in equal parts of its time. Where it does not, it tells when the first
    quantum of a task began, when the last ended, and how long all took together: they are then taken as
    spread evenly.
    """
    pieces = [(one.task, piece) for one in measured for piece in _pieces(one)]
    scale = scale_of([int(at) for _, (start, end, _) in pieces for at in (start, end)])
    if scale is None:
        return None
    tasks: dict[str, list[float]] = {}
    for task, (start, end, at_once) in pieces:
        column = tasks.setdefault(task, [0.0] * scale.spans)
        for span in range(scale.at(int(start)), scale.at(int(end)) + 1):
            begin = scale.start + span * scale.width
            shared = min(end, begin + scale.width) - max(start, begin)
            column[span] += at_once * max(0.0, shared) / scale.width
    found = [[task, [round(value, 2) for value in column]] for task, column in tasks.items()]
    return {"start": scale.start, "width": scale.width, "spans": scale.spans, "tasks": found}


def _pieces(one: Measurement) -> list[tuple[float, float, float]]:
    """Return spans of time, each with how many quanta ran in it."""
    start, end = seconds(one.started), seconds(one.ended)
    if not start or not end:
        return []
    end = max(end, start + 1)
    if not one.running:
        return [(start, end, one.wall / 1000 / (end - start))]
    width = (end - start) / len(one.running)
    return [(start + at * width, start + (at + 1) * width, n / 100) for at, n in enumerate(one.running) if n]
