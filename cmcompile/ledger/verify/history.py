"""The history of the branch: one line of commits, which only ever add files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cmcompile.ledger.paths import Located, locate
from cmcompile.ledger.placing import REPLACED
from cmcompile.ledger.verify.values import Origins, Progress, in_words
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.event import Subject
from cmcompile.model.ledger import Change, Entry, LedgerStore, Tip
from cmcompile.model.source import Span

LEDGER = "ledger.json"
_ASK = "ask who made this commit, and compare with another clone of the branch"


def check_history(store: LedgerStore, tip: Tip, findings: Findings, progress: Progress) -> Origins:
    """Check the commits that led to a tip; return when each file was added."""
    entries, whole = _line(store, tip, findings, progress)
    added: dict[str, int] = {}
    last: dict[Subject, tuple[int, str]] = {}
    for at, entry in enumerate(entries):
        for change in entry.changes:
            _check_change(entry, change, findings)
            if change.after is not None:
                added.setdefault(change.path, at)
        _check_order(entry, last, findings)
    if whole and not any(c.path == LEDGER and c.after for c in entries[0].changes):
        findings.add(
            codes.LEDGER_JSON,
            Span(LEDGER, 1, 1),
            f"the first commit of the ledger, {in_words(entries[0])}, holds no {LEDGER}",
            "a ledger is begun by `cmcompile ledger init` only; " + _ASK,
        )
    if not whole:
        findings.add(
            codes.HISTORY_SHORT,
            None,
            f"only the last {len(entries)} commits of the ledger are there, from {in_words(entries[0])} on:"
            " what was done before is not checked",
            "fetch the whole branch (`git fetch --unshallow`, or `fetch-depth: 0` in a CI job)",
        )
    return Origins(tuple(entries), added, whole)


def _line(
    store: LedgerStore, tip: Tip, findings: Findings, progress: Progress
) -> tuple[Sequence[Entry], bool]:
    """Return the commits from the oldest on, along first parents, and whether they begin with the first."""
    by_commit: dict[str, Entry] = {}
    for entry in store.history(tip):
        by_commit[entry.commit] = entry
        if len(by_commit) % 256 == 0:
            progress("reading history", len(by_commit), 0)
    line: list[Entry] = []
    at: str | None = tip.commit
    while at is not None and at in by_commit:
        entry = by_commit.pop(at)
        line.append(entry)
        if len(entry.parents) > 1:
            others = ", ".join(p[:12] for p in entry.parents[1:])
            findings.add(
                codes.HISTORY_BROKEN,
                None,
                f"{in_words(entry)} is a merge: it takes in {others} beside {entry.parents[0][:12]}",
                "each commit of a ledger has one parent, the tip before it; " + _ASK,
            )
        at = entry.parents[0] if entry.parents else None
    line.reverse()
    complete = store.complete(tip)
    if complete and at is not None and line:
        findings.add(
            codes.HISTORY_BROKEN,
            None,
            f"{in_words(line[0])} has the parent {at[:12]}, which is not there, and the clone is not shallow",
            _ASK,
        )
    return line, complete and at is None and bool(line)


def _check_change(entry: Entry, change: Change, findings: Findings) -> None:
    located = locate(change.path)
    span = Span(change.path, 1, 1)
    if located is None:
        findings.add(
            codes.FOREIGN_FILE,
            span,
            f"{in_words(entry)} {_done(change)} {change.path}, which is no file of a ledger",
            "cmcompile never writes such a file; " + _ASK,
        )
    elif change.path not in REPLACED and change.before is not None:
        code = codes.LEDGER_FILE_REMOVED if change.after is None else codes.LEDGER_FILE_CHANGED
        former = f"; it was {change.before[:12]}" + (f", is {change.after[:12]}" if change.after else "")
        findings.add(
            code,
            span,
            f"{in_words(entry)} {_done(change)} {change.path}",
            f"`git show {change.before[:12]}` shows what it was{former}; " + _ASK,
        )


def _done(change: Change) -> str:
    if change.before is None:
        return "added"
    return "removed" if change.after is None else "changed"


def _check_order(entry: Entry, last: dict[Subject, tuple[int, str]], findings: Findings) -> None:
    """Report events that come with or after one of a higher number."""
    for path, located in sorted(_added_events(entry.changes), key=lambda e: e[1].number):
        if located.subject is None:
            continue
        before = last.get(located.subject)
        if before is not None and before[0] > located.number:
            findings.add(
                codes.EVENTS_REORDERED,
                Span(path, 1, 1),
                f"{in_words(entry)} added {path} after {before[1]}, which has a higher number",
                "events are numbered in the order in which they are recorded; " + _ASK,
            )
        else:
            last[located.subject] = (located.number, path)


def _added_events(changes: Iterable[Change]) -> Iterable[tuple[str, Located]]:
    for change in changes:
        if change.before is None and change.after is not None:
            located = locate(change.path)
            if located is not None and located.kind:
                yield change.path, located
