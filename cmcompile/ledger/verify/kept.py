"""Files that events name, as what a monitor told: each is there, and is what its event says."""

from __future__ import annotations

from hashlib import sha256

from cmcompile.ledger.paths import directory
from cmcompile.ledger.verify.values import Content, Origins
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnosed import Diagnosed
from cmcompile.model.diagnostic import Findings
from cmcompile.model.event import Subject
from cmcompile.model.ledger import LedgerStore
from cmcompile.model.source import Span


def check_kept(store: LedgerStore, content: Content, origins: Origins, findings: Findings) -> None:
    """Report files that no event names with their digest, and events whose file is not there."""
    named: dict[tuple[Subject, str], set[str]] = {}
    for subject, events in content.events.items():
        for recorded in events:
            body = recorded.event.draft.body
            if not isinstance(body, Diagnosed) or not body.file:
                continue
            named.setdefault((subject, body.file), set()).add(body.digest)
            if body.file not in content.kept.get(subject, {}):
                where = f"{recorded.path}, added by {origins.of(recorded.path)}"
                findings.add(
                    codes.LEDGER_FILE_REMOVED,
                    Span(recorded.path, 1, 1),
                    f"{where}, names {body.file}, which is not beside it",
                    "an event lands together with its file; other clones may have it",
                )
    data = store.read(dict.fromkeys(oid for files in content.kept.values() for oid in files.values()))
    for subject, files in content.kept.items():
        for file, oid in files.items():
            if sha256(data[oid]).hexdigest() not in named.get((subject, file), ()):
                path = f"{directory(subject)}/{file}"
                findings.add(
                    codes.FOREIGN_FILE,
                    Span(path, 1, 1),
                    f"{path}, added by {origins.of(path)}, is not what an event of {subject} names",
                    "such a file lands together with an event that has its sha256",
                )
