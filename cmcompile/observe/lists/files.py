"""Files on disk, a row for each; they are looked at, and never touched."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path

from cmcompile.model.list_query import Answer
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.lists.cells import MOST, AskError, word

#: Seconds for all; and so many entries of folders are looked at.
PATIENCE = 300.0
LOOKED_AT = 20_000_000
_WILD = re.compile(r"[*?[]")
_ANY = "**"
#: So many names that don't fit are told.
_TOLD = 3


class _GivenUpError(Exception):
    """There is no answer; the text says why."""


def ask_files(files: str, columns: str, settled: int = 0, most: int = MOST) -> Answer | NoAnswer:
    """Look for files, and read the columns of each from its path.

    Parameters
    ----------
    files
        A whole path. ``**`` stands for any folders, and passes over links; with a slash at the end folders
        are meant.
    columns
        Is looked for in the path, with ``/`` between its parts.
    settled
        Files that were changed within so many seconds are left out: they may still be written.

    Raises
    ------
    AskError
        When the path is not whole or names nothing, or there are too many files.
    """
    if not files.startswith("/"):
        raise AskError(f"{files} is no whole path: begin it with `/`, or with a variable that does")
    parts = [part for part in files.split("/") if part not in ("", ".")]
    if not parts:
        raise AskError(f"{files} names no file: write what stands below it, such as /data/run*/*.root")
    pattern = re.compile(columns)
    names = tuple(pattern.groupindex)
    walk = _Walk(time.monotonic() + PATIENCE, folders=files.endswith("/"))
    rows, odd, before = set(), [], time.time() - settled
    try:
        for path in walk.files(parts):
            found = pattern.search(path) if _is_text(path) else None
            if found is None or None in found.groupdict().values():
                odd.append(path)
            elif not settled or _changed(path) <= before:
                rows.add(tuple(word(found[name]) for name in names))
                if len(rows) > most:
                    raise AskError(f"there are more than {most:,} files: is the pattern too wide?")
    except _GivenUpError as error:
        return NoAnswer(str(error))
    return Answer(names, tuple(rows), _told(odd))


def _told(odd: list[str]) -> tuple[str, ...]:
    if not odd:
        return ()
    shown = ", ".join(path.encode("utf-8", "replace").decode() for path in sorted(odd)[:_TOLD])
    more = f" and {len(odd) - _TOLD} more" if len(odd) > _TOLD else ""
    return (f"`columns` does not fit {shown}{more}",)


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _changed(path: str) -> float:
    try:
        found = Path(path).stat()
    except OSError:
        return float("inf")  # it went meanwhile
    return max(found.st_mtime, found.st_ctime)


@dataclass(slots=True)
class _Walk:
    """Looks for files below folders, within a time.

    Attributes
    ----------
    folders
        Whether folders are looked for instead.
    """

    end: float
    folders: bool
    looked_at: int = 0
    seen: set[str] = field(default_factory=set)

    def files(self, parts: list[str]) -> Iterator[str]:
        """Yield what fits a path, each once."""
        fixed = next((n for n, part in enumerate(parts) if _WILD.search(part)), len(parts) - 1)
        top = "/" + "/".join(parts[:fixed])
        if not self._is_folder(top):
            raise _GivenUpError(f"{top} is not there, or no folder")
        for path in self._below(top, parts[fixed:]):
            if path not in self.seen:
                self.seen.add(path)
                yield path

    def _below(self, folder: str, parts: list[str]) -> Iterator[str]:
        head, rest = parts[0], parts[1:]
        if head == _ANY:
            yield from self._below(folder, rest or ["*"])
            for entry in self._entries(folder):
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    yield from self._below(entry.path, parts)
            return
        fits = re.compile(translate(head)).match
        for entry in self._entries(folder):
            if not fits(entry.name) or (entry.name.startswith(".") and not head.startswith(".")):
                continue
            is_folder = self._is_folder(entry.path) if rest or self.folders else False
            if rest and is_folder:
                yield from self._below(entry.path, rest)
            elif not rest and (is_folder if self.folders else self._is_file(entry)):
                yield entry.path

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                for entry in found:
                    self.looked_at += 1
                    if self.looked_at > LOOKED_AT or time.monotonic() > self.end:
                        raise _GivenUpError(f"{folder}: there is too much to look at")
                    yield entry
        except (FileNotFoundError, NotADirectoryError):
            return  # it went meanwhile
        except OSError as error:
            raise _GivenUpError(f"{folder}: {error.strerror}") from None

    def _is_folder(self, path: str) -> bool:
        return self._mode(path, stat.S_ISDIR)

    def _is_file(self, entry: os.DirEntry[str]) -> bool:
        return entry.is_file(follow_symlinks=False) or (
            entry.is_symlink() and self._mode(entry.path, stat.S_ISREG)
        )

    def _mode(self, path: str, is_kind: object) -> bool:
        try:
            return bool(is_kind(Path(path).stat().st_mode))  # type: ignore[operator]
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise _GivenUpError(f"{path}: {error.strerror}") from None
