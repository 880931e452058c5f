"""What `verify` is given and passes around: compiled groups, and when each file was added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from cmcompile.model.approval import Rule
from cmcompile.model.diagnostic import Diagnostic
from cmcompile.model.event import Claimed, Event, Member, SpecRef, Subject, Unreadable
from cmcompile.model.group import Part
from cmcompile.model.ids import Id
from cmcompile.model.ledger import Entry
from cmcompile.model.states import LedgerState


@dataclass(frozen=True, slots=True)
class Expected:
    """A group as its spec compiles to it.

    Attributes
    ----------
    definition
        The definition digest.
    file
        The path of the submit file in the compiled output.
    output
        ``payload.output``; empty, or with ``{`` in it, where it is not known before submission.
    files
        Gives the as-run files, by path in the directory of the workflow, from ``output_run``,
        ``submit_path`` and ``builds_on`` of the claim; raises ValueError where there can't be such files.
    parts, excluded, covers
        As of the group.
    ids_of
        Gives the ids of a member of a claim that was made from this spec.
    """

    definition: str
    file: str
    output: str
    files: Callable[[str, str, tuple[str, ...]], Mapping[str, bytes]]
    parts: tuple[Part, ...]
    excluded: Mapping[str, tuple[Id, ...]]
    covers: tuple[str, ...]
    ids_of: Callable[[Member], tuple[Id, ...]]


class Lack(Enum):
    """Why a spec could not be compiled."""

    NO_COMMIT = "no commit"
    NO_SPEC = "no spec"


@dataclass(frozen=True, slots=True)
class NotMade:
    """A spec that could not be compiled; ``why`` is one sentence without a full stop."""

    lack: Lack
    why: str


@dataclass(frozen=True, slots=True)
class Made:
    """A spec that was compiled.

    Attributes
    ----------
    groups
        By step and id.
    doubts
        Steps in which the ids of groups that had been sent before are not sure, with why: others of the step
        may be cut in another way than then. What fits all the same is right; what differs says nothing.
    findings
        What is wrong with the claims of groups that had been sent before.
    asked
        By step: what must be approved before it is submitted.
    """

    groups: Mapping[tuple[str, str], Expected]
    doubts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Diagnostic, ...] = ()
    asked: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)


#: Compiles a spec with the groups that were sent before, as the state at that moment has them.
CompileAt: TypeAlias = Callable[[SpecRef, LedgerState], Made | NotMade]
#: Told the name of a stage, how much of it is done, and how much it is in all (0: not known).
Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Origins:
    """Which commit added which file.

    Attributes
    ----------
    entries
        The commits that are there, oldest first.
    added
        The place in ``entries`` of the commit that added a file.
    complete
        Whether the first of ``entries`` is the first of the ledger.
    """

    entries: tuple[Entry, ...]
    added: Mapping[str, int]
    complete: bool

    def of(self, path: str) -> str:
        """Return words for the commit that added a file."""
        at = self.added.get(path)
        return "a commit that is not there" if at is None else in_words(self.entries[at])

    def between(self, first: str, last: str) -> dict[str, str] | None:
        """Return the ids of files as they were added from the commit of one file to that of another.

        None where these commits are not there.
        """
        start, end = self.added.get(first), self.added.get(last)
        if start is None or end is None:
            return None
        found: dict[str, str] = {}
        for entry in self.entries[start : end + 1]:
            for change in entry.changes:
                if change.before is None and change.after is not None:
                    found.setdefault(change.path, change.after)
        return found


def in_words(entry: Entry) -> str:
    """Return words for a commit: its id, so that it can be looked up, and who made it when."""
    return f"commit {entry.commit[:12]} ({entry.author}, {entry.at})"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event, the path of its file, and a key that sorts by the order of recording.

    Events of one commit have equal keys.
    """

    path: str
    event: Event
    key: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Content:
    """The files of a tip.

    Attributes
    ----------
    events
        By subject, in the order of their numbers.
    unreadable
        Files that should be events.
    as_run
        By workflow: the ids of other files of its directory, by path in it.
    files
        The ids of all files, by path.
    kept
        By workflow: the ids of files that events name, by path in its directory.
    """

    events: Mapping[Subject, tuple[Recorded, ...]]
    unreadable: tuple[Unreadable, ...]
    as_run: Mapping[Subject, Mapping[str, str]]
    files: Mapping[str, str]
    kept: Mapping[Subject, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that was passed: its path, and the digest that it records of the files handed to BPS.

    Attributes
    ----------
    restart
        Whether it is that of a restart, which hands BPS no files: the run has them.
    """

    path: str
    digest: str
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """The claim of a workflow, and what is needed to compare its files.

    Attributes
    ----------
    directory
        Of the workflow.
    gated
        Whether its files must be there: it was prepared, or passed its gate.
    gates
        The gates that it passed, in order.
    """

    subject: Subject
    directory: str
    path: str
    claim_id: str
    claim: Claimed
    key: tuple[int, str]
    gated: bool
    files: Mapping[str, str] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
