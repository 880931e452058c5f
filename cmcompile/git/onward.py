"""Files of a branch changed by one commit, without a checkout: no working tree and no index is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmcompile.git import refs
from cmcompile.git.answer import Answer, Verdict
from cmcompile.git.errors import GitError
from cmcompile.git.identity import identity
from cmcompile.git.remote import push
from cmcompile.git.run import run
from cmcompile.git.stream import make_commit
from cmcompile.git.tracked import SilentError, Tracked, latest


@dataclass(frozen=True, slots=True)
class Put:
    """What came of it.

    Attributes
    ----------
    commit
        The commit that was made; whether it stands on the branch the answer says.
    """

    commit: str
    answer: Answer


def put(root: Path, branch: Tracked, base: str, path: str, data: bytes, message: str) -> Put:
    """Put a commit that changes one file onto a branch that stands at ``base``; swapped, never forced.

    Where it is not known whether the remote took it, the branch is asked once more.

    Parameters
    ----------
    path
        Relative to ``root``.

    Raises
    ------
    GitError
        When no commit can be made: nothing was changed.
    """
    return put_onto(root, branch, base, base, (path, data), message)


def put_onto(
    root: Path, branch: Tracked, old: str | None, base: str, file: tuple[str, bytes], message: str
) -> Put:
    """Put a commit on ``base`` that changes one file onto a branch that may stand elsewhere; see `put`.

    Parameters
    ----------
    old
        Where the branch must stand, a commit that ``base`` leads back to; None: it must not be there.
    file
        Its path and its bytes.
    """
    return put_files(root, branch, old, base, dict((file,)), message)


def put_files(
    root: Path, branch: Tracked, old: str | None, base: str, files: Mapping[str, bytes], message: str
) -> Put:
    """Put a commit on ``base`` that changes or adds files onto a branch; see `put_onto`."""
    prefix = run(root, "rev-parse", "--show-prefix").out.decode("utf-8", "surrogateescape").rstrip("\n")
    whole = {f"{prefix}{path}": data for path, data in files.items()}
    for path in whole:
        _check_plain(root, base, path)
    if branch.remote is None and _is_checked_out(root, branch):
        return Put("", Answer(Verdict.REFUSED, f"{branch} is checked out here, and has no remote"))
    made = make_commit(root, base, whole, f"{message.strip()}\n", identity(root)).commit
    if branch.remote is None:
        return Put(made, _swapped(root, branch, old, made))
    answer = push(root, branch.remote, branch.branch, old, made)
    if answer.verdict is Verdict.UNCLEAR and _stands(root, branch) == made:
        answer = Answer(Verdict.DONE, answer.words)
    return Put(made, answer)


def _check_plain(root: Path, base: str, path: str) -> None:
    """See that a path is a file of its own, or none: what a link leads to is not for us to replace."""
    found = _entry(root, base, path)
    parts = path.split("/")[:-1]
    folders = ("/".join(parts[: n + 1]) for n in range(len(parts)))
    is_free = not found and all(map(_is_free, (_entry(root, base, f) for f in folders)))
    if not is_free and not found.startswith("100644 blob "):
        raise GitError(f"{path} is no plain file in {base[:12]}")


def _is_free(entry: str) -> bool:
    """Tell whether there may be a new file below a path."""
    return not entry or entry.startswith("040000 tree ")


def _entry(root: Path, base: str, path: str) -> str:
    """Return what a commit has at a path, its mode first; empty: nothing."""
    listed = run(root, "ls-tree", "-z", "--full-tree", base, "--", path)
    return listed.out.decode("utf-8", "surrogateescape")


def _is_checked_out(root: Path, branch: Tracked) -> bool:
    found = run(root, "for-each-ref", "--format=%(worktreepath)", branch.branch)
    return found.code != 0 or bool(found.out.strip())


def _swapped(root: Path, branch: Tracked, old: str | None, made: str) -> Answer:
    words = refs.swap(root, {branch.branch: (old, made)})
    if not words:
        return Answer(Verdict.DONE, "")
    moved = latest(root, branch) != (old or "")
    return Answer(Verdict.MOVED if moved else Verdict.REFUSED, words)


def _stands(root: Path, branch: Tracked) -> str:
    try:
        return latest(root, branch)
    except SilentError:
        return ""
