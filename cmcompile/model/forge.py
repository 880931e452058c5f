"""What is asked of a forge, the server where pull requests are: GitHub, for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

#: Of a commit status; the words are GitHub's.
Verdict: TypeAlias = Literal["success", "failure", "error", "pending"]
VERDICTS: tuple[Verdict, ...] = ("success", "failure", "error", "pending")
#: What was done: ``same`` where there was nothing to do.
Done: TypeAlias = Literal["made", "updated", "same"]


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request.

    Attributes
    ----------
    author
        The login.
    head, base
        Commits: the newest of its branch, and that of the branch it goes into.
    branch, into
        Names of both branches.
    merged
        The commit that it was merged as; empty: it is not merged.
    open
        Whether it can still be merged.
    foreign
        Whether its branch is in another repository.
    """

    number: int
    url: str
    title: str
    author: str
    head: str
    base: str
    branch: str
    into: str
    merged: str = ""
    open: bool = True
    draft: bool = False
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """A review of a pull request.

    Attributes
    ----------
    verdict
        ``approved``, ``changes_requested``, ``commented``, ``dismissed`` or ``pending``.
    commit
        The head that was looked at; or empty.
    at
        UTC, ``2026-11-20T08:00:00Z``; or empty.
    standing
        What the forge says of the reviewer's part in the repository, such as ``MEMBER``.
    """

    author: str
    verdict: str
    commit: str = ""
    at: str = ""
    standing: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """A verdict on a commit.

    Attributes
    ----------
    context
        Its name: required checks are chosen by it, so it never changes.
    """

    context: str
    state: Verdict
    description: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that a pull request changes.

    Attributes
    ----------
    kind
        ``added``, ``removed``, ``modified`` or ``renamed``; others as the forge says.
    former
        Its path before, where it was renamed.
    """

    path: str
    kind: str
    former: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request."""

    id: int
    author: str
    body: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of something that was to stand at one place.

    Attributes
    ----------
    others
        Addresses of further ones with the same marker: they are left alone.
    """

    done: Done
    url: str = ""
    others: tuple[str, ...] = ()


class Forge(Protocol):
    """One repository of a forge.

    Every operation may be repeated: what is there already is found, and changed or left.

    Raises
    ------
    CmcompileError
        By all of them: refused, not there, not allowed, no answer, or nobody knows whether it was done. A
        list that can't be read to its end is an error, never a short list.
    """

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request."""

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        """Return the pull requests that brought a commit, or hold it."""

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Return all reviews of a pull request, the oldest first: who approved which commit."""

    def changed_files(self, number: int) -> tuple[ChangedFile, ...]:
        """Return what a pull request changes."""

    def place_comment(self, number: int, marker: str, body: str) -> Placed:
        """Have one comment of ours that holds a marker, with this body."""

    def place_statuses(self, commit: str, statuses: tuple[Status, ...]) -> tuple[Done, ...]:
        """Have these verdicts on a commit; says for each what was done."""

    def propose(self, branch: str, into: str, title: str, body: str) -> tuple[PullRequest, Done]:
        """Have one open pull request for a branch that is there already."""

    def proposals(self, branch: str, into: str) -> tuple[PullRequest, ...]:
        """Return all pull requests of a branch of this repository, also those that are over; newest first."""

    def upload_sarif(self, commit: str, ref: str, document: bytes) -> str:
        """Hand in findings; returns why the forge takes none, or empty."""
