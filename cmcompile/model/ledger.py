"""The ledger branch of a campaign, as its users see it; see ``docs/ledger.md``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from cmcompile.model.errors import CmcompileError


class LedgerError(CmcompileError):
    """The ledger can't be used."""


class UnreachableError(LedgerError):
    """The remote can't be asked now: nothing is known of it, and nothing was done."""


class RefusedError(LedgerError):
    """The remote, or a hook, refuses what was pushed, whatever the tip is."""


class HistoryError(LedgerError):
    """The branch is not a continuation of what was known of it: deleted, rewound, or forked."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A commit of the ledger branch, and its tree."""

    commit: str
    tree: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that is made and may be pushed, again and again; its only parent is ``base``.

    Attributes
    ----------
    base
        The commit that was read; None for the first.
    """

    tip: Tip
    base: str | None


class Push(Enum):
    """What is known after a push. Only re-reading the tip tells who won."""

    DONE = "done"
    MOVED = "moved"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Change:
    """One file that a commit changed; None: it was, or is, not there."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit of the branch, as history shows it.

    Attributes
    ----------
    author
        ``Name <mail>``.
    at
        The committer's time, UTC, ``2026-11-20T08:00:00Z``.
    changes
        Against the first parent; empty where that is not there (a shallow clone).
    """

    commit: str
    tree: str
    parents: tuple[str, ...]
    author: str
    at: str
    message: str
    changes: tuple[Change, ...]


class LedgerStore(Protocol):
    """The branch ``cm/<campaign>``: immutable files, added by compare-and-swap.

    No method touches a working tree, an index, or another branch.
    """

    def tip(self) -> Tip | None:
        """Ask for the tip now; None: there is no such branch.

        Raises
        ------
        UnreachableError
            When the remote can't be asked.
        HistoryError
            When the branch was deleted, or is not a continuation of the tip last seen.
        """

    def known(self) -> Tip | None:
        """Return the tip last seen, without asking; None: none was ever seen."""

    def shards(self, tip: Tip) -> Mapping[str, str]:
        """Return the ids of the trees that hold events, or approvals, by path.

        The paths are ``runs/<step>/<shard>``, ``groups/<step>/<shard>``, ``steps/<step>`` and ``approvals``.
        Of two tips, a shard with the same id holds the same files.
        """

    def files(self, tip: Tip, below: Iterable[str] | None = None) -> Mapping[str, str]:
        """Return the ids of files by path, of the whole tree, or below some directories, or at some paths."""

    def read(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes of files by id.

        Raises
        ------
        LedgerError
            When one is not there.
        """

    def commit(self, base: Tip | None, files: Mapping[str, bytes], message: str) -> Commit:
        """Make a commit on ``base`` that adds or replaces files; nothing is pushed.

        Twice the same call makes two commits.
        """

    def push(self, commit: Commit) -> Push:
        """Swap the tip from the commit's base to the commit; any other tip is left alone.

        Raises
        ------
        UnreachableError
            When it is certain that the remote was not reached.
        RefusedError
            When the remote refuses it for another reason than a moved tip.
        """

    def made_at(self, tip: Tip) -> str:
        """Return when the commit of a tip was made, as `Entry` has it."""

    def history(self, tip: Tip) -> Iterator[Entry]:
        """Return the commits that led to a tip, newest first; at a shallow clone's end they stop."""

    def complete(self, tip: Tip) -> bool:
        """Tell whether the whole history is there."""
