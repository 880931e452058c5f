"""The ledger in time: its tip at a date or revision, and which commit added a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cmcompile.model.ledger import Entry, LedgerError, LedgerStore, Tip
from cmcompile.model.stamp import stamp

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?\Z")
_BACK = re.compile(r"~(\d{1,9})\Z")
_COMMIT = re.compile(r"[0-9a-fA-F]{4,64}\Z")
_WAYS = (
    "write a date (2026-11-20), a time in UTC (2026-11-20T08:00), how long ago (2d), a commit of the ledger,"
    " ~N, or a revision of the repository"
)
_DEEPER = "fetch more of the branch (`git fetch --unshallow`)"


class MomentError(LedgerError):
    """The ledger of a moment can't be had."""


class TooEarlyError(MomentError):
    """The ledger did not exist yet."""


@dataclass(frozen=True, slots=True)
class Added:
    """The commit that added a file.

    Attributes
    ----------
    at
        The committer's time, UTC, ``2026-11-20T08:00:00Z``.
    """

    commit: str
    author: str
    at: str
    message: str


def tip_at(store: LedgerStore, tip: Tip, text: str) -> Tip:
    """Return what was the tip at a date, or at a commit of the ledger.

    Parameters
    ----------
    tip
        The tip now, or any other to look back from.
    text
        ``2026-11-20`` (the end of that day, UTC), ``2026-11-20T08:00`` or with seconds, ``Z`` or an offset;
        the first four or more digits of a commit of the branch; ``~N``, N commits before ``tip``.
        Times are those of the committers' clocks.

    Raises
    ------
    TooEarlyError
        When the ledger was made later.
    MomentError
        When the text is none of these, names no commit or more than one, or the history that is there does
        not go back so far.
    """
    text = text.strip()
    before = _before(text)
    if before is not None:
        return _at_time(store, tip, text, before)
    if found := _BACK.match(text):
        return _back(store, tip, int(found[1]))
    if _COMMIT.match(text):
        return _at_commit(store, tip, text.lower())
    raise MomentError(f"{text!r} is no date and no commit: {_WAYS}")


def commits_of(store: LedgerStore, tip: Tip, paths: Iterable[str]) -> dict[str, Added]:
    """Return which commit added each of some files; those from before a shallow history are left out.

    The walk goes back from the tip and ends with the last file found: what is new is found at once, what is
    old costs one walk over the history, whatever the number of files.
    """
    wanted = set(paths)
    found: dict[str, Added] = {}
    if not wanted:
        return found
    for entry in line(store, tip):
        for change in entry.changes:
            if change.path in wanted and change.before is None:
                found[change.path] = Added(entry.commit, entry.author, entry.at, entry.message)
                wanted.discard(change.path)
        if not wanted:
            break
    return found


def line(store: LedgerStore, tip: Tip) -> Iterator[Entry]:
    """Return the commits that were the tip once, newest first: first parents only."""
    wanted: str | None = tip.commit
    for entry in store.history(tip):
        if entry.commit == wanted:
            yield entry
            if not entry.parents:
                return
            wanted = entry.parents[0]


def _before(text: str) -> str | None:
    """Return the first moment that is too late, as entries write it; None when the text is no date."""
    try:
        if _DAY.match(text):
            moment = datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1)
        elif found := _TIME.match(text):
            zone = "+00:00" if found[3] in (None, "Z") else found[3]
            moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}") + timedelta(seconds=1)
        else:
            return None
        return stamp(moment)
    except (ValueError, OverflowError):
        raise MomentError(f"{text!r} looks like a date, and there is no such date: {_WAYS}") from None


def _at_time(store: LedgerStore, tip: Tip, text: str, before: str) -> Tip:
    oldest: Entry | None = None
    for entry in line(store, tip):
        if entry.at < before:
            return Tip(entry.commit, entry.tree)
        oldest = entry
    raise _too_early(store, tip, oldest, f"the ledger of {text}")


def _back(store: LedgerStore, tip: Tip, steps: int) -> Tip:
    oldest: Entry | None = None
    for number, entry in enumerate(line(store, tip)):
        if number == steps:
            return Tip(entry.commit, entry.tree)
        oldest = entry
    raise _too_early(store, tip, oldest, f"~{steps}")


def _at_commit(store: LedgerStore, tip: Tip, text: str) -> Tip:
    found: list[Entry] = []
    for entry in line(store, tip):
        if entry.commit.startswith(text):
            found.append(entry)
            if entry.commit == text:
                break
    if len(found) > 1:
        ids = ", ".join(e.commit[:12] for e in found[:3])
        raise MomentError(f"{text} may be {len(found)} commits of the ledger ({ids}): write more digits")
    if found:
        return Tip(found[0].commit, found[0].tree)
    hint = "" if store.complete(tip) else f"; only a part of its history is there: {_DEEPER}"
    raise MomentError(f"no commit of the ledger is {text}{hint}")


def _too_early(store: LedgerStore, tip: Tip, oldest: Entry | None, what: str) -> MomentError:
    if oldest is None:
        return MomentError(f"{what} can't be had: the history of {tip.commit[:12]} is not there; {_DEEPER}")
    start = f"{oldest.commit[:12]} of {oldest.at}"
    if store.complete(tip):
        return TooEarlyError(
            f"there is nothing so early: the ledger begins with {start}, and you asked for {what}"
        )
    return MomentError(f"{what} can't be had: the history that is there begins with {start}; {_DEEPER}")
