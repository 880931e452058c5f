"""Pull requests of a repository: read, opened, changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmcompile.model.forge import ChangedFile, Done, PullRequest, Review
from cmcompile.model.ports import Clock
from cmcompile.tell.api import Api
from cmcompile.tell.errors import RefusedError, SilentError, UnknownError
from cmcompile.tell.github.settling import LOOKS
from cmcompile.tell.shape import number, row, rows, text

#: GitHub lists no more files of a pull request.
_FILES = 3000


class Pulls:
    """The pull requests of a repository."""

    def __init__(self, api: Api, repos: str, clock: Clock) -> None:
        self._api, self._repos, self._clock = api, repos, clock

    def one(self, pull: int) -> PullRequest:
        """Return a pull request."""
        return _pull(row(self._api.get(f"{self._repos}/pulls/{pull}"), "a pull request"))

    def of_commit(self, commit: str) -> tuple[PullRequest, ...]:
        """Return the pull requests that brought a commit, or hold it."""
        return tuple(
            _pull(one)
            for page in self._api.pages(f"{self._repos}/commits/{commit}/pulls")
            for one in rows(page, "pull requests")
        )

    def reviews(self, pull: int) -> tuple[Review, ...]:
        """Return all reviews of a pull request, the oldest first."""
        found = [
            Review(
                text(one, "user", "login"),
                text(one, "state").lower(),
                text(one, "commit_id"),
                text(one, "submitted_at"),
                text(one, "author_association"),
            )
            for page in self._api.pages(f"{self._repos}/pulls/{pull}/reviews")
            for one in rows(page, "reviews")
        ]
        return tuple(sorted(found, key=lambda review: review.at))

    def files(self, pull: int) -> tuple[ChangedFile, ...]:
        """Return what a pull request changes.

        Raises
        ------
        SilentError
            When it changes more files than GitHub lists.
        """
        found = [
            ChangedFile(text(one, "filename"), text(one, "status"), text(one, "previous_filename"))
            for page in self._api.pages(f"{self._repos}/pulls/{pull}/files")
            for one in rows(page, "files")
        ]
        if len(found) >= _FILES:
            raise SilentError(f"GitHub lists {_FILES:,} files of a pull request at most: there may be more")
        return tuple(found)

    def propose(self, branch: str, into: str, title: str, body: str) -> tuple[PullRequest, Done]:
        """Have one open pull request for a branch of this repository, with this title and body."""
        there = self._open(branch, into)
        if there is not None:
            return self._updated(there, title, body)
        wanted = {"head": branch, "base": into, "title": title, "body": body}
        try:
            made = self._api.post(f"{self._repos}/pulls", wanted)
            return _pull(row(made, "a pull request")), "made"
        except (UnknownError, RefusedError) as error:
            # GitHub refuses a second one of the same branch (422): somebody else was faster.
            found = self._later(branch, into, error)
            if found is None:
                raise
            return self._updated(found, title, body)[0], "made"

    def of_branch(self, branch: str, into: str) -> tuple[PullRequest, ...]:
        """Return all pull requests of a branch of this repository, also those that are over; newest first."""
        found = (_pull(one) for one in self._all(branch, into, "all"))
        return tuple(sorted(found, key=lambda pull: pull.number, reverse=True))

    def _open(self, branch: str, into: str) -> Mapping[str, Any] | None:
        return next(self._all(branch, into, "open"), None)

    def _all(self, branch: str, into: str, state: str) -> Iterator[Mapping[str, Any]]:
        owner = self._repos.split("/")[2]
        query = {"state": state, "head": f"{owner}:{branch}", "base": into}
        for page in self._api.pages(f"{self._repos}/pulls", **query):
            for one in rows(page, "pull requests"):
                if text(one, "head", "ref") == branch and text(one, "base", "ref") == into:
                    yield one

    def _later(self, branch: str, into: str, error: Exception) -> Mapping[str, Any] | None:
        looks = LOOKS if isinstance(error, UnknownError) else (0.0,)
        for seconds in looks:
            self._clock.sleep(seconds)
            if (found := self._open(branch, into)) is not None:
                return found
        return None

    def _updated(self, there: Mapping[str, Any], title: str, body: str) -> tuple[PullRequest, Done]:
        if text(there, "title") == title and text(there, "body").replace("\r\n", "\n") == body:
            return _pull(there), "same"
        path = f"{self._repos}/pulls/{number(there, 'number')}"
        return _pull(row(self._api.patch(path, {"title": title, "body": body}), "a pull request")), "updated"


def _pull(found: Mapping[str, Any]) -> PullRequest:
    merged = text(found, "merged_at")
    return PullRequest(
        number=number(found, "number"),
        url=text(found, "html_url"),
        title=text(found, "title"),
        author=text(found, "user", "login"),
        head=text(found, "head", "sha"),
        base=text(found, "base", "sha"),
        branch=text(found, "head", "ref"),
        into=text(found, "base", "ref"),
        merged=text(found, "merge_commit_sha") if merged else "",
        open=text(found, "state") == "open",
        draft=found.get("draft") is True,
        foreign=text(found, "head", "repo", "full_name") != text(found, "base", "repo", "full_name"),
    )
