"""The commits that led to a commit, with the files that each changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cmcompile.git.objects import TRUE
from cmcompile.git.run import reading

_FORMAT = "--format=%H%n%T%n%P%n%ct%n%an <%ae>%n%B"
#: Nothing of the user's settings may change what is printed; the first commit's files are not listed, since
#: the end of a shallow clone would look like one.
_COMMAND = (
    *(TRUE, "-c", "log.showRoot=false", "-c", "log.showSignature=false"),
    *("log", f"-O{os.devnull}", "--first-parent", "--diff-merges=first-parent", "--raw", "-z"),
    *("--no-abbrev", "--no-renames", "--no-color", "--no-notes", "--no-ext-diff", "--no-textconv"),
    *("--encoding=UTF-8", _FORMAT),
)
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Logged:
    """A commit.

    Attributes
    ----------
    parents
        As git sees them: none at the end of a shallow clone.
    seconds
        The committer's time, since 1970 UTC.
    changes
        Path, id before and after against the first parent; None: it was, or is, not there. Empty where git
        sees no parent.
    """

    commit: str
    tree: str
    parents: tuple[str, ...]
    seconds: int
    author: str
    message: str
    changes: tuple[tuple[str, str | None, str | None], ...]


def log(root: Path, commit: str) -> Iterator[Logged]:
    """Return a commit and those before it, newest first, first parents only.

    Raises
    ------
    GitError
        When there is no such commit.
    """
    with reading(root, *_COMMAND, commit, "--") as git:
        head, raw = "", ""
        changes: list[tuple[str, str | None, str | None]] = []
        for token in _tokens(iter(lambda: git.out.read(_CHUNK), b"")):
            text = token.decode("utf-8", "surrogateescape")
            if raw:
                changes.append(_change(text, raw))
                raw = ""
            elif text.lstrip("\n").startswith(":"):
                raw = text
            elif text.strip("\n"):
                if head:
                    yield _logged(head, changes)
                head, changes = text, []
        if head:
            yield _logged(head, changes)


def _tokens(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut at NUL."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _change(path: str, raw: str) -> tuple[str, str | None, str | None]:
    _, _, before, after, _ = raw.split()
    return path, before if before.strip("0") else None, after if after.strip("0") else None


def _logged(head: str, changes: list[tuple[str, str | None, str | None]]) -> Logged:
    commit, tree, parents, seconds, author, message = head.lstrip("\n").split("\n", 5)
    return Logged(
        commit, tree, tuple(parents.split()), int(seconds), author, message.rstrip("\n"), tuple(changes)
    )
