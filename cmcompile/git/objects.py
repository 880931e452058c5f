"""Many objects of a repository, read with one git process."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.run import Running, reading

#: Objects are read as they are, whatever ``refs/replace`` says.
TRUE = "--no-replace-objects"
_BATCH = "--batch=%(objecttype) %(objectsize)"
_ABSENT = (b" missing\n", b" ambiguous\n")
_IS_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?").fullmatch
_TREE_MODE = b"40000"
#: Asked at once of a git that answers one by one: less than any pipe holds, so that neither side waits.
_ROUND = 200


def blobs(root: Path, ids: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
    """Return the bytes of files by id, in the order asked; None where there is no such file.

    Raises
    ------
    GitError
        When git can't read an object that it has.
    """
    asked = list(ids)
    known = [oid for oid in asked if _IS_ID(oid)]
    if len(known) != len(asked):
        yield from ((oid, None) for oid in asked if not _IS_ID(oid))
    if not known:
        return
    with tempfile.TemporaryFile() as names:  # a pipe could fill up while git waits for us to read
        names.write("\n".join(known).encode("ascii") + b"\n")
        names.seek(0)
        with reading(root, TRUE, "cat-file", "--buffer", _BATCH, stdin=names) as git:
            for oid in known:
                kind, data = _object(git)
                yield oid, data if kind == b"blob" else None


class Objects:
    """A git that is asked for objects in turns; made by `opened`."""

    def __init__(self, git: Running) -> None:
        self._git = git

    def subtrees(self, ids: Sequence[str]) -> list[dict[str, str]]:
        """Return the trees that trees hold, by name.

        Raises
        ------
        GitError
            When one of them is not there.
        """
        found = []
        for oid, (kind, data) in zip(ids, self._ask(ids), strict=True):
            if kind != b"tree":
                raise GitError(f"there is no tree {oid}")
            found.append(dict(_subtrees(data, len(oid) // 2)))
        return found

    def commits(self, ids: Sequence[str]) -> list[str]:
        """Return commits as git keeps them, with their true parents; empty for what is none."""
        return [data.decode("utf-8", "replace") if kind == b"commit" else "" for kind, data in self._ask(ids)]

    def _ask(self, ids: Sequence[str]) -> Iterator[tuple[bytes, bytes]]:
        to = self._git.to
        if to is None or not all(map(_IS_ID, ids)):
            raise GitError("this is no id of an object")
        for start in range(0, len(ids), _ROUND):
            asked = ids[start : start + _ROUND]
            try:
                to.write("".join(f"{oid}\n" for oid in asked).encode("ascii"))
                to.flush()
            except BrokenPipeError:
                raise GitError("git ended while objects were read") from None
            for _ in asked:
                yield _object(self._git)


@contextmanager
def opened(root: Path) -> Iterator[Objects]:
    """Start a git to ask for objects."""
    with reading(root, TRUE, "cat-file", _BATCH) as git:
        yield Objects(git)
        if git.to is not None:
            git.to.close()


def true_parents(commit: str) -> tuple[str, ...]:
    """Return the parents that a commit, as git keeps it, names."""
    head = commit.split("\n\n", 1)[0].split("\n")
    return tuple(line.removeprefix("parent ") for line in head if line.startswith("parent "))


def _object(git: Running) -> tuple[bytes, bytes]:
    """Read the type and the bytes of the next object; no type where it is missing."""
    head = git.out.readline()
    if head.endswith(_ABSENT):
        return b"", b""
    kind, _, length = head.partition(b" ")
    try:
        size = int(length)
    except ValueError:
        raise GitError("git can't read an object") from None
    data = git.out.read(size + 1)  # an end of line follows
    if len(data) <= size:
        raise GitError("git ended while an object was read")
    return kind, data[:-1]


def _subtrees(data: bytes, width: int) -> Iterator[tuple[str, str]]:
    """Return the trees in a raw tree whose ids have so many bytes."""
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        if data[at:space] == _TREE_MODE:
            name = data[space + 1 : end].decode("utf-8", "surrogateescape")
            yield name, data[end + 1 : end + 1 + width].hex()
        at = end + 1 + width
