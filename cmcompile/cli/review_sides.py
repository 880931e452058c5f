"""The two states of a repository that a review compares, and which campaigns they touch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place, campaigns_at, every
from cmcompile.git.errors import GitError
from cmcompile.model.errors import SourceError

if TYPE_CHECKING:
    from cmcompile.git.revision import Revision
    from cmcompile.model.ports import Sources

#: What the head is called where no revision is named.
WORKING_TREE = "the working tree"


@dataclass(slots=True)
class Sides:
    """Base and head of an edit.

    Attributes
    ----------
    base
        Where the two histories part: what the base branch got since is not part of the edit.
    head
        The files of the head.
    commit
        Its commit; where the working tree is meant, the one that is checked out.
    dirty
        Files of the working tree that are not as in that commit.
    changed
        The files that the edit changes.
    moved
        Files that the base branch changed since the histories parted.
    names
        What a person calls base and head.
    links
        The symbolic links of the head's commit.
    """

    root: Path
    base: Revision
    head: Sources
    commit: str
    dirty: frozenset[str]
    changed: tuple[str, ...]
    moved: frozenset[str]
    names: tuple[str, str]
    links: frozenset[str] = frozenset()
    before: dict[str, Place] = field(default_factory=dict)
    after: dict[str, Place] = field(default_factory=dict)

    def lines(self, files: Iterable[str]) -> dict[str, frozenset[int]]:
        """Return the lines of the head that the base does not have, by file, of the files that differ."""
        changed = frozenset(self.changed)
        return {path: self._lines(path) for path in dict.fromkeys(files) if path in changed}

    def _lines(self, path: str) -> frozenset[int]:
        left = Counter(_text(self.base, path))
        found = set()
        for number, line in enumerate(_text(self.head, path), 1):
            if left[line] > 0:
                left[line] -= 1
            else:
                found.add(number)
        return frozenset(found)


def sides(root: Path, base: str, head: str | None, out: Path | None) -> Sides:
    """Find base and head of an edit.

    Parameters
    ----------
    base
        The revision that the edit is to go into.
    head
        A revision; None: the working tree.
    out
        Where the report goes: what is there is no part of the edit.

    Raises
    ------
    GitError
        When one of them is unknown, or the histories have nothing in common.
    """
    from cmcompile.git.changes import changed_paths, merge_base, symbolic_links
    from cmcompile.git.revision import Revision, resolve
    from cmcompile.spec.files import WorkingTree

    target, commit = resolve(root, base), resolve(root, head or "HEAD")
    parting = merge_base(root, target, commit)
    changed = changed_paths(root, parting, commit)
    dirty: frozenset[str] = frozenset()
    if head is None:
        dirty = frozenset(_not_below(changed_paths(root, commit, None), root, out))
        changed = tuple(_not_below(changed_paths(root, parting, None), root, out)) if dirty else changed
    moved = frozenset() if parting == target else frozenset(changed_paths(root, parting, target))
    before = {place.name: place for place in campaigns_at(root, parting)}
    after = every_at(root, None if head is None else commit)
    return Sides(
        root,
        Revision(root, parting),
        WorkingTree(root) if head is None else Revision(root, commit),
        commit,
        dirty,
        changed,
        moved,
        (base, head or WORKING_TREE),
        symbolic_links(root, commit),
        before,
        after,
    )


def every_at(root: Path, commit: str | None) -> dict[str, Place]:
    """Return the campaigns of a commit, or of the working tree, by name."""
    places = every(root) if commit is None else campaigns_at(root, commit)
    return {place.name: place for place in places}


def _not_below(paths: Iterable[str], root: Path, out: Path | None) -> list[str]:
    """Leave out what is in the folder of the report."""
    resolved = None if out is None else out.resolve()
    if resolved is None or not resolved.is_relative_to(root):
        return list(paths)
    below = resolved.relative_to(root).as_posix()
    return [path for path in paths if below != "." and path != below and not path.startswith(f"{below}/")]


def _text(sources: Sources, path: str) -> list[str]:
    try:
        return sources.read(path).decode("utf-8", errors="replace").splitlines()
    except (SourceError, GitError):
        return []
