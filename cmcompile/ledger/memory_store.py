"""A ledger in memory, with faults on demand: for tests and simulations.

It keeps the contract of ``LedgerStore`` as a git remote with several clones does: one `MemoryRemote`, and a
`MemoryStore` for each clone.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TypeAlias

from cmcompile.ledger.names import branch, check_paths
from cmcompile.ledger.trees import chosen, shard_trees
from cmcompile.model.ledger import (
    Change,
    Commit,
    Entry,
    HistoryError,
    LedgerError,
    Push,
    RefusedError,
    Tip,
    UnreachableError,
)
from cmcompile.model.stamp import stamp

_Tree: TypeAlias = Mapping[str, str]
_AUTHOR = "Test Author <author@test.invalid>"


class Fault(Enum):
    """What goes wrong with one push."""

    #: It lands, and the answer gets lost.
    REPLY_LOST = "reply lost"
    #: It gets lost, and nobody can tell.
    LOST = "lost"
    #: The remote can't be reached.
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class _Made:
    tree: str
    parent: str | None
    at: datetime
    message: str


class MemoryRemote:
    """What all clones share.

    Attributes
    ----------
    branches
        The commit of each branch; may be set, to delete, rewind, or fork one.
    down
        Whether the remote can't be reached at all.
    refuses
        Why pushes are refused; empty: they are not.
    faults
        What goes wrong with the next pushes, in order; None: nothing.
    before_push
        Is called before each push is judged: other writers that come first.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.branches: dict[str, str] = {}
        self.down = False
        self.refuses = ""
        self.faults: deque[Fault | None] = deque()
        self.before_push: Callable[[], None] | None = None
        self.now = now
        self.lock = threading.Lock()
        self.objects: dict[str, bytes | _Tree] = {}
        self.commits: dict[str, _Made] = {}

    def swap(self, name: str, commit: Commit) -> bool:
        """Set a branch to a commit if it stands at its base, or at the commit itself already."""
        with self.lock:
            at = self.branches.get(name)
            if at not in (commit.base, commit.tip.commit):
                return False
            self.branches[name] = commit.tip.commit
            return True

    def led(self, commit: str) -> Iterator[str]:
        """Return a commit and those before it, newest first."""
        at: str | None = commit
        while at is not None:
            made = self.commits.get(at)
            if made is None:
                raise LedgerError(f"there is no commit {at}")
            yield at
            at = made.parent

    def tree(self, oid: str) -> _Tree:
        """Return what a tree holds."""
        found = self.objects.get(oid)
        if found is None or isinstance(found, bytes):
            raise LedgerError(f"there is no tree {oid}")
        return found

    def add(self, content: bytes | _Tree) -> str:
        """Keep an object; return its id."""
        kind, data = ("blob", content) if isinstance(content, bytes) else ("tree", _tree_bytes(content))
        oid = hashlib.sha1(f"{kind} ".encode() + data, usedforsecurity=False).hexdigest()
        self.objects.setdefault(oid, content)
        return oid


class MemoryStore:
    """A clone of a `MemoryRemote`; implements ``LedgerStore``."""

    def __init__(self, remote: MemoryRemote, campaign: str) -> None:
        self.branch = branch(campaign)
        self.remote = remote
        self._seen: Tip | None = None

    def tip(self) -> Tip | None:
        """Return the tip of the remote."""
        if self.remote.down:
            raise UnreachableError("the remote is down")
        now = self.remote.branches.get(self.branch)
        seen = self._seen
        if seen is not None and (now is None or seen.commit not in self.remote.led(now)):
            there = f"now it is {now}" if now else "now it is gone"
            raise HistoryError(f"branch {self.branch} was seen at {seen.commit}, {there}")
        self._seen = None if now is None else Tip(now, self.remote.commits[now].tree)
        return self._seen

    def known(self) -> Tip | None:
        """Return the tip last seen."""
        return self._seen

    def shards(self, tip: Tip) -> Mapping[str, str]:
        """Return the trees of the shards."""
        return shard_trees(tip.tree, self._subtrees)

    def files(self, tip: Tip, below: Iterable[str] | None = None) -> Mapping[str, str]:
        """Return the ids of files by path."""
        return chosen(dict(self._walk(tip.tree, "")), below)

    def read(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes of files."""
        found = {}
        for oid in ids:
            data = self.remote.objects.get(oid)
            if not isinstance(data, bytes):
                raise LedgerError(f"there is no file with the id {oid}")
            found[oid] = data
        return found

    def commit(self, base: Tip | None, files: Mapping[str, bytes], message: str) -> Commit:
        """Make a commit."""
        check_paths(list(files))
        changed = {tuple(path.split("/")): self.remote.add(data) for path, data in files.items()}
        tree = self._with(None if base is None else base.tree, changed)
        parent = None if base is None else base.commit
        name = hashlib.sha1(f"{tree} {parent} {secrets.token_hex(8)}".encode(), usedforsecurity=False)
        tip = Tip(name.hexdigest(), tree)
        self.remote.commits[tip.commit] = _Made(tree, parent, self.remote.now(), message.strip())
        return Commit(tip, parent)

    def push(self, commit: Commit) -> Push:
        """Swap the tip, unless a fault is asked for."""
        if self.remote.before_push is not None:
            self.remote.before_push()
        fault = self.remote.faults.popleft() if self.remote.faults else None
        if self.remote.down or fault is Fault.UNREACHABLE:
            raise UnreachableError("the remote is down")
        if fault is Fault.LOST:
            return Push.UNCLEAR
        if self.remote.refuses:
            raise RefusedError(self.remote.refuses)
        if self._seen is not None and self._seen.commit not in (commit.base, commit.tip.commit):
            return Push.MOVED
        if not self.remote.swap(self.branch, commit):
            return Push.UNCLEAR if fault is Fault.REPLY_LOST else Push.MOVED
        if fault is Fault.REPLY_LOST:
            return Push.UNCLEAR
        self._seen = commit.tip
        return Push.DONE

    def made_at(self, tip: Tip) -> str:
        """Return when the commit was made."""
        return stamp(self.remote.commits[tip.commit].at)

    def history(self, tip: Tip) -> Iterator[Entry]:
        """Return the commits, newest first."""
        for name in self.remote.led(tip.commit):
            made = self.remote.commits[name]
            before = None if made.parent is None else self.remote.commits[made.parent].tree
            yield Entry(
                commit=name,
                tree=made.tree,
                parents=() if made.parent is None else (made.parent,),
                author=_AUTHOR,
                at=stamp(made.at),
                message=made.message,
                changes=tuple(self._changes(before, made.tree, "")),
            )

    def complete(self, tip: Tip) -> bool:
        """Tell that all is there."""
        return tip.commit in self.remote.commits

    def _subtrees(self, ids: Sequence[str]) -> list[dict[str, str]]:
        return [
            {name: oid for name, oid in self.remote.tree(tree).items() if self._is_tree(oid)} for tree in ids
        ]

    def _is_tree(self, oid: str) -> bool:
        return not isinstance(self.remote.objects[oid], bytes)

    def _walk(self, tree: str, prefix: str) -> Iterator[tuple[str, str]]:
        for name, oid in self.remote.tree(tree).items():
            if self._is_tree(oid):
                yield from self._walk(oid, f"{prefix}{name}/")
            else:
                yield prefix + name, oid

    def _with(self, tree: str | None, changed: Mapping[tuple[str, ...], str]) -> str:
        """Return the id of a tree with some files added or replaced."""
        content = {} if tree is None else dict(self.remote.tree(tree))
        below: dict[str, dict[tuple[str, ...], str]] = {}
        for (name, *rest), oid in changed.items():
            if rest:
                below.setdefault(name, {})[tuple(rest)] = oid
            else:
                content[name] = oid
        for name, inner in below.items():
            inside = content.get(name)
            content[name] = self._with(inside if inside and self._is_tree(inside) else None, inner)
        return self.remote.add(dict(sorted(content.items())))

    def _changes(self, before: str | None, after: str | None, prefix: str) -> Iterator[Change]:
        """Compare two trees."""
        old = {} if before is None else self.remote.tree(before)
        new = {} if after is None else self.remote.tree(after)
        for name in sorted({*old, *new}):
            was, now = old.get(name), new.get(name)
            if was == now:
                continue
            tree_was = was if was is not None and self._is_tree(was) else None
            tree_now = now if now is not None and self._is_tree(now) else None
            file_was = was if tree_was is None else None
            file_now = now if tree_now is None else None
            if file_was is not None or file_now is not None:
                yield Change(prefix + name, file_was, file_now)
            if tree_was is not None or tree_now is not None:
                yield from self._changes(tree_was, tree_now, f"{prefix}{name}/")


def _tree_bytes(tree: _Tree) -> bytes:
    return "\n".join(f"{name}\0{oid}" for name, oid in tree.items()).encode()
