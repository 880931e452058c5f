"""A bare remote and clones in git, for runs that try the real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.run import run
from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.names import branch
from cmcompile.model.ledger import Commit, Tip
from cmcompile.sim.campaign import NAME
from cmcompile.sim.far.scheduler import World

_REF = f"refs/heads/{branch(NAME)}"
_SETTINGS = (("user.name", "Sim"), ("user.email", "sim@test.invalid"), ("gc.auto", "0"))


class InGit:
    """A bare repository, and a repository for each clone, below one directory."""

    def __init__(self, world: World, home: Path) -> None:
        self._home = home
        self._remote = home / "remote.git"
        self._clones: list[Path] = []
        self._did(home, "init", "--quiet", "--bare", str(self._remote))

    def clone(self) -> GitStore:
        """Return a new clone."""
        place = self._home / f"clone{len(self._clones)}"
        self._did(self._home, "clone", "--quiet", str(self._remote), str(place))
        for key, value in _SETTINGS:
            self._did(place, "config", key, value)
        self._clones.append(place)
        return GitStore(place, NAME, "origin")

    def at(self) -> Tip | None:
        """Return where the branch stands."""
        found = run(self._remote, "for-each-ref", "--format=%(objectname) %(tree)", _REF)
        commit, _, tree = found.out.decode().strip().partition(" ")
        return Tip(commit, tree) if found.code == 0 and tree else None

    def land(self, commit: Commit) -> bool:
        """Swap the tip, from the clone that made the commit."""
        name = commit.tip.commit
        for place in reversed(self._clones):
            if run(place, "cat-file", "-e", name).code == 0:
                lease = f"--force-with-lease={_REF}:{commit.base or ''}"
                done = run(place, "push", "--quiet", lease, str(self._remote), f"{name}:{_REF}")
                return done.code == 0
        return False

    def rewind(self, pick: Callable[[int], int]) -> str:
        """Set the branch back."""
        led = run(self._remote, "rev-list", "--first-parent", _REF).out.decode().split()
        back = 1 + pick(min(len(led) - 1, 4)) if len(led) > 1 else 0
        self._did(self._remote, "update-ref", _REF, led[back])
        return f"by {back} commits"

    def _did(self, place: Path, *args: str) -> None:
        done = run(place, *args)
        if done.code != 0:
            raise GitError(f"git {args[0]}: {done.error}")
