"""Refs of a repository, and where their commits stand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.left import freed
from cmcompile.git.run import run


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a ref stands: a commit and its tree."""

    commit: str
    tree: str


def refs(root: Path, *names: str) -> dict[str, Ref]:
    """Return where refs stand, by full name; one that is not there, or is no commit, is left out.

    Raises
    ------
    GitError
        When there is no repository, or git can't read it.
    """
    result = run(root, "for-each-ref", "--format=%(refname) %(objectname) %(tree)", *names)
    if result.code != 0:
        raise GitError(result.error or "git can't list refs")
    found = {}
    for line in result.out.decode("utf-8", "surrogateescape").splitlines():
        name, commit, tree = line.split(" ")
        if name in names and tree:
            found[name] = Ref(commit, tree)
    return found


def short_names(root: Path, *patterns: str) -> list[str]:
    """Return the refs below some prefixes as people write them, such as ``v1`` and ``origin/main``.

    Raises
    ------
    GitError
        When git can't be started.
    """
    result = run(root, "for-each-ref", "--format=%(refname:short)", *patterns)
    return result.out.decode("utf-8", "surrogateescape").splitlines()


def swap(root: Path, moves: Mapping[str, tuple[str | None, str]]) -> str:
    """Set refs from an old commit (None: not there) to a new one: all, or none.

    Returns
    -------
    words
        Why it was not done, or empty.
    """
    none = "0" * max(len(new) for _, new in moves.values())
    lines = "".join(f"update {name} {new} {old or none}\n" for name, (old, new) in moves.items()).encode()
    result = run(root, "update-ref", "--stdin", stdin=lines)
    if result.code and freed(result.error):
        result = run(root, "update-ref", "--stdin", stdin=lines)
    return "" if result.code == 0 else result.error or "git update-ref failed"


def made_at(root: Path, commit: str) -> int:
    """Return when a commit was made, in seconds since 1970 UTC.

    Raises
    ------
    GitError
        When there is no such commit.
    """
    result = run(root, "-c", "log.showSignature=false", "log", "-1", "--format=%ct", commit, "--")
    if result.code != 0 or not result.out.strip():
        raise GitError(result.error or f"there is no commit {commit}")
    return int(result.out)


def leads_to(root: Path, earlier: str, later: str) -> bool | None:
    """Tell whether a commit is the other or comes before it; None: one of them is not there."""
    code = run(root, "merge-base", "--is-ancestor", earlier, later).code
    return None if code not in (0, 1) else code == 0


def is_shallow(root: Path) -> bool:
    """Tell whether some history is missing here.

    Raises
    ------
    GitError
        When there is no repository, or git can't read it.
    """
    result = run(root, "rev-parse", "--is-shallow-repository")
    if result.code != 0:
        raise GitError(result.error or "git can't read the repository")
    return result.out.strip() == b"true"


def first_commits(root: Path, commit: str) -> tuple[str, ...]:
    """Return the commits before which there is none, or none that is here.

    Raises
    ------
    GitError
        When there is no such commit.
    """
    result = run(root, "rev-list", "--max-parents=0", commit, "--")
    if result.code != 0:
        raise GitError(result.error or f"there is no commit {commit}")
    return tuple(result.out.decode("ascii").split())
