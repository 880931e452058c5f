"""Names that a store may be given: campaigns and paths of files."""

from __future__ import annotations

import re

from cmcompile.model.ledger import LedgerError

PREFIX = "cm/"
_CAMPAIGN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_MAX_NAME = 100
_FOREIGN = re.compile(r"[\x00-\x1f\x7f\\]")


def branch(campaign: str) -> str:
    """Return the name of a campaign's ledger branch, ``cm/<campaign>``.

    Raises
    ------
    LedgerError
        When no branch can have that name.
    """
    if not _CAMPAIGN.fullmatch(campaign) or len(campaign) > _MAX_NAME or campaign.endswith(".lock"):
        raise LedgerError(f"{campaign!r} can't be the name of a ledger branch: it is no name of a campaign")
    return PREFIX + campaign


def check_paths(paths: list[str]) -> None:
    """Refuse paths that are no plain files below the top of the branch.

    Raises
    ------
    LedgerError
        For an empty or absolute path, ``.``, ``..``, ``.git``, or a control character; and when one path is a
        directory of another.
    """
    known = set(paths)
    for path in paths:
        parts = path.split("/")
        odd = any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
        if odd or _FOREIGN.search(path) or not _is_text(path):
            raise LedgerError(f"{path!r} can't be a path in the ledger")
        if any("/".join(parts[:n]) in known for n in range(1, len(parts))):
            raise LedgerError(f"{path!r} can't be in the ledger: its directory is a file")


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
