"""A branch of a remote: fetched without force, pushed by compare-and-swap."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cmcompile.git.answer import Answer, judged, plain
from cmcompile.git.errors import GitError
from cmcompile.git.left import freed
from cmcompile.git.network import ask_remote
from cmcompile.git.run import Result, run

#: No tags, no pruning, and whole commits in a partial clone.
_FETCH = (
    *("fetch", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-filter"),
    "--no-write-fetch-head",
)


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

    Remote-tracking refs are updated as the user's settings say.

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
    command = (*_FETCH, *shallow, remote, f"{branch}:{ref}")
    result = ask_remote(root, *command)
    if result.code and not result.late and freed(result.error):
        result = ask_remote(root, *command)
    if result.late:
        raise LateError(plain(result.error))
    return _fault(result)


def bring(root: Path, remote: str, branch: str) -> str:
    """Have the commits of a branch of a remote here, on no branch; returns why that failed, or nothing."""
    return _fault(ask_remote(root, *_FETCH, remote, branch))


def _fault(fetched: Result) -> str:
    return "" if fetched.code == 0 else plain(fetched.error) or f"git fetch failed ({fetched.code})"


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
