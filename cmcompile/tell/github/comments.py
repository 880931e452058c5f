"""One comment of a pull request, found by its marker and its author, and changed in place."""

from __future__ import annotations

from cmcompile.model.forge import Comment, Placed
from cmcompile.model.ports import Clock
from cmcompile.tell.api import Api
from cmcompile.tell.errors import GoneError, RefusedError, UnknownError
from cmcompile.tell.github.settling import LOOKS
from cmcompile.tell.github.whoami import is_us
from cmcompile.tell.shape import number, rows, text

#: GitHub takes no comment of more characters.
MOST = 65_536
_TRIES = 2


class Comments:
    """The comments of pull requests.

    Parameters
    ----------
    login
        Whose comments are ours.
    """

    def __init__(self, api: Api, repos: str, login: str, clock: Clock) -> None:
        self._api, self._repos, self._login, self._clock = api, repos, login, clock

    def place(self, pull: int, marker: str, body: str) -> Placed:
        """Have one comment with this body.

        Where several of ours hold the marker, the oldest is changed and the others are left alone.

        Raises
        ------
        RefusedError
            When the body is too long, or lacks its marker.
        UnknownError
            When it was sent, and is not seen since.
        """
        if len(body) > MOST:
            raise RefusedError(f"the comment has {len(body):,} characters, and GitHub takes {MOST:,}")
        if marker not in body:
            raise RefusedError(f"the comment lacks its marker {marker}: it could never be found again")
        for _ in range(_TRIES):
            found = self.ours(pull, marker)
            if found:
                return self._update(found, body)
            try:
                made = self._api.post(f"{self._repos}/issues/{pull}/comments", {"body": body})
                return Placed("made", text(made or {}, "html_url"))
            except UnknownError as error:
                unknown = error
                if found := self._later(pull, marker):
                    return self._update(found, body, made=True)
        raise UnknownError(f"{unknown}; the comment is not seen since")

    def ours(self, pull: int, marker: str) -> list[Comment]:
        """Return our comments that hold a marker, the oldest first."""
        found = []
        for page in self._api.pages(f"{self._repos}/issues/{pull}/comments"):
            for one in rows(page, "comments"):
                body, author, kind = text(one, "body"), text(one, "user", "login"), text(one, "user", "type")
                if marker in body and is_us(author, kind, self._login):
                    found.append(Comment(number(one, "id"), author, body, text(one, "html_url")))
        return sorted(found, key=lambda comment: comment.id)

    def _later(self, pull: int, marker: str) -> list[Comment]:
        """Look for what was sent, until GitHub would have given it up."""
        for seconds in LOOKS:
            self._clock.sleep(seconds)
            if found := self.ours(pull, marker):
                return found
        return []

    def _update(self, found: list[Comment], body: str, *, made: bool = False) -> Placed:
        first, others = found[0], tuple(comment.url for comment in found[1:])
        if _same(first.body, body):
            return Placed("made" if made else "same", first.url, others)
        try:
            self._api.patch(f"{self._repos}/issues/comments/{first.id}", {"body": body})
        except GoneError:
            if others:
                return self._update(found[1:], body)
            raise
        return Placed("updated", first.url, others)


def _same(there: str, wanted: str) -> bool:
    """Compare as GitHub keeps it: line ends may differ, and blanks at the end."""
    return there.replace("\r\n", "\n").strip() == wanted.replace("\r\n", "\n").strip()
