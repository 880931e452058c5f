"""Two branches joined by a merge commit, without a checkout; conflicts are for people."""

from __future__ import annotations

from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.identity import identity
from cmcompile.git.run import run
from cmcompile.git.stream import commit_tree


class ConflictError(GitError):
    """Both branches have changed the same lines."""


def joined(root: Path, ours: str, theirs: str, message: str) -> str:
    """Return a merge of two commits, which is on no branch.

    Raises
    ------
    ConflictError
        When git can't merge them by itself.
    GitError
        When they have nothing in common, git is older than 2.38, or no commit can be made.
    """
    result = run(root, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
    tree, *rest = result.out.decode("utf-8", "surrogateescape").split("\0")
    if result.code == 1 and tree:
        names = ", ".join(name for name in rest if name)
        raise ConflictError(f"both change the same lines of {names}")
    if result.code != 0:
        raise GitError(f"they can't be merged: {result.error or 'git merge-tree failed'}")
    return commit_tree(root, tree, (ours, theirs), f"{message.strip()}\n", identity(root))


def same_files(root: Path, one: str, other: str) -> bool:
    """Tell whether two commits hold the same files."""
    trees = [run(root, "rev-parse", "--verify", "--quiet", f"{c}^{{tree}}").out for c in (one, other)]
    return trees[0] == trees[1] != b""
