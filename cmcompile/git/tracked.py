"""The branch of a remote that the work in a clone goes to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.remote import Asked, ask, bring
from cmcompile.git.run import run

#: Names the branch where HEAD is on none, as in many CI jobs: ``origin/main``.
SETTING = "cmcompile.branch"


class SilentError(GitError):
    """A remote did not answer."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A branch.

    Attributes
    ----------
    remote
        None: the branch is the repository's own.
    branch
        Its full name there, ``refs/heads/…``.
    """

    remote: str | None
    branch: str

    @property
    def name(self) -> str:
        """Its short name there."""
        return self.branch.removeprefix("refs/heads/")

    def __str__(self) -> str:
        return self.name if self.remote is None else f"{self.remote}/{self.name}"


def tracked(root: Path) -> Tracked | None:
    """Return the branch that HEAD's branch tracks.

    Where HEAD is on no branch, or on one that tracks none, git's setting ``cmcompile.branch`` names it. In a
    repository without remotes it is HEAD's branch itself. None: nothing says it.

    Raises
    ------
    GitError
        When the setting names no branch of a remote.
    """
    head = _one(root, "symbolic-ref", "--quiet", "HEAD")
    remotes = _one(root, "remote").split()
    if head:
        shown = "%(upstream:remotename)%00%(upstream:remoteref)"
        remote, _, branch = _one(root, "for-each-ref", f"--format={shown}", head).partition("\0")
        if remote and branch:
            return Tracked(None if remote == "." else remote, branch)
    named = _one(root, "config", "--get", SETTING)
    if named:
        found = [name for name in remotes if named.startswith(f"{name}/")]
        if not found:
            raise GitError(f"git's setting {SETTING} is {named!r}: name a remote and its branch, origin/main")
        remote = max(found, key=len)
        return Tracked(remote, f"refs/heads/{named[len(remote) + 1 :]}")
    return Tracked(None, head) if head and not remotes else None


def latest(root: Path, branch: Tracked) -> str:
    """Ask where a branch stands now, and see that its commit is here; returns the id of the commit.

    No branch, and no remote-tracking one, is moved but as the user's settings of ``git fetch`` say.

    Returns
    -------
    commit
        Empty: the remote has no such branch.

    Raises
    ------
    SilentError
        When the remote can't be asked.
    """
    if branch.remote is None:
        return _one(root, "rev-parse", "--verify", "--quiet", f"{branch.branch}^{{commit}}")
    said = ask(root, branch.remote, branch.branch)
    if said.asked is Asked.ABSENT:
        return ""
    if said.asked is not Asked.THERE:
        why = said.words or "there is no such remote"
        raise SilentError(f"{branch} can't be asked for: {why}")
    if not _is_here(root, said.commit):
        _fetch(root, branch)
        if not _is_here(root, said.commit):
            raise SilentError(f"{branch} moves while it is fetched")
    return said.commit


def _fetch(root: Path, branch: Tracked) -> None:
    if why := bring(root, branch.remote or "", branch.branch):
        raise SilentError(f"{branch} can't be fetched: {' '.join(why.split())}")


def _is_here(root: Path, commit: str) -> bool:
    return run(root, "cat-file", "-e", f"{commit}^{{commit}}").code == 0


def _one(root: Path, *args: str) -> str:
    return run(root, *args).out.decode("utf-8", "surrogateescape").strip()
