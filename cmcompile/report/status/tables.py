"""The tables of a status: a line per campaign, per step, per group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.states import GroupState
from cmcompile.model.status import CampaignStatus, Counts, GroupRow, StepStatus, needs_person
from cmcompile.report.screen import Colour, Screen, bar, columns, percent
from cmcompile.report.status import words
from cmcompile.report.terminal import visible, width

_BAR = 20
LEGEND = "# accepted  = active  ! needs a person  . not yet"
#: Below this a bar takes room that the figures need.
_WIDE = 80

#: So much of a reason is seen where other columns need the room.
_WORDS = 60

_STEP_COLUMNS = ("STEP", "", "DONE", "ACCEPTED", "OTHERS")
_FIRST = (
    *(GroupState.REVIEW, GroupState.FAILED, GroupState.PARTIAL, GroupState.REJECTED, GroupState.ACTIVE),
    *(GroupState.READY, GroupState.HELD, GroupState.WAITING),
)

_COLOURS: dict[GroupState, Colour] = {
    GroupState.ACCEPTED: "good",
    GroupState.ACTIVE: "busy",
}


def campaign_table(statuses: Sequence[CampaignStatus], screen: Screen) -> Iterator[str]:
    """Yield a line per campaign; where it is too wide the last columns go first, then the bar."""
    cells = [list(_CAMPAIGN_COLUMNS), *(_campaign_cells(s, screen) for s in statuses)]
    kept = _fitting(cells, (7, 6, 1), screen)
    for number, line in enumerate(columns(*_chosen(cells, kept, frozenset(range(2, 6))))):
        yield screen.line(line, None if number else "dim")
    if 1 in kept:
        yield screen.line(LEGEND, "dim")


def _fitting(
    cells: Sequence[Sequence[str]], spare: Sequence[int], screen: Screen, *, cut: bool = False
) -> list[int]:
    """Return the columns that are shown: none that is empty; where it is too wide ``spare`` ones go.

    Parameters
    ----------
    cut
        Whether the last column may be cut, down to a size that still says something.
    """
    kept = [i for i in range(len(cells[0])) if any(row[i] for row in cells[1:])]
    if screen.columns is None:
        return kept
    widths = [max(width(visible(row[i])) for row in cells) for i in range(len(cells[0]))]
    if cut:
        widths[-1] = min(widths[-1], _WORDS)
    for out in spare:
        if out in kept and sum(widths[i] + 2 for i in kept) - 2 > screen.room:
            kept.remove(out)
    return kept


def _chosen(
    cells: Sequence[Sequence[str]], kept: Sequence[int], right: frozenset[int]
) -> tuple[list[list[str]], frozenset[int]]:
    """Return the columns that are kept, and the places of those that are aligned to the right."""
    return [[row[i] for i in kept] for row in cells], frozenset(n for n, i in enumerate(kept) if i in right)


_CAMPAIGN_COLUMNS = ("CAMPAIGN", "", "DONE", "GROUPS", "ACTIVE", "PERSON", "LEDGER", "PRODUCTION")


def _campaign_cells(status: CampaignStatus, screen: Screen) -> list[str]:
    if status.fault:
        return [status.campaign, "", "", "", "", "!", "not read", status.production]
    counts = status.counts
    total, done = sum(counts.values()), counts.get(GroupState.ACCEPTED, 0)
    people = sum(step.people for step in status.steps)
    seen = screen.ago(status.seen.at) or status.seen.at or "none"
    seen += ", as last seen" if status.seen.asked != "fresh" else ""
    return [
        status.campaign,
        _bar(counts.get(GroupState.ACTIVE, 0), done, people, total),
        percent(done, total),
        f"{total:,}",
        f"{counts.get(GroupState.ACTIVE, 0) + status.rescue_counts.get(GroupState.ACTIVE, 0):,}",
        f"{status.people:,}" if status.people else "",
        seen + (", stale" if status.seen.stale_since else ""),
        status.production,
    ]


def _bar(active: int, done: int, people: int, total: int) -> str:
    people = min(people, total - done)
    active = min(active, total - done - people)
    rest = total - done - people - active
    return bar([("#", done), ("=", active), ("!", people), (".", rest)], _BAR)


def drawn(step: StepStatus) -> str:
    """Return the groups of the first pass as a bar; `LEGEND` says what its signs mean."""
    done, active = (step.first.get(s, 0) for s in (GroupState.ACCEPTED, GroupState.ACTIVE))
    return _bar(active, done, step.people, step.groups)


def step_table(steps: Sequence[StepStatus], screen: Screen) -> Iterator[str]:
    """Yield a line per step, more where it has rescue groups, known outcomes, or a collection."""
    cells = [list(_STEP_COLUMNS), *(row for step in steps for row in _step_cells(step))]
    if screen.room < _WIDE:
        cells = [[row[0], *row[2:]] for row in cells]
    for number, line in enumerate(columns(cells)):
        yield screen.line(line, None if number else "dim")
    if screen.room >= _WIDE:
        yield screen.line(LEGEND, "dim")


def _step_cells(step: StepStatus) -> Iterator[list[str]]:
    done = step.first.get(GroupState.ACCEPTED, 0)
    share = percent(done, step.groups)
    yield [step.step, drawn(step), share, f"{done:,} of {step.groups:,}", _others(step.first)]
    if step.rescue_groups:
        done = step.rescues.get(GroupState.ACCEPTED, 0)
        yield ["  rescues", "", "", f"{done:,} of {step.rescue_groups:,}", _others(step.rescues)]
    if words.missing(step):
        yield ["  quanta", "", "", "", f"{words.missing(step)} missing"]
    if step.collection:
        yield ["  collection", "", "", "", words.chained(step.collection)]
    if step.tagged:
        yield ["  tagged", "", "", "", words.tagged(step.tagged)]


def _others(counts: Counts) -> str:
    """Return the states but ``accepted``, what may need a person first."""
    order = sorted(counts, key=lambda s: (_FIRST.index(s) if s in _FIRST else len(_FIRST), s.value))
    return ", ".join(f"{counts[s]:,} {s.value}" for s in order if s is not GroupState.ACCEPTED)


def group_table(rows: Sequence[GroupRow], screen: Screen) -> Iterator[str]:
    """Yield a line per group."""
    if not rows:
        return
    many = len({row.standing.step for row in rows}) > 1
    cells = [["GROUP", "STATE", "AGE", "WORKFLOW", "MISSING", "WHY"]]
    cells += [_cells(row, screen, step=many) for row in rows]
    kept = _fitting(cells, (3, 4), screen, cut=True)
    lines = columns(*_chosen(cells, kept, frozenset({4})))
    yield screen.line(lines[0], "dim")
    for row, line in zip(rows, lines[1:], strict=True):
        alarm = needs_person(row.standing)
        yield screen.line(line, "alarm" if alarm else _COLOURS.get(row.standing.state))


def _cells(row: GroupRow, screen: Screen, *, step: bool) -> list[str]:
    standing = row.standing
    found = standing.outcome
    return [
        f"{standing.step}/{standing.group}" if step else standing.group,
        standing.state.value + ("!" if needs_person(standing) else ""),
        screen.age(standing.since) or standing.since,
        standing.workflow,
        "" if found is None else f"{found.missing:,} of {found.quanta:,}",
        words.why(standing.reason, standing.detail) + (", stale" if standing.stale_since else ""),
    ]
