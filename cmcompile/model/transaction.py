"""What is asked of the ledger in one transaction, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from cmcompile.model.event import Draft, Event, Subject, Unreadable
from cmcompile.model.ledger import Tip
from cmcompile.model.states import LedgerState


@dataclass(frozen=True, slots=True)
class Proposal:
    """Events, and files beside them, that are to land in one commit.

    Attributes
    ----------
    files
        Bytes by path of the branch. A file that is there already stays: other bytes for it are an error, but
        for ``README.md``, ``status.json`` and ``history.csv``, which are replaced.
    message
        Of the commit.
    """

    drafts: tuple[Draft, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing is to be recorded.

    Attributes
    ----------
    exit
        The exit code that suits the reason.
    """

    reason: str
    exit: int = 0


@dataclass(frozen=True, slots=True)
class Landed:
    """The events are on the branch.

    Attributes
    ----------
    tip
        On which they were seen; others may have written since.
    tries
        How many pushes it took.
    """

    tip: Tip
    events: tuple[Event, ...]
    tries: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """On the last tip there was nothing to record.

    Attributes
    ----------
    overruled
        Own events that landed in an earlier try of the same transaction, but whose claim someone else has
        ended or put to review.
    by
        The events that did.
    """

    stop: Stop
    overruled: tuple[Event, ...] = ()
    by: tuple[Event | Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """Every race was lost. Nothing is recorded, and nothing will be: safe to run again (exit 7)."""

    tries: int


@dataclass(frozen=True, slots=True)
class Unsure:
    """The remote did not answer: nobody knows whether the events landed, or will (exit 6).

    Attributes
    ----------
    drafts
        The events of which it is not known. Their ids tell, once the branch can be read.
    """

    drafts: tuple[Draft, ...]
    tries: int
    why: str


@dataclass(frozen=True, slots=True)
class Spooled:
    """The remote can't be reached: the facts are kept, and are sent before anything else next time.

    Attributes
    ----------
    path
        The file that keeps them.
    """

    path: Path
    why: str


Decided: TypeAlias = Landed | Stopped | Lost | Unsure
Recorded: TypeAlias = Landed | Stopped | Spooled


class Sight(Protocol):
    """What the ledger says at a tip."""

    @property
    def tip(self) -> Tip | None:
        """The tip; None: there is no ledger yet."""

    @property
    def state(self) -> LedgerState:
        """Where groups and workflows stand."""


#: Says what is to be recorded on a tip, or that nothing is.
Judge: TypeAlias = Callable[[Sight], Proposal | Stop]


class Book(Protocol):
    """The ledger of one campaign, as it is read and written."""

    def look(self) -> Sight:
        """Ask for the tip, and return what it says.

        Raises
        ------
        UnreachableError, HistoryError
            As `cmcompile.model.ledger.LedgerStore.tip`.
        LedgerError
            When there is no ledger yet.
        """

    def seen(self) -> Sight:
        """Return what it said when it was asked last, by this book; it is asked where that is not known.

        For those who only read, or whose proposal is judged on a newer tip anyway: to ask a remote takes
        longer than all else in a pass with nothing new. Raises as `look`.
        """

    def at(self, tip: Tip) -> Sight | None:
        """Return what the ledger said at an earlier tip; None: this clone does not have it."""

    def file(self, sight: Sight, path: str) -> bytes | None:
        """Return the bytes of a file of the branch as it was looked at; None: it is not there.

        Raises
        ------
        LedgerError
            When it can't be read.
        """

    def directory(self, subject: Subject) -> str:
        """Return the directory of the branch where the files of a workflow stand."""

    def decide(self, judge: Judge) -> Decided:
        """Record what is judged right on the very tip that it is appended to.

        Raises
        ------
        UnreachableError
            When the remote can't be reached, and it is certain that nothing was recorded.
        LedgerError
            As `look`; also where the remote refuses, or the proposal is a mistake.
        """

    def record(self, facts: Proposal | Judge) -> Recorded:
        """Record facts, which land on any tip; they are kept on disk while the remote is down.

        Raises
        ------
        UnreachableError
            When the remote can't be reached and the facts could not be kept on disk; they were told.
        LedgerError
            As `decide`; the facts stay on disk.
        """
