"""The files of a tip: events that can be read, numbered without gaps, each id once; nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cmcompile.ledger.codec import decode
from cmcompile.ledger.paths import locate
from cmcompile.ledger.setup import identity
from cmcompile.ledger.verify.history import LEDGER
from cmcompile.ledger.verify.values import Content, Origins, Progress, Recorded
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnosed import is_kept
from cmcompile.model.diagnostic import Findings
from cmcompile.model.event import Claimed, Event, Subject, Unreadable
from cmcompile.model.ledger import LedgerError, LedgerStore, Tip
from cmcompile.model.source import Span

#: Files that are read at once.
CHUNK = 2_000


def read_content(
    store: LedgerStore, tip: Tip, origins: Origins, findings: Findings, progress: Progress
) -> Content:
    """Read all events of a tip, and report files that are none of a ledger."""
    files = store.files(tip)
    paths: list[tuple[str, Subject]] = []
    as_run: dict[Subject, dict[str, str]] = {}
    kept: dict[Subject, dict[str, str]] = {}
    for path in sorted(files):
        located = locate(path)
        if located is None:
            _foreign(path, origins, findings)
        elif located.subject is not None and located.kind:
            paths.append((path, located.subject))
        elif located.subject is not None:
            of = kept if is_kept(located.file) else as_run
            of.setdefault(located.subject, {})[located.file] = files[path]
    events: dict[Subject, list[Recorded]] = {}
    unreadable: list[Unreadable] = []
    for number, (path, data) in enumerate(_bytes(store, files, [p for p, _ in paths])):
        if number % CHUNK == 0:
            progress("reading events", number, len(paths))
        event = decode(path, data)
        if isinstance(event, Event):
            events.setdefault(event.subject, []).append(Recorded(path, event, _key(path, event, origins)))
        else:
            unreadable.append(event)
    found = {s: tuple(sorted(r, key=lambda e: (e.event.number, e.path))) for s, r in events.items()}
    return Content(found, tuple(unreadable), as_run, files, kept)


def _bytes(store: LedgerStore, files: Mapping[str, str], paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for start in range(0, len(paths), CHUNK):
        chunk = paths[start : start + CHUNK]
        data = store.read(dict.fromkeys(files[p] for p in chunk))
        yield from ((p, data[files[p]]) for p in chunk)


def _key(path: str, event: Event, origins: Origins) -> tuple[int, str]:
    at = origins.added.get(path)
    # Before the end of a shallow history the time that the writer had must do.
    return (-1, event.draft.at) if at is None else (at, "")


def _foreign(path: str, origins: Origins, findings: Findings) -> None:
    if path not in origins.added:
        findings.add(
            codes.FOREIGN_FILE,
            Span(path, 1, 1),
            f"{path}, of {origins.of(path)}, is no file of a ledger",
            "cmcompile never writes such a file; fetch the whole history to see who added it",
        )


def check_content(content: Content, origins: Origins, findings: Findings) -> None:
    """Report events that can't be read, numbers that are missing or twice, and ids that are twice."""
    for fault in content.unreadable:
        findings.add(
            codes.EVENT_UNREADABLE,
            Span(fault.path, 1, 1),
            f"{fault.path}, added by {origins.of(fault.path)}, is no event that can be read: {fault.why}",
            "cmcompile never writes such a file; a newer version may be able to read it",
        )
    _check_numbers(content, origins, findings)
    _check_ids(content, origins, findings)


def _check_numbers(content: Content, origins: Origins, findings: Findings) -> None:
    places: dict[Subject, list[tuple[int, str]]] = {}
    for subject, events in content.events.items():
        places[subject] = [(e.event.number, e.path) for e in events]
    for fault in content.unreadable:
        located = locate(fault.path)
        if located is not None and located.subject is not None:
            places.setdefault(located.subject, []).append((located.number, fault.path))
    for subject, found in places.items():
        by_number: dict[int, list[str]] = {}
        for number, path in found:
            by_number.setdefault(number, []).append(path)
        _check_gaps(subject, by_number, origins, findings)
        for number, paths in by_number.items():
            *others, last = sorted(paths, key=lambda p: (origins.added.get(p, -1), p))
            for other in others:
                what = f"number {number} twice: {other} has it too"
                _wrong_number(subject, last, what, origins, findings)


def _check_gaps(
    subject: Subject, by_number: Mapping[int, Sequence[str]], origins: Origins, findings: Findings
) -> None:
    before = 0
    for number in sorted(by_number):
        if number != before + 1:
            what = _missing(before + 1, number - 1)
            _wrong_number(subject, by_number[number][0], what, origins, findings)
        before = number


def _wrong_number(subject: Subject, path: str, what: str, origins: Origins, findings: Findings) -> None:
    findings.add(
        codes.EVENT_NUMBERS,
        Span(path, 1, 1),
        f"the events of {subject} have {what}; see {path}, added by {origins.of(path)}",
        "events are numbered from 1, without a gap; other clones may have what is missing here",
    )


def _missing(first: int, last: int) -> str:
    return f"no number {first}" if first == last else f"no numbers {first} to {last}"


def _check_ids(content: Content, origins: Origins, findings: Findings) -> None:
    ids: dict[str, str] = {}
    claims: dict[str, str] = {}
    for events in content.events.values():
        for recorded in events:
            draft = recorded.event.draft
            _once(ids, draft.id, "event", recorded.path, origins, findings)
            if isinstance(draft.body, Claimed):
                _once(claims, draft.claim, "claim", recorded.path, origins, findings)


def _once(
    known: dict[str, str], name: str, what: str, path: str, origins: Origins, findings: Findings
) -> None:
    other = known.setdefault(name, path)
    if other != path:
        findings.add(
            codes.ID_TWICE,
            Span(path, 1, 1),
            f"{path}, added by {origins.of(path)}, has the {what} id {name} of {other}",
            "ids are random: a copy was made by hand",
        )


def check_ledger_json(
    store: LedgerStore, tip: Tip, campaign: str, origins: Origins, findings: Findings
) -> None:
    """Report a ``ledger.json`` that is absent, can't be read, or names another campaign."""
    try:
        named = identity(store, tip).campaign
        why = "" if named == campaign else f"is of the campaign {named!r}, not of {campaign!r}"
    except LedgerError as error:
        why = f"is no good: {error}"
    if why:
        findings.add(
            codes.LEDGER_JSON,
            Span(LEDGER, 1, 1),
            f"{LEDGER}, added by {origins.of(LEDGER)}, {why}",
            "it is written once, by `cmcompile ledger init`",
        )
