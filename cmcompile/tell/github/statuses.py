"""Verdicts on a commit. GitHub keeps all, and shows the newest of each context."""

from __future__ import annotations

from cmcompile.model.forge import Done, Status
from cmcompile.tell.api import Api
from cmcompile.tell.shape import rows, text

#: GitHub takes no longer description.
_MOST = 140


class Statuses:
    """The verdicts on commits of a repository."""

    def __init__(self, api: Api, repos: str) -> None:
        self._api, self._repos = api, repos

    def place(self, commit: str, statuses: tuple[Status, ...]) -> tuple[Done, ...]:
        """Have these verdicts on a commit; says for each what was done.

        To send one again is harmless: it says the same.
        """
        if not statuses:
            return ()
        there = self._newest(commit)
        return tuple(self._one(commit, _cut(status), there) for status in statuses)

    def _one(self, commit: str, status: Status, there: dict[str, Status]) -> Done:
        if there.get(status.context) == status:
            return "same"
        body = {"state": status.state, "context": status.context, "description": status.description}
        if status.url:
            body["target_url"] = status.url
        self._api.repeat(f"{self._repos}/statuses/{commit}", body)
        return "updated" if status.context in there else "made"

    def _newest(self, commit: str) -> dict[str, Status]:
        found: dict[str, Status] = {}
        for page in self._api.pages(f"{self._repos}/commits/{commit}/statuses"):
            for one in rows(page, "statuses"):  # the newest first
                context, state = text(one, "context"), text(one, "state")
                verdict = next((v for v in ("success", "failure", "error", "pending") if v == state), None)
                if verdict is not None:
                    said = text(one, "description"), text(one, "target_url")
                    found.setdefault(context, Status(context, verdict, *said))
        return found


def _cut(status: Status) -> Status:
    said = " ".join(status.description.split())
    short = said if len(said) <= _MOST else said[: _MOST - 1] + "…"
    return Status(status.context, status.state, short, status.url)
