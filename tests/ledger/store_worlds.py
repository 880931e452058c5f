"""One face for what all stores must do: clones of one ledger, and things that go wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from repositories import git, hook

from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.memory_store import Fault, MemoryRemote, MemoryStore
from cmcompile.model.ledger import LedgerStore

BRANCH = "refs/heads/cm/c"


class World(Protocol):
    """A ledger of campaign ``c``, and what may happen to it."""

    def clone(self) -> LedgerStore:
        """Return the store of a new clone."""

    def branch(self) -> str | None:
        """Return the commit where the branch really stands."""

    def set_branch(self, commit: str | None) -> None:
        """Set the branch, whatever was there; None deletes it."""

    def refuse(self) -> None:
        """Refuse all pushes from now on, with the words ``no thanks``."""


class RemoteWorld(World, Protocol):
    """A ledger at a remote."""

    def down(self) -> None:
        """Make the remote unreachable."""

    def lose_reply(self) -> None:
        """Lose the answer to the next push, which lands."""

    def lose(self) -> None:
        """Lose the next push."""


class MemoryWorld:
    """A remote in memory."""

    def __init__(self) -> None:
        self.remote = MemoryRemote()

    def clone(self) -> LedgerStore:
        return MemoryStore(self.remote, "c")

    def branch(self) -> str | None:
        return self.remote.branches.get("cm/c")

    def set_branch(self, commit: str | None) -> None:
        if commit is None:
            del self.remote.branches["cm/c"]
        else:
            self.remote.branches["cm/c"] = commit

    def refuse(self) -> None:
        self.remote.refuses = "no thanks"

    def down(self) -> None:
        self.remote.down = True

    def lose_reply(self) -> None:
        self.remote.faults.append(Fault.REPLY_LOST)

    def lose(self) -> None:
        self.remote.faults.append(Fault.LOST)


class _Repository:
    """The branch in a real repository."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository

    def branch(self) -> str | None:
        return git(self.repository, "rev-parse", "--verify", "--quiet", BRANCH, check=False) or None

    def set_branch(self, commit: str | None) -> None:
        git(self.repository, "update-ref", *([BRANCH, commit] if commit else ["-d", BRANCH]))


class GitWorld(_Repository):
    """A bare repository with clones."""

    def __init__(self, remote: Path, new: Callable[[], Path]) -> None:
        super().__init__(remote)
        self._new = new

    def clone(self) -> LedgerStore:
        return GitStore(self._new(), "c", "origin")

    def refuse(self) -> None:
        hook(self.repository, "pre-receive", "echo no thanks >&2; exit 1")

    def down(self) -> None:
        self.repository = self.repository.rename(self.repository.with_suffix(".gone"))

    def lose_reply(self) -> None:
        _kill_at(self.repository, "committed")

    def lose(self) -> None:
        _kill_at(self.repository, "prepared")


class LocalWorld(_Repository):
    """A repository without a remote; its stores share all."""

    def clone(self) -> LedgerStore:
        return GitStore(self.repository, "c", None)

    def refuse(self) -> None:
        hook(
            self.repository,
            "reference-transaction",
            '[ "$1" != prepared ] || { echo no thanks >&2; exit 1; }',
        )


def _kill_at(repository: Path, state: str) -> None:
    """End the next ``git receive-pack``, once, when its transaction of refs is so far."""
    script = f'[ "$1" = {state} ] || exit 0; rm "$0"; kill -TERM $PPID; sleep 0.1'
    hook(repository, "reference-transaction", script)
