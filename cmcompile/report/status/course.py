"""The course of a campaign: ``history.csv`` of its ledger, a row for each report whose figures differ."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from cmcompile.model.changes import Progress
from cmcompile.model.stamp import moment_of, stamp
from cmcompile.model.states import GroupState
from cmcompile.model.status import CampaignStatus
from cmcompile.report.status.ledger_page import whole
from cmcompile.report.table import render_table

#: Rows that are older than this, counted from the newest, are thinned out to the last one of each day.
THINNED = timedelta(days=14)
#: Which moment a row is of; the rest are figures.
_MOMENT = ("at", "ledger", "ends")
COLUMNS = (
    *_MOMENT,
    "groups",
    *(state.value for state in GroupState),
    "rescue_groups",
    "rescue_accepted",
    "needs_person",
    "quanta_done",
    "quanta_missing",
    "core_hours",
    "measured",
)


def ends_of(data: bytes | None) -> str:
    """Return the day on which the campaign was forecast to end last; empty: none is known."""
    rows = rows_of(data)
    return rows[-1][_MOMENT.index("ends")] if rows else ""


def appended(old: bytes | None, status: CampaignStatus, at: str, commit: str, ends: str = "") -> bytes:
    """Return the file with the figures of a status; the same bytes where its last row has them already.

    Parameters
    ----------
    old
        The file as it stands on the branch; None: there is none. What has other columns, as another version
        wrote it, is begun anew: git keeps the old one.
    at
        The time of the newest event, or empty.
    commit
        The tip that the status is of.
    ends
        The day on which the campaign is forecast to end, or empty.
    """
    rows = rows_of(old)
    new = [at, commit, ends, *_figures(status)]
    if rows is None:
        rows = []
    elif rows and rows[-1][len(_MOMENT) :] == new[len(_MOMENT) :]:
        return old or b""
    return render_table(COLUMNS, [*_thinned(rows, at), new], "csv").encode()


def rows_of(data: bytes | None) -> list[list[str]] | None:
    """Return the rows of the file; None: it is not as this version writes it."""
    if data is None:
        return []
    try:
        rows = list(csv.reader(data.decode().splitlines(), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    good = bool(rows) and tuple(rows[0]) == COLUMNS and all(len(row) == len(COLUMNS) for row in rows)
    return rows[1:] if good else None


def _figures(status: CampaignStatus) -> list[str]:
    total = whole(status.steps)
    rescues = status.rescue_counts
    done = None if total.quanta is None or total.missing is None else total.quanta - total.missing
    return [
        str(total.groups),
        *(str(total.first.get(state, 0)) for state in GroupState),
        str(sum(rescues.values())),
        str(rescues.get(GroupState.ACCEPTED, 0)),
        str(status.people),
        _known(done),
        _known(total.missing),
        f"{total.took.core_seconds / 3600:.3f}" if total.took.measured else "",
        str(total.took.measured),
    ]


def _known(figure: int | None) -> str:
    return "" if figure is None else str(figure)


def _thinned(rows: Sequence[Sequence[str]], at: str) -> list[Sequence[str]]:
    """Return rows without those of old days but for the last of each."""
    try:
        begin = stamp(moment_of(at) - THINNED)
    except (ValueError, OverflowError):
        return list(rows)
    last = {row[0][:10]: number for number, row in enumerate(rows)}
    return [row for number, row in enumerate(rows) if row[0] >= begin or last[row[0][:10]] == number]


def progress_of(data: bytes | None) -> Progress | None:
    """Return how far a campaign is by its ``status.json``; None: that does not tell."""
    try:
        document = json.loads(data or b"")
        (campaign,) = document["campaigns"]
        groups: Mapping[str, int] = campaign["groups"]
        figures = (groups["total"], groups[GroupState.ACCEPTED.value], campaign["needs_person"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return Progress(*figures) if all(type(figure) is int for figure in figures) else None


def steps_of(data: bytes | None) -> tuple[str, ...]:
    """Return the steps by ``status.json``, in the order of the spec; none where that does not tell."""
    try:
        (campaign,) = json.loads(data or b"")["campaigns"]
        names = [step["step"] for step in campaign["steps"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple(name for name in names if isinstance(name, str))
