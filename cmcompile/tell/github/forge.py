"""A repository of GitHub as `cmcompile.model.forge.Forge`."""

from __future__ import annotations

import re

from cmcompile.model.forge import ChangedFile, Done, Placed, PullRequest, Review, Status
from cmcompile.model.ports import Clock
from cmcompile.tell.api import Api, Patience
from cmcompile.tell.errors import RefusedError
from cmcompile.tell.github.comments import Comments
from cmcompile.tell.github.pulls import Pulls
from cmcompile.tell.github.sarif import upload
from cmcompile.tell.github.statuses import Statuses
from cmcompile.tell.github.whoami import graphql, us
from cmcompile.web.exchange import Exchange

#: Where GitHub itself is.
API = "https://api.github.com"
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class GitHub:
    """One repository.

    Parameters
    ----------
    base
        The address of the interface, such as ``https://api.github.com`` or ``https://host/api/v3``.
    repository
        ``owner/name``.
    token
        Is sent, and never shown.
    login
        Who the token belongs to; empty: GitHub is asked.
    """

    def __init__(
        self,
        base: str,
        repository: str,
        token: str,
        clock: Clock,
        login: str = "",
        patience: Patience | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        if not _REPOSITORY.fullmatch(repository):
            raise RefusedError("the repository must be named as owner/name")
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Authorization": f"Bearer {token}",
        }
        self._api = Api(base, "GitHub", headers, (token,), clock, patience, exchange)
        self._graph = Api(graphql(base), "GitHub", headers, (token,), clock, patience, exchange)
        self._login, self._clock = login, clock
        self._repos = f"/repos/{repository}"
        self._pulls = Pulls(self._api, self._repos, clock)

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request."""
        return self._pulls.one(number)

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        """Return the pull requests that brought a commit, or hold it."""
        return self._pulls.of_commit(_commit(commit))

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Return all reviews of a pull request, the oldest first."""
        return self._pulls.reviews(number)

    def changed_files(self, number: int) -> tuple[ChangedFile, ...]:
        """Return what a pull request changes."""
        return self._pulls.files(number)

    def place_comment(self, number: int, marker: str, body: str) -> Placed:
        """Have one comment of ours that holds a marker, with this body."""
        self._login = self._login or us(self._api, self._graph)
        return Comments(self._api, self._repos, self._login, self._clock).place(number, marker, body)

    def place_statuses(self, commit: str, statuses: tuple[Status, ...]) -> tuple[Done, ...]:
        """Have these verdicts on a commit; says for each what was done."""
        return Statuses(self._api, self._repos).place(_commit(commit), statuses)

    def propose(self, branch: str, into: str, title: str, body: str) -> tuple[PullRequest, Done]:
        """Have one open pull request for a branch that is there already."""
        return self._pulls.propose(branch, into, title, body)

    def proposals(self, branch: str, into: str) -> tuple[PullRequest, ...]:
        """Return all pull requests of a branch of this repository, also those that are over; newest first."""
        return self._pulls.of_branch(branch, into)

    def upload_sarif(self, commit: str, ref: str, document: bytes) -> str:
        """Hand in findings; returns why GitHub takes none, or empty."""
        return upload(self._api, self._repos, _commit(commit), ref, document, self._clock.now())


def _commit(text: str) -> str:
    """Return the id of a commit; it becomes a part of an address."""
    if not _COMMIT.fullmatch(text):
        raise RefusedError("a commit is named by its whole id")
    return text
