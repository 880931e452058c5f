"""What `cmcompile review` wrote into a folder, read for posting.

The folder may come from a stranger's pull request.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmcompile.model.forge import VERDICTS, Status
from cmcompile.tell.errors import RefusedError

FILE = "review.json"
#: Verdicts of no other name are posted: a report can't pass itself off as another check.
PREFIX = "cm/"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_CONTEXT = re.compile(r"cm/[A-Za-z0-9._/-]{1,100}")
_MOST = 64 << 20


@dataclass(frozen=True, slots=True)
class Posting:
    """What is to be posted.

    Attributes
    ----------
    head
        The commit that the report is about.
    comment
        Its text.
    sarif
        The findings; None where none were written.
    """

    head: str
    statuses: tuple[Status, ...]
    comment: str
    sarif: bytes | None = None


def read_posting(folder: Path, url: str = "") -> Posting:
    """Read what `cmcompile review -o FOLDER` wrote.

    Parameters
    ----------
    url
        Where the verdicts lead, such as the page of the job; or empty.

    Raises
    ------
    RefusedError
        When it is not there, or is not as written by `cmcompile review`.
    """
    found = _document(_bytes(folder, FILE))
    head = found.get("head")
    if not isinstance(head, str) or not _COMMIT.fullmatch(head):
        raise RefusedError(f"{FILE} names no commit as `head`: review a commit, not a working tree (--head)")
    try:
        comment = _bytes(folder, _file(found, "comment")).decode()
    except UnicodeDecodeError:
        raise RefusedError(f"the comment that {FILE} names is not UTF-8") from None
    sarif = _bytes(folder, _file(found, "sarif")) if found.get("sarif") else None
    return Posting(head, tuple(_statuses(found.get("statuses"), url)), comment, sarif)


def _document(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise RefusedError(f"{FILE} is no JSON: write it anew with `cmcompile review -o DIR`") from None
    if not isinstance(found, dict) or found.get("cmcompile") != 1:
        raise RefusedError(f"{FILE} is not of version 1: write it anew with this cmcompile")
    return found


def _file(found: Mapping[str, Any], key: str) -> str:
    name = found.get(key)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RefusedError(f"{FILE} names no file of its folder as `{key}`")
    return name


def _bytes(folder: Path, name: str) -> bytes:
    """Return the bytes of a file of the folder; a link might lead to anything of this machine."""
    path = folder / name
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise RefusedError(f"{path} is no plain file")
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except FileNotFoundError:
        raise RefusedError(f"{path} is not there: write it with `cmcompile review -o {folder}`") from None
    except OSError as error:
        raise RefusedError(f"{path} can't be read: {error.strerror}") from None
    if len(data) > _MOST:
        raise RefusedError(f"{path} is larger than {_MOST:,} bytes")
    return data


def _statuses(value: object, url: str) -> list[Status]:
    if not isinstance(value, list):
        raise RefusedError(f"{FILE} has no list of `statuses`")
    found = [_status(item, url) for item in value]
    if len({s.context for s in found}) != len(found):
        raise RefusedError(f"{FILE} has two `statuses` of one context")
    return found


def _status(value: object, url: str) -> Status:
    item = value if isinstance(value, dict) else {}
    context, state, said = item.get("context"), item.get("state"), item.get("description", "")
    verdict = next((v for v in VERDICTS if v == state), None)
    if not isinstance(context, str) or not _CONTEXT.fullmatch(context):
        raise RefusedError(f"{FILE} has a status whose context does not begin with {PREFIX}")
    if verdict is None or not isinstance(said, str):
        raise RefusedError(f"{FILE}: the status {context} must have a state of {', '.join(VERDICTS)}")
    return Status(context, verdict, said, url)
