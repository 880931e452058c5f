"""New commits by ``git fast-import``: no working tree, no index, no ref."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.identity import Identity
from cmcompile.git.objects import TRUE
from cmcompile.git.run import run

_SETTINGS = ("-c", "i18n.commitEncoding=utf-8")


@dataclass(frozen=True, slots=True)
class Made:
    """A commit that was made, and its tree."""

    commit: str
    tree: str


def make_commit(
    root: Path, base: str | None, files: Mapping[str, bytes], message: str, identity: Identity
) -> Made:
    """Make a commit that adds or replaces files and is on no branch; signed where the user asks for it.

    Parameters
    ----------
    base
        The id of its parent; None: it has none.
    files
        By path; the paths are not checked.

    Raises
    ------
    GitError
        When the base is no commit, nothing can be written, or signing fails.
    """
    result = run(
        root,
        *(TRUE, "fast-import", "--done", "--quiet", "--date-format=now"),
        stdin=_stream(base, files, message, identity),
    )
    answer = result.out.split(b"\n")
    match answer:
        case [commit, tree, *_] if result.code == 0 and tree.startswith(b"040000 tree "):
            made = Made(commit.decode("ascii"), tree.split()[2].decode("ascii"))
        case _:
            raise GitError(f"no commit could be made: {result.error or 'git fast-import failed'}")
    if not identity.signs:
        return made
    # Fast-import can't sign, so the commit is made again.
    return Made(commit_tree(root, made.tree, () if base is None else (base,), message, identity), made.tree)


def _stream(base: str | None, files: Mapping[str, bytes], message: str, identity: Identity) -> bytes:
    """Return the commands of fast-import.

    The branch that the commit needs is unmade in the same stream: git writes refs at the end only.
    """
    ref = f"refs/cmcompile/new/{secrets.token_hex(8)}".encode()
    text = message.encode("utf-8", "replace")
    parts = [
        b"commit %s\nmark :1\n" % ref,
        b"author %s now\n" % identity.author.encode("utf-8", "surrogateescape"),
        b"committer %s now\n" % identity.committer.encode("utf-8", "surrogateescape"),
        b"data %d\n%s\n" % (len(text), text),
        b"from %s\n" % base.encode("ascii") if base else b"",
    ]
    for path, data in files.items():
        parts += (b"M 100644 inline ", _quoted(path), b"\ndata %d\n" % len(data), data, b"\n")
    parts.append(b'\nget-mark :1\nls :1 ""\nreset %s\ndone\n' % ref)
    return b"".join(parts)


def _quoted(path: str) -> bytes:
    """Return a path as fast-import reads it."""
    name = path.encode("utf-8", "surrogateescape")
    if not name.startswith(b'"') and b"\n" not in name:
        return name
    escaped = name.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'


def commit_tree(root: Path, tree: str, parents: Iterable[str], message: str, identity: Identity) -> str:
    """Make a commit of a tree that is there; signed where the user asks for it.

    Raises
    ------
    GitError
        When it can't be made, or signing fails.
    """
    sign = ("-S",) if identity.signs else ()
    result = run(
        root,
        *(*_SETTINGS, "commit-tree", *sign, *(word for parent in parents for word in ("-p", parent))),
        *("-F", "-", tree),
        stdin=message.encode("utf-8", "replace"),
    )
    if result.code != 0 and identity.signs:
        raise GitError(f"the commit can't be signed, as commit.gpgSign asks: {result.error}")
    if result.code != 0:
        raise GitError(f"no commit could be made: {result.error or 'git commit-tree failed'}")
    return result.out.decode("ascii").strip()
