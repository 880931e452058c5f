"""Which files differ between two states of a repository, and where two histories part."""

from __future__ import annotations

import os
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.run import run

#: Nothing of the user's settings may change what is printed.
_PLAIN = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")


def merge_base(root: Path, one: str, other: str) -> str:
    """Return the newest commit that two commits have in common.

    Raises
    ------
    GitError
        When they have none, or the clone is too shallow to tell.
    """
    found = run(root, "merge-base", one, other)
    if found.code == 0:
        return found.out.decode("ascii").split()[0]
    shallow = run(root, "rev-parse", "--is-shallow-repository").out.strip() == b"true"
    why = "the clone is shallow: fetch more history" if shallow else "they have no commit in common"
    raise GitError(f"{one[:12]} and {other[:12]} can't be compared: {why}")


def changed_paths(root: Path, old: str, new: str | None) -> tuple[str, ...]:
    """Return the files that differ between a commit and another one, sorted.

    Parameters
    ----------
    new
        None: the working tree, with files that git does not know yet and does not ignore.

    Raises
    ------
    GitError
        When git can't tell.
    """
    sides = (old,) if new is None else (old, new)
    found = _names(root, "diff", *_PLAIN, *sides, "--")
    if new is None:
        found |= _names(root, "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(sorted(found))


def symbolic_links(root: Path, commit: str) -> frozenset[str]:
    """Return the symbolic links of a commit."""
    listed = run(root, "ls-tree", "-r", "-z", commit).out.split(b"\0")
    return frozenset(os.fsdecode(one.partition(b"\t")[2]) for one in listed if one.startswith(b"120000 "))


def _names(root: Path, *args: str) -> set[str]:
    result = run(root, *args)
    if result.code != 0:
        raise GitError(f"git {args[0]} failed: {result.error or 'it does not say why'}")
    return {os.fsdecode(name) for name in result.out.split(b"\0") if name}
