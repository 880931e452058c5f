"""The folder of a report as jobs hand it on: what is in it may be a stranger's.

Beside what `cmcompile review -o` writes it has ``pull.json``, which says of which pull request it is. A job
with rights takes that as a question only: the forge must confirm it.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmcompile.model.errors import CmcompileError

REVIEW, PULL = "review.json", "pull.json"
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
#: Ours are far smaller; a page of more than 1 MiB is refused by GitHub anyway.
_LONGEST = 32 << 20
#: No pull request of any forge has a number of more digits.
_LARGEST = 10**9


class ReportError(CmcompileError):
    """A report is not what `cmcompile ci review` writes; nothing of it was told."""


@dataclass(frozen=True, slots=True)
class Of:
    """Which pull request a report says that it is of; None: of none."""

    pull: int | None


def mark(folder: Path, of: Of) -> None:
    """Write down which pull request a report is of."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PULL).write_text(json.dumps({"pull": of.pull}) + "\n", encoding="utf-8")


def marked(folder: Path) -> Of:
    """Return which pull request a report says that it is of.

    Raises
    ------
    ReportError
        When it says it in another way than `mark`.
    """
    found = _object(folder, PULL)
    pull = found.get("pull")
    if pull is None:
        return Of(None)
    if isinstance(pull, bool) or not isinstance(pull, int) or not 0 < pull < _LARGEST:
        raise ReportError(f"{PULL} of the report names no pull request; nothing was told")
    return Of(pull)


def head_of(folder: Path) -> str:
    """Return the commit that a report is about, where the report is as its schema says.

    Raises
    ------
    ReportError
        When it is not.
    """
    import jsonschema

    from cmcompile.spec.schema import schema

    found = _object(folder, REVIEW)
    wrong = next(jsonschema.Draft202012Validator(schema("review")).iter_errors(found), None)
    if wrong is not None:
        raise ReportError(
            f"{REVIEW} is not as its schema says, at {wrong.json_path[:200]}; nothing was told: "
            "let the review run again"
        )
    return str(found["head"])


def part(folder: Path, name: str) -> str:
    """Return the text of a part of a report that we have just made; empty where it has none."""
    try:
        file = _object(folder, REVIEW).get(name)
        if not isinstance(file, str) or not _FILE.fullmatch(file):
            return ""
        return _bytes(folder, file).decode("utf-8", "replace")
    except ReportError:
        return ""


def _object(folder: Path, name: str) -> Mapping[str, object]:
    try:
        found = json.loads(_bytes(folder, name))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ReportError(f"{name} of the report holds no JSON object; nothing was told")
    return found


def _bytes(folder: Path, name: str) -> bytes:
    """Return the bytes of a plain file of the folder: a link might lead to any file of this machine."""
    path = folder / name
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ReportError(f"{name} of the report is no plain file; nothing was told")
        with path.open("rb") as stream:
            data = stream.read(_LONGEST + 1)
    except OSError as error:
        raise ReportError(f"{path} can't be read: {error.strerror or error}; nothing was told") from None
    if len(data) > _LONGEST:
        raise ReportError(f"{name} of the report has more than {_LONGEST:,} bytes; nothing was told")
    return data
