"""Paths inside a repository: relative to its root, with ``/``, and never out of it."""

from __future__ import annotations

import posixpath

from cmcompile.model.errors import SourceError

#: Holds settings, among them credentials in CI: never a source of a campaign.
_GIT_DIRECTORY = ".git"


def normal(path: str) -> str | None:
    """Return the path without ``.`` and ``..``, or None when it is no path inside the repository.

    A path into ``.git`` is outside, in whatever case.
    """
    if path.startswith("/") or "\0" in path:
        return None
    result = posixpath.normpath(path)
    parts = result.split("/")
    if parts[0] == ".." or _GIT_DIRECTORY in (part.lower() for part in parts):
        return None
    return result


def checked(path: str) -> str:
    """Return the normal form of a path.

    Raises
    ------
    SourceError
        When the path is not inside the repository.
    """
    result = normal(path)
    if result is None:
        raise SourceError(path, "outside", "is not inside the repository")
    return result
