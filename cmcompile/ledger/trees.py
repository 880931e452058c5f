"""Where the shards stand in the tree of a ledger; the same for every store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

#: The directories of events, and how many levels below each one its shards are.
LEVELS = {"runs": 2, "groups": 2, "steps": 1}
#: A directory that is one shard by itself: the documents about approvals.
WHOLE = "approvals"

#: Gives for each tree id the ids of the trees in it by name; files are left out.
Subtrees: TypeAlias = Callable[[Sequence[str]], Sequence[Mapping[str, str]]]


def shard_trees(root: str, subtrees: Subtrees) -> dict[str, str]:
    """Return the ids of the shards' trees by path, in order.

    Parameters
    ----------
    root
        The id of the whole tree.
    subtrees
        Is asked once per level, for all trees of that level.
    """
    (top,) = subtrees([root])
    level = {name: top[name] for name in LEVELS if name in top}
    found: dict[str, str] = {WHOLE: top[WHOLE]} if WHOLE in top else {}
    for depth in range(1, max(LEVELS.values()) + 1):
        paths = list(level)
        below = {
            f"{path}/{name}": tree
            for path, trees in zip(paths, subtrees([level[path] for path in paths]), strict=True)
            for name, tree in trees.items()
        }
        found |= {path: tree for path, tree in below.items() if _levels(path) == depth}
        level = {path: tree for path, tree in below.items() if _levels(path) > depth}
        if not level:
            break
    return dict(sorted(found.items()))


def _levels(path: str) -> int:
    return LEVELS[path.split("/", 1)[0]]


def chosen(files: Mapping[str, str], below: Iterable[str] | None) -> dict[str, str]:
    """Return the files below some directories, at any depth, or at some paths; all for None."""
    if below is None:
        return dict(files)
    inside = _Inside({path.strip("/"): True for path in below})
    wanted = frozenset(inside)
    inside.setdefault("", False)
    return {path: oid for path, oid in files.items() if inside[path.rpartition("/")[0]] or path in wanted}


class _Inside(dict[str, bool]):
    """Tells of directories whether they are wanted; most files share theirs with others."""

    def __missing__(self, directory: str) -> bool:
        above = directory.rpartition("/")[0]
        while above not in self:
            above = above.rpartition("/")[0]
        answer = self[directory] = self[above]
        return answer
