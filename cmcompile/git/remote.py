"""A branch of a remote: fetched without force, pushed by compare-and-swap."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cmcompile.git.answer import Answer, judged, plain
from cmcompile.git.errors import GitError
from cmcompile.git.network import ask_remote
from cmcompile.git.run import run

#: Seconds after which the lock of an own ref was left by a git that was killed: git holds one for a moment.
LEFT = 30.0
_LOCK = re.compile(r"Unable to create '([^'\n]*/refs/cmcompile/[^'\n]+\.lock)': File exists")


class LateError(GitError):
    """The remote took too long."""


class Asked(Enum):
    """What a remote said of a branch."""

    THERE = "there"
    ABSENT = "absent"
    NO_ANSWER = "no answer"
    NO_REMOTE = "no such remote"


@dataclass(frozen=True, slots=True)
class Said:
    """What a remote said of a branch.

    Attributes
    ----------
    commit
        Where it stands; empty where it is not there, or not known.
    words
        What git printed when there was no answer.
    """

    asked: Asked
    commit: str = ""
    words: str = ""


def fetch(root: Path, remote: str, branch: str, ref: str, depth: int | None) -> str:
    """Fetch one branch of a remote into a ref, which is never moved but forward.

    No tags, no pruning, and whole commits in a partial clone. Remote-tracking refs are updated as the user's
    settings say. A lock of a ref below ``refs/cmcompile`` that a killed git left is removed.

    Parameters
    ----------
    branch, ref
        Full names, ``refs/heads/…``.
    depth
        How many commits of it; None: all, or down to where a shallow clone already ends.

    Returns
    -------
    words
        Why it failed, or empty. Where the ref stands afterwards is to be asked anew.

    Raises
    ------
    LateError
        When the remote takes too long.
    """
    shallow = () if depth is None else (f"--depth={depth}",)
    command = (
        *("fetch", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-filter"),
        *("--no-write-fetch-head", *shallow, remote, f"{branch}:{ref}"),
    )
    result = ask_remote(root, *command)
    if result.code and not result.late and _freed(plain(result.error)):
        result = ask_remote(root, *command)
    if result.late:
        raise LateError(plain(result.error))
    return "" if result.code == 0 else plain(result.error) or f"git fetch failed ({result.code})"


def _freed(words: str) -> bool:
    """Remove the lock that stood in git's way, where a killed git left it; tell whether that was so."""
    found = _LOCK.search(words)
    if found is None:
        return False
    lock = Path(found[1])
    try:
        if time.time() - lock.stat().st_mtime < LEFT:
            return False
        lock.unlink()
    except OSError:
        return False
    return True


def bring(root: Path, remote: str, branch: str) -> str:
    """Have the commits of a branch of a remote here, on no branch; returns why that failed, or nothing."""
    result = ask_remote(
        root,
        *("fetch", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-filter"),
        *("--no-write-fetch-head", remote, branch),
    )
    return "" if result.code == 0 else plain(result.error) or f"git fetch failed ({result.code})"


def ask(root: Path, remote: str, branch: str) -> Said:
    """Ask a remote where a branch stands."""
    result = ask_remote(root, "ls-remote", "--exit-code", remote, branch)
    for line in result.out.decode("utf-8", "surrogateescape").splitlines():
        commit, _, name = line.partition("\t")
        if result.code == 0 and name == branch:
            return Said(Asked.THERE, commit)
    if not result.late and result.code in (0, 2):  # 2: it answered, and has no such branch
        return Said(Asked.ABSENT)
    if run(root, "config", "--get-regexp", f"^remote\\.{_quoted(remote)}\\.url$").code != 0:
        return Said(Asked.NO_REMOTE)
    return Said(Asked.NO_ANSWER, words=plain(result.error) or f"git ls-remote failed ({result.code})")


def push_address(root: Path, remote: str) -> str:
    """Return the address that a remote is pushed to, where it is read from another; else empty."""
    read, pushed = (run(root, "remote", "get-url", *to, remote) for to in ((), ("--push",)))
    if read.code != 0 or pushed.code != 0 or read.out == pushed.out:
        return ""
    return pushed.out.decode("utf-8", "surrogateescape").split("\n")[0]


def push(root: Path, remote: str, branch: str, old: str | None, new: str | None) -> Answer:
    """Swap a branch of a remote; any other than the old commit there is left alone.

    The user's hooks, credentials and signing of pushes apply.

    Parameters
    ----------
    branch
        Its full name.
    old
        Where it must stand; None: it must not be there.
    new
        The commit that it is set to; None deletes it.
    """
    result = ask_remote(
        root,
        *("-c", f"remote.{remote}.mirror=false"),  # a mirror takes no single branch otherwise
        *("push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"),
        *(f"--force-with-lease={branch}:{old or ''}", remote, f"{new or ''}:{branch}"),
    )
    return judged(result, branch)


def _quoted(name: str) -> str:
    return "".join(c if c.isalnum() else f"[{c}]" if c not in "^\\" else f"\\{c}" for c in name)
