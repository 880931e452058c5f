"""The errors of git."""

from __future__ import annotations

from cmcompile.model.errors import CmcompileError


class GitError(CmcompileError):
    """Git is not there, this is no repository, or a revision or object is unknown."""
