"""The files of a working tree, and the root of the repository."""

from __future__ import annotations

import os
import posixpath
import stat
from pathlib import Path

from cmcompile.git.paths import checked, normal
from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import SourceError
from cmcompile.model.ports import Sources
from cmcompile.model.source import Node, Span
from cmcompile.spec.yaml import Limits, read

MAX_BYTES = Limits().file

_CODES = {
    "absent": (reading.FILE_ABSENT, "correct the path; it is read as relative to the file that names it"),
    "outside": (reading.FILE_OUTSIDE, "copy the file into the repository and name it there"),
    "unreadable": (reading.FILE_UNREADABLE, "name a plain text file that can be read"),
}


class WorkingTree:
    """The files below the root of a repository, as they are on disk; implements ``Sources``.

    Attributes
    ----------
    root
        The root of the repository, links resolved.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self._found: dict[str, Path | SourceError] = {}
        self._contents: dict[str, bytes | SourceError] = {}

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, the same each time.

        Raises
        ------
        SourceError
            When there is no such file, or it is outside the repository, or it can't be read.
        """
        path = checked(path)
        if path not in self._contents:
            found = self._look(path)
            self._contents[path] = found if isinstance(found, SourceError) else _read(path, found)
        content = self._contents[path]
        if isinstance(content, SourceError):
            raise SourceError(content.path, content.reason, content.detail)
        return content

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file inside the repository."""
        try:
            return isinstance(self._look(checked(path)), Path)
        except SourceError:
            return False

    def below(self, path: str) -> tuple[str, ...]:
        """Return the paths of all files below a folder, sorted; no link to a folder is followed.

        Raises
        ------
        SourceError
            When there is no such folder, or it is outside the repository, or it can't be listed.
        """
        path = checked(path)
        base = Path(os.path.realpath(self.root / path))
        if not base.is_relative_to(self.root) or normal(base.relative_to(self.root).as_posix()) is None:
            raise SourceError(path, "outside", "is a symbolic link that leaves the repository")
        if not base.is_dir():
            raise SourceError(path, "absent", "is no folder")
        found: list[str] = []
        try:
            for folder, folders, files in os.walk(base, onerror=_raised):
                folders[:] = [name for name in folders if name.lower() != ".git"]
                inside = Path(folder).relative_to(base).as_posix()
                found += [name if inside == "." else f"{inside}/{name}" for name in files]
        except OSError as error:
            raise _unreadable(path, error) from None
        return tuple(sorted(found))

    def _look(self, path: str) -> Path | SourceError:
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def _find(self, path: str) -> Path | SourceError:
        """Return where a file is, links resolved."""
        try:
            target = Path(os.path.realpath(self.root / path))
            if not target.is_relative_to(self.root) or normal(str(target.relative_to(self.root))) is None:
                return SourceError(path, "outside", "is a symbolic link that leaves the repository")
            mode = target.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return SourceError(path, "absent", "does not exist")
        except (OSError, ValueError) as error:
            return _unreadable(path, error)
        if stat.S_ISREG(mode):
            return target
        kind = "a directory" if stat.S_ISDIR(mode) else "a device, pipe or socket"
        return SourceError(path, "unreadable", f"is {kind}, not a file")


def _raised(error: OSError) -> None:
    raise error


def _read(path: str, target: Path) -> bytes | SourceError:
    """Read a file that was found; one that is replaced meanwhile by a pipe must not make us wait."""
    try:
        handle = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return SourceError(path, "unreadable", "is not a file any more")
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return SourceError(path, "absent", "does not exist any more")
    except OSError as error:
        return _unreadable(path, error)
    if len(data) > MAX_BYTES:
        return SourceError(path, "unreadable", f"is larger than {MAX_BYTES // 2**20} MiB")
    return data


def _unreadable(path: str, error: OSError | ValueError) -> SourceError:
    reason = (error.strerror if isinstance(error, OSError) else None) or "its name can't be a path"
    return SourceError(path, "unreadable", f"can't be read: {reason.lower()}")


def find_root(start: Path) -> Path:
    """Return the root of the repository that ``start`` is in.

    It is the nearest directory upwards that holds ``.git``, else the nearest that holds ``campaigns``,
    else ``start`` itself (the directory of it, when it is a file).
    """
    start = Path(os.path.realpath(start))
    if start.is_file():
        start = start.parent
    above = [start, *start.parents]
    for directory in above:
        if os.path.lexists(directory / ".git"):
            return directory
    return next((directory for directory in above if (directory / "campaigns").is_dir()), start)


def join(base_file: str, relative: str) -> str | None:
    """Return the path of a file that another file names relative to itself.

    Parameters
    ----------
    base_file
        Path of the naming file, relative to the root of the repository.
    relative
        What stands in it.

    Returns
    -------
    path
        The normal path relative to the root, or None when it is absolute or leaves the repository.
    """
    if relative.startswith("/"):
        return None
    return normal(posixpath.join(posixpath.dirname(base_file), relative))


def read_yaml(sources: Sources, path: str, findings: Findings, named_at: Span | None) -> Node | None:
    """Read a YAML file strictly.

    Parameters
    ----------
    sources
        Where files come from.
    path
        Path relative to the root of the repository.
    findings
        Gets an error when there is no such file, or for what it holds.
    named_at
        Where the file is named; None when a person named it on the command line.

    Returns
    -------
    node
        The document, or None when it can't be used.
    """
    try:
        data = sources.read(path)
    except SourceError as error:
        code, hint = _CODES.get(error.reason, _CODES["unreadable"])
        findings.add(code, named_at, f"the file {error.path} {error.detail}", hint)
        return None
    return read(path, data, findings)
