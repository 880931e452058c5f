"""Keeps one issue up to date: our comment with its token, and what is attached."""

from __future__ import annotations

from hashlib import sha256

from cmcompile.model.forge import Done
from cmcompile.model.issue import IssueReport
from cmcompile.tell.errors import GoneError, UnknownError
from cmcompile.tell.jira.client import Jira
from cmcompile.tell.shape import rows, text


def keep(jira: Jira, key: str, report: IssueReport) -> Done:
    """Have our comment say what a report says, and its files attached.

    The comment names a digest of all of it and is written last: where it is there, all is there.

    Raises
    ------
    UnknownError
        When nobody knows whether something was added; the next call looks first.
    """
    body = f"{report.body.rstrip()}\n\n{report.token} {_digest(report)}\n"
    there = _comment(jira, key, report.token)
    if there is not None and _last(there[1]) == _last(body):
        return "same"
    for name, data in report.files.items():
        _attach(jira, key, name, data)
    if there is not None:
        try:
            jira.change_comment(key, there[0], body)
            return "updated"
        except GoneError:
            if _comment(jira, key, report.token) is not None:
                raise
    try:
        jira.add_comment(key, body)
    except UnknownError:
        if _comment(jira, key, report.token) is None:
            raise
    return "made"


def _digest(report: IssueReport) -> str:
    found = sha256(report.body.encode("utf-8", "replace"))
    for name, data in report.files.items():
        found.update(f"\n{name} {sha256(data).hexdigest()}".encode())
    return found.hexdigest()[:12]


def _comment(jira: Jira, key: str, token: str) -> tuple[str, str] | None:
    """Return id and text of our oldest comment with a token."""
    found = [one for one in jira.comments(key) if _has(one[1], token)]
    return min(found, key=lambda one: int(one[0]), default=None)


def _has(body: str, token: str) -> bool:
    """Tell whether the last line of a text begins with a token: what is quoted above may hold it too."""
    return _last(body).startswith(f"{token} ")


def _last(body: str) -> str:
    """Return the last line; Jira Cloud may escape what stands in it when it gives the text back."""
    return body.strip().rpartition("\n")[2].strip().replace("\\", "")


def _attach(jira: Jira, key: str, name: str, data: bytes) -> None:
    """Attach a file, and only then remove our former ones of that name."""
    former = set(_attached(jira, key, name))
    try:
        jira.attach(key, name, data)
    except UnknownError:
        if set(_attached(jira, key, name)) <= former:
            raise
    for id_ in former & set(_attached(jira, key, name)):
        jira.detach(id_)


def _attached(jira: Jira, key: str, name: str) -> list[str]:
    found = rows(jira.fields(key, "attachment").get("attachment") or [], "attachments")
    return [
        text(one, "id") for one in found if text(one, "filename") == name and jira.ours(one.get("author"))
    ]
