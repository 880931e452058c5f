"""One Jira server: issues, their comments, their attachments, their links."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from cmcompile.model.ports import Clock
from cmcompile.tell.api import Api, Patience
from cmcompile.tell.errors import RefusedError, SilentError
from cmcompile.tell.shape import number, row, rows, text
from cmcompile.web.exchange import Exchange

_API = "/rest/api/2"
_PAGE = 100
_PAGES = 100
_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[1-9][0-9]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ID = re.compile(r"[0-9]+")


class Jira:
    """One server.

    Parameters
    ----------
    url
        Its address.
    user
        Whose token it is, where the server wants to know that (Jira Cloud); else empty.
    token
        Is sent, and never shown.
    """

    def __init__(
        self,
        url: str,
        user: str,
        token: str,
        clock: Clock,
        patience: Patience | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        both = base64.b64encode(f"{user}:{token}".encode()).decode()
        said = f"Basic {both}" if user else f"Bearer {token}"
        headers = {"Authorization": said, "Accept": "application/json"}
        self._api = Api(url + _API, "Jira", headers, (token, both), clock, patience, exchange)
        self._cloud: bool | None = None
        self._me = ""

    def found(self, project: str, label: str) -> list[str]:
        """Return the keys of the issues of a project that have a label, the oldest first."""
        path = "/search/jql" if self._is_cloud() else "/search"
        jql = f'project = "{project}" AND labels = "{label}" ORDER BY created ASC'
        answer = row(self._api.get(path, jql=jql, fields="labels", maxResults=_PAGE), "issues")
        return [
            _key(text(issue, "key"))
            for issue in rows(answer.get("issues"), "issues")
            if label in row(issue.get("fields"), "fields").get("labels", [])
        ]

    def make(self, project: str, kind: str, summary: str, description: str, label: str) -> str:
        """Make an issue, and return its key; raises as `Api.post`."""
        fields = {
            "project": {"key": project},
            "issuetype": {"name": kind},
            "summary": summary,
            "description": description,
            "labels": ["cmcompile", label],
        }
        return _key(text(row(self._api.post("/issue", {"fields": fields}), "an issue"), "key"))

    def fields(self, key: str, *names: str) -> Mapping[str, Any]:
        """Return fields of an issue."""
        found = row(self._api.get(f"/issue/{_key(key)}", fields=",".join(names)), "an issue")
        return row(found.get("fields"), "fields")

    def comments(self, key: str) -> Iterator[tuple[str, str]]:
        """Yield id and text of our comments, to the end of the list."""
        at = 0
        for _ in range(_PAGES):
            found = row(
                self._api.get(f"/issue/{_key(key)}/comment", startAt=at, maxResults=_PAGE), "comments"
            )
            page = rows(found.get("comments"), "comments")
            for one in page:
                if self.ours(one.get("author")):
                    yield text(one, "id"), text(one, "body")
            at += len(page)
            if not page or at >= number(found, "total"):
                return
        raise SilentError(f"Jira lists more than {_PAGES * _PAGE:,} comments of {key}")

    def add_comment(self, key: str, body: str) -> None:
        """Add a comment; raises as `Api.post`."""
        self._api.post(f"/issue/{_key(key)}/comment", {"body": body})

    def change_comment(self, key: str, id_: str, body: str) -> None:
        """Give a comment another text."""
        self._api.put(f"/issue/{_key(key)}/comment/{_id(id_)}", {"body": body})

    def attach(self, key: str, name: str, data: bytes) -> None:
        """Attach a file; raises as `Api.post`."""
        if not _NAME.fullmatch(name):
            raise RefusedError(f"{name!r} can't be the name of an attachment")
        border = secrets.token_hex(16)
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{border}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={border}",
            # Without it Jira takes the request for one that a page of a stranger made a browser send.
            "X-Atlassian-Token": "no-check",
        }
        self._api.post_bytes(f"/issue/{_key(key)}/attachments", body, headers)

    def detach(self, id_: str) -> None:
        """Remove an attachment."""
        self._api.delete(f"/attachment/{_id(id_)}")

    def link(self, key: str, other: str) -> None:
        """Let two issues relate; to do so twice does no harm."""
        body = {"type": {"name": "Relates"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": other}}
        self._api.repeat("/issueLink", body)

    def ours(self, author: object) -> bool:
        """Tell whether somebody is the owner of the token."""
        if not self._me:
            self._me = _who(row(self._api.get("/myself"), "an account"))
        return isinstance(author, dict) and _who(author) == self._me

    def _is_cloud(self) -> bool:
        if self._cloud is None:
            found = row(self._api.get("/serverInfo"), "a server")
            self._cloud = text(found, "deploymentType") == "Cloud"
        return self._cloud


def _who(account: Mapping[str, Any]) -> str:
    """Return what names an account for ever: Cloud has account ids, Data Center keys."""
    named = text(account, "accountId") or text(account, "key") or text(account, "name")
    if not named:
        raise SilentError("Jira does not say whose a comment is")
    return named


def _key(key: str) -> str:
    """Return the key of an issue; it becomes a part of an address."""
    if not _KEY.fullmatch(key):
        raise RefusedError(f"{key[:40]!r} is no key of an issue of Jira, such as DM-50001")
    return key


def _id(id_: str) -> str:
    if not _ID.fullmatch(id_):
        raise SilentError("Jira answers with an id that is no number")
    return id_
