"""Many objects of a repository, read with one git process."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cmcompile.git.answer_file import answered
from cmcompile.git.errors import GitError
from cmcompile.git.run import Running, reading

#: Objects are read as they are, whatever ``refs/replace`` says.
TRUE = "--no-replace-objects"
_BATCH = "--batch=%(objecttype) %(objectsize)"
_ABSENT = (b" missing", b" ambiguous")
_IS_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?").fullmatch
_ARE_IDS = re.compile(r"(?>(?:[0-9a-f]{40}(?:[0-9a-f]{24})?\n)*)").fullmatch
_TREE_MODE = b"40000"
#: Asked at once of a git that answers one by one: less than any pipe holds, so that neither side waits.
_ROUND = 200
#: Read at once of what git wrote to a file.
_PIECE = 1 << 20


def blobs(root: Path, ids: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
    """Return the bytes of files by id, in the order asked; None where there is no such file.

    Raises
    ------
    GitError
        When git can't read an object that it has.
    """
    asked = list(ids)
    lines = "".join(f"{oid}\n" for oid in asked)
    if _ARE_IDS(lines) is None or lines.count("\n") != len(asked):
        yield from ((oid, None) for oid in asked if not _IS_ID(oid))
        asked = list(filter(_IS_ID, asked))
        lines = "".join(f"{oid}\n" for oid in asked)
    if not asked:
        return
    with tempfile.TemporaryFile() as names:
        names.write(lines.encode("ascii"))
        names.seek(0)
        with answered(root, TRUE, "cat-file", "--buffer", _BATCH, stdin=names) as out:
            yield from zip(asked, _blobs(out, len(asked)), strict=True)


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
    head = git.out.readline().removesuffix(b"\n")
    length = _length(head)
    data = git.out.read(length)
    if len(data) < length:
        raise GitError("git ended while an object was read")
    return (head.partition(b" ")[0], data[:-1]) if length else (b"", b"")


def _blobs(out: IO[bytes], count: int) -> Iterator[bytes | None]:
    """Read files from what git wrote, piece by piece; None for what is absent or no file."""
    lengths: dict[bytes, int] = {}
    data, at = b"", 0
    while count:
        end = data.find(b"\n", at)
        after = 0
        if end >= 0:
            head = data[at:end]
            length = lengths.get(head)
            if length is None:
                length = lengths[head] = _length(head)
            after = end + 1 + length
            if after <= len(data):
                yield data[end + 1 : after - 1] if head.startswith(b"blob ") else None
                at = after
                count -= 1
                continue
        more = out.read(max(_PIECE, after - len(data)))
        if not more:
            raise GitError("git ended while an object was read")
        data, at = data[at:] + more, 0


def _length(head: bytes) -> int:
    """Return how many bytes follow a line of git's, the end of line after them included."""
    if head.endswith(_ABSENT):
        return 0
    try:
        return int(head.partition(b" ")[2]) + 1
    except ValueError:
        raise GitError("git can't read an object") from None


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
