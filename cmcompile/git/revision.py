"""The files of a git revision, read without a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath

from cmcompile.git.errors import GitError
from cmcompile.git.paths import checked
from cmcompile.git.run import Result, run
from cmcompile.model.errors import SourceError

MAX_BYTES = 64 * 1024 * 1024

#: The mode of a symbolic link in a listing of git.
_LINK = "120000 "


@dataclass(frozen=True, slots=True)
class _Blob:
    """An object that holds a file."""

    oid: str
    size: int


@dataclass(frozen=True, slots=True)
class _Folder:
    """An object that holds names of files and folders."""

    oid: str


def resolve(root: Path, rev: str) -> str:
    """Return the id of the commit that a revision names.

    Parameters
    ----------
    root
        A directory in the repository.
    rev
        A branch, tag, commit id, or anything else that names a commit (``HEAD~2``).

    Raises
    ------
    GitError
        When the revision is unknown, ``root`` is in no repository, or git is missing.
    """
    if not rev or rev.startswith("-") or not rev.isprintable():
        raise GitError(f"{rev!r} is not a revision")
    result = run(root, "rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")
    if result.code == 0:
        return result.out.decode("ascii").strip()
    _repository(root)
    shallow = run(root, "rev-parse", "--is-shallow-repository").out.strip() == b"true"
    reason = (
        "the clone is shallow: fetch more history" if shallow else "there is no such commit, branch or tag"
    )
    raise GitError(f"unknown revision '{rev}': {reason}")


class Revision:
    """The files of one commit; implements ``Sources``.

    Symbolic links are followed inside the repository.

    Attributes
    ----------
    commit
        The id of the commit, found once: a branch that moves afterwards changes nothing.
    """

    def __init__(self, root: Path, rev: str) -> None:
        self.commit = resolve(root, rev)
        self._root = root
        self._prefix = _repository(root)
        self._found: dict[str, _Blob | _Folder | SourceError] = {}
        self._contents: dict[str, bytes] = {}

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            When there is no such file, or it is outside the repository, or it can't be read.
        """
        path = checked(path)
        blob = self._blob(path)
        if isinstance(blob, SourceError):
            raise SourceError(blob.path, blob.reason, blob.detail)
        if blob.size > MAX_BYTES:
            raise SourceError(path, "unreadable", f"is larger than {MAX_BYTES // 2**20} MiB")
        if blob.oid not in self._contents:
            self._contents[blob.oid] = self._git(path, "cat-file", "blob", blob.oid).out
        return self._contents[blob.oid]

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file inside the repository."""
        try:
            return isinstance(self._blob(checked(path)), _Blob)
        except SourceError:
            return False

    def below(self, path: str) -> tuple[str, ...]:
        """Return the paths of all files below a folder, sorted; no link to a folder in it is followed.

        Raises
        ------
        SourceError
            When there is no such folder, or it is outside the repository, or it can't be listed.
        """
        path = checked(path)
        found = self._at(path)
        if isinstance(found, SourceError):
            raise SourceError(path, found.reason, found.detail)
        if isinstance(found, _Blob):
            raise SourceError(path, "absent", f"is no folder in {self.commit[:12]}")
        listed = self._git(path, "ls-tree", "--full-tree", "-r", "-z", found.oid).out
        lines = listed.decode("utf-8", "surrogateescape").split("\0")
        entries = [line.partition("\t") for line in lines if line]
        is_link = {name: head.startswith(_LINK) for head, _, name in entries}
        return tuple(
            sorted(n for n, link in is_link.items() if not (link and self._is_folder(f"{path}/{n}")))
        )

    def _is_folder(self, path: str) -> bool:
        return isinstance(self._at(normpath(path)), _Folder)

    def _blob(self, path: str) -> _Blob | SourceError:
        found = self._at(path)
        if isinstance(found, _Folder):
            return SourceError(path, "unreadable", "is a directory, not a file")
        return found

    def _at(self, path: str) -> _Blob | _Folder | SourceError:
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def _find(self, path: str) -> _Blob | _Folder | SourceError:
        """Ask git what stands at a path, links followed."""
        absent = SourceError(path, "absent", f"does not exist in {self.commit[:12]}")
        if "\n" in path:  # the protocol has one name per line
            return absent
        inside = "" if path == "." else path
        try:
            name = f"{self.commit}:{self._prefix}{inside}".encode("utf-8", "surrogateescape")
            result = self._git(path, "cat-file", "--batch-check", "--follow-symlinks", stdin=name + b"\n")
        except UnicodeEncodeError:
            return absent
        except SourceError as error:
            return error
        answer = result.out.split(b"\n", 1)[0].split()
        match answer:
            case [oid, b"blob", size]:
                return _Blob(oid.decode("ascii"), int(size))
            case [oid, b"tree", _]:
                return _Folder(oid.decode("ascii"))
            case [_, b"commit", _]:
                return SourceError(path, "unreadable", "is a submodule, not a file")
            case [b"symlink", _]:
                return SourceError(path, "outside", "is a symbolic link that leaves the repository")
            case [b"dangling", _]:
                return SourceError(path, "absent", "is a symbolic link to a file that does not exist")
            case [b"loop", _]:
                return SourceError(path, "unreadable", "is a symbolic link that leads back to itself")
            case _:
                return absent

    def _git(self, path: str, *args: str, stdin: bytes = b"") -> Result:
        try:
            result = run(self._root, *args, stdin=stdin)
        except GitError as error:
            raise SourceError(path, "unreadable", f"can't be read: {error}") from None
        if result.code != 0:
            raise SourceError(path, "unreadable", f"can't be read: {result.error or 'git failed'}")
        return result


def _repository(root: Path) -> str:
    """Return the path of ``root`` inside its repository, ending in ``/``; empty for its top."""
    result = run(root, "rev-parse", "--show-prefix")
    if result.code == 0:
        return result.out.decode("utf-8", "surrogateescape").removesuffix("\n")
    if "not a git repository" in result.error:
        raise GitError(f"{root} is not in a git repository")
    raise GitError(f"git can't read the repository at {root}: {result.error}")
