"""Facts on the way to the ledger, kept on disk until they are seen there.

One file per proposal. It is written before anything is asked of the remote, and removed only after its events
were seen on a tip; sending it twice does no harm, since events are told apart by their ids.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmcompile.ledger.codec import decode, encode
from cmcompile.ledger.paths import event_path
from cmcompile.ledger.safe_file import replace, sync_directory
from cmcompile.model.event import Draft, Subject, Unreadable
from cmcompile.model.ledger import LedgerError
from cmcompile.model.transaction import Proposal

FORMAT = 1
_NAME = re.compile(r"(\d{9,})-[0-9a-f]+\.json").fullmatch
#: What a file that can't be read is renamed to, so that it is told once and never lost.
ASIDE = ".unreadable"


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal of the spool, and the file that keeps it."""

    path: Path
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Aside:
    """A file of the spool that can't be read; it was renamed to ``path``."""

    path: Path
    why: str


class Spool:
    """A directory of proposals, in the order in which they came.

    Several processes may use it at once.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def keep(self, proposal: Proposal) -> Kept:
        """Put a proposal on disk, to stay there through a loss of power.

        Raises
        ------
        LedgerError
            When the disk refuses; nothing is kept then.
        """
        if not proposal.drafts:
            raise LedgerError("a proposal without events can't be kept")
        try:
            number = max((self._number(path) for path in self._paths()), default=0) + 1
            # Two processes may take the same number; the id of the first event tells their files apart.
            path = self.directory / f"{number:09d}-{proposal.drafts[0].id}.json"
            replace(path, to_bytes(proposal), durable=True)
        except (OSError, ValueError) as error:
            raise LedgerError(f"facts can't be kept in {self.directory}: {error}") from error
        return Kept(path, proposal)

    def remove(self, kept: Kept) -> None:
        """Take a proposal out, after its events were seen on a tip.

        A file that can't be removed is sent again next time, and found to be there already.
        """
        try:
            kept.path.unlink(missing_ok=True)
            sync_directory(self.directory)
        except OSError:
            return

    def kept(self) -> Iterator[Kept | Aside]:
        """Return what is kept, oldest first; what can't be read is put aside.

        Raises
        ------
        LedgerError
            When the directory can't be read.
        """
        try:
            paths = sorted(self._paths(), key=lambda path: (self._number(path), path.name))
        except OSError as error:
            raise LedgerError(f"kept facts can't be read: {error}") from error
        for path in paths:
            try:
                yield Kept(path, from_bytes(path.read_bytes()))
            except FileNotFoundError:  # another process has sent it
                continue
            except OSError as error:
                yield Aside(path, str(error))
            except ValueError as error:
                yield self._put_aside(path, str(error))

    def _put_aside(self, path: Path, why: str) -> Aside:
        aside = path.with_name(path.name + ASIDE)
        try:
            path.replace(aside)
        except OSError:
            return Aside(path, why)
        return Aside(aside, why)

    def _paths(self) -> list[Path]:
        if not self.directory.is_dir():
            return []
        return [path for path in self.directory.iterdir() if _NAME(path.name)]

    @staticmethod
    def _number(path: Path) -> int:
        return int(path.name.partition("-")[0])


def to_bytes(proposal: Proposal) -> bytes:
    """Return a proposal as JSON.

    Raises
    ------
    ValueError
        When one of its events can't be written.
    """
    found = {
        "format": FORMAT,
        "message": proposal.message,
        "events": [_written(draft) for draft in proposal.drafts],
        "files": {path: base64.b64encode(data).decode() for path, data in sorted(proposal.files.items())},
    }
    return json.dumps(found, indent=1).encode() + b"\n"


def _written(draft: Draft) -> dict[str, Any]:
    subject = draft.subject
    about = {"step": subject.step, "group": subject.group, "workflow": subject.workflow}
    return {**about, "kind": draft.kind, "event": encode(draft).decode()}


def from_bytes(data: bytes) -> Proposal:
    """Return the proposal again.

    Raises
    ------
    ValueError
        When it is not one, or one of its events can't be read.
    """
    try:
        found = json.loads(data)
        if found["format"] != FORMAT:
            raise ValueError(f"it is of format {found['format']}, this cmcompile reads format {FORMAT}")
        drafts = tuple(_draft(item) for item in found["events"])
        files = {path: base64.b64decode(text, validate=True) for path, text in found["files"].items()}
        message = found["message"]
    except (TypeError, LookupError, AttributeError, RecursionError, binascii.Error) as error:
        raise ValueError(f"it is no file of the spool: {error!r}") from error
    if not drafts or not isinstance(message, str):
        raise ValueError("it is no file of the spool: it holds no events")
    return Proposal(drafts, files, message)


def _draft(item: dict[str, Any]) -> Draft:
    path = event_path(Subject(item["step"], item["group"], item["workflow"]), 1, item["kind"])
    event = decode(path, item["event"].encode())
    if isinstance(event, Unreadable):
        raise ValueError(f"an event in it can't be read: {event.why}")
    return event.draft
