"""Who makes commits, and whether they are signed, as the user's git is set up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.run import run


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes commits.

    Attributes
    ----------
    author, committer
        ``Name <mail>``.
    signs
        Whether ``commit.gpgSign`` is set; with which key and program, git knows.
    """

    author: str
    committer: str
    signs: bool


def identity(root: Path) -> Identity:
    """Return who makes commits in a repository.

    Raises
    ------
    GitError
        When the settings of git name nobody: a name made up from user and host would say nothing years later.
    """
    signs = run(root, "config", "--type=bool", "--get", "commit.gpgSign")
    if signs.code not in (0, 1):  # 1: it is not set
        raise GitError(f"git can't read its settings: {signs.error}")
    return Identity(
        _person(root, "GIT_AUTHOR_IDENT"), _person(root, "GIT_COMMITTER_IDENT"), signs.out.strip() == b"true"
    )


def _person(root: Path, which: str) -> str:
    result = run(root, "-c", "user.useConfigOnly=true", "var", which)
    person = result.out.decode("utf-8", "surrogateescape").strip()
    if result.code != 0 or ">" not in person:
        raise GitError(
            "git does not know who makes the commit: set it with 'git config user.name NAME' and"
            " 'git config user.email MAIL'"
        )
    return person[: person.rindex(">") + 1]
