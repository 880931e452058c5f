"""The output folder: written atomically, unchanged files not touched, stale files reported."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from platform import node
from time import time
from typing import Any

from cmcompile.model.errors import CmcompileError

MANIFEST = "manifest.json"
#: Host and process follow, so that two compiles into one folder do not take each other's files.
_TEMPORARY = re.compile(r"\.cmcompile-(?P<host>[0-9a-f]{8})-(?P<process>\d+)(?P<journal>\.json)?\Z")
#: Seconds after which a temporary file of another machine is taken for left behind.
_LEFT_BEHIND = 24 * 3600
_CAMPAIGN = re.compile(rb'"campaign": ("(?>(?:[^"\\]|\\.)*)")')


class OutputError(CmcompileError):
    """The output folder can't be used."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the files of an output folder.

    Attributes
    ----------
    stale
        Files that an earlier compile made and that no group makes any more.
    removed
        The stale files that were removed.
    strange
        Files that cmcompile did not make; they are left alone.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    stale: tuple[str, ...]
    removed: tuple[str, ...]
    strange: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    """What lies in the output folder before a compile.

    Attributes
    ----------
    files
        Paths of files and of all else that is no folder; for each whether it is a regular file.
    journals
        Manifests of compiles that did not end: their files are ours too.
    known
        What earlier compiles wrote, as their manifests say it.
    is_busy
        Whether another compile writes into the folder now.
    """

    files: dict[str, bool] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    journals: list[str] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)
    is_busy: bool = False


def write_tree(out: Path, files: Mapping[str, bytes], manifest: bytes, *, prune: bool) -> Written:
    """Bring a folder to these files.

    A file whose bytes are as they should be is not touched; each other one is replaced as a whole. The
    manifest is written last. A run that is cut off leaves a hidden copy of it, by which the next run knows
    what it had begun to write.

    Raises
    ------
    OutputError
        When the folder is not one of ours, something in it is in the way, or it can't be written.
    """
    base = os.fspath(out)
    with _told(out):
        found = _look(out)
        _read_manifests(out, found, manifest)
        _refuse_obstacles(out, found, files)
        others = sorted(found.files.keys() - files.keys() - {MANIFEST})
        stale = [path for path in others if path in found.known]
        final = manifest if prune or not stale else _with_stale(manifest, found.known, stale)
        journal = _Journal(base, _mark(), final)
        new, changed = _write_all(base, found, files, journal)
        removed = _remove(out, stale, files) if prune else []
        if journal.is_written or not _is_same(f"{base}/{MANIFEST}", final):
            journal.finish()
        for name in found.journals:
            Path(out, name).unlink(missing_ok=True)
    return Written(
        tuple(new),
        tuple(changed),
        len(files) - len(new) - len(changed),
        tuple(stale),
        tuple(removed),
        tuple(path for path in others if path not in found.known),
    )


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Say in our words what the operating system refuses."""
    try:
        yield
    except OSError as error:
        what = error.filename if isinstance(error.filename, str) else os.fspath(out)
        raise OutputError(f"{what} can't be written: {error.strerror or error}") from None


def _look(out: Path) -> _Found:
    """List the folder; what a cut-off run left half-written is removed."""
    found = _Found()
    todo = [""]
    while todo:
        folder = todo.pop()
        try:
            entries = list(os.scandir(out / folder))
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            raise OutputError(f"{out} is no folder: choose another with -o") from None
        for entry in entries:
            path = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                found.folders.add(path)
                todo.append(path + "/")
            elif (temporary := _TEMPORARY.match(entry.name)) is None:
                found.files[path] = entry.is_file(follow_symlinks=False)
            elif _is_left_behind(entry, temporary):
                if temporary["journal"] and not folder:
                    found.journals.append(path)
                else:
                    Path(entry.path).unlink(missing_ok=True)
            elif temporary["journal"]:
                found.is_busy = True
    return found


def _is_left_behind(entry: os.DirEntry[str], name: re.Match[str]) -> bool:
    """Tell whether nobody will need a temporary file any more."""
    process = int(name["process"])
    if name["host"] != _host():
        with suppress(FileNotFoundError):
            return time() - entry.stat(follow_symlinks=False).st_mtime > _LEFT_BEHIND
        return False
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _host() -> str:
    return sha256(node().encode()).hexdigest()[:8]


def _read_manifests(out: Path, found: _Found, manifest: bytes) -> None:
    """Take in what earlier compiles wrote.

    Raises
    ------
    OutputError
        When the folder holds something and no manifest, or the manifest of another campaign.
    """
    if found.files.get(MANIFEST) is None and not found.journals:
        if (found.files or found.folders) and not found.is_busy:
            raise OutputError(
                f"{out} holds files and no {MANIFEST}, so cmcompile did not make it: "
                "choose an empty folder with -o"
            )
        return
    mine = _CAMPAIGN.search(manifest[:4096])
    for name in (*found.journals, *([MANIFEST] if MANIFEST in found.files else [])):
        try:
            old = json.loads((out / name).read_bytes())
            campaign, outputs = old["campaign"], dict(old["outputs"])
        except (ValueError, KeyError, TypeError, RecursionError):
            if name != MANIFEST:
                continue  # cut off while it was written: nothing else was
            raise OutputError(
                f"{out / name} can't be read: remove the folder, or choose another with -o"
            ) from None
        if mine is not None and campaign != json.loads(mine[1]):
            raise OutputError(f"{out} holds the campaign {campaign}: choose another folder with -o")
        found.known.update(outputs)


def _refuse_obstacles(out: Path, found: _Found, files: Mapping[str, bytes]) -> None:
    """Find what stands where a file or a folder must be, before anything is written.

    Raises
    ------
    OutputError
        When there is such a thing; a link to a folder too, as files would be written elsewhere.
    """
    folders: set[str] = set()
    for path in files:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for folder in sorted(folders & found.files.keys()):
        kind = "a link" if (out / folder).is_symlink() else "a file"
        raise OutputError(f"{out / folder} is {kind}, and a folder must be there: remove it")
    for path in sorted(found.folders & {*files, MANIFEST}):
        raise OutputError(f"{out / path} is a folder, and a file must be there: remove it")


class _Journal:
    """The manifest, hidden while the files are written."""

    def __init__(self, base: str, mark: str, data: bytes) -> None:
        self.mark = mark
        self.is_written = False
        self._base = base
        self._data = data
        self._path = f"{base}/{mark}.json"

    def begin(self) -> None:
        """Write it where it is not yet: before the first file."""
        if not self.is_written:
            os.makedirs(self._base, exist_ok=True)  # noqa: PTH103
            _fill(self._path, self._data)
            self.is_written = True

    def finish(self) -> None:
        """Make it the manifest."""
        self.begin()
        os.replace(self._path, f"{self._base}/{MANIFEST}")  # noqa: PTH105


def _write_all(
    base: str, found: _Found, files: Mapping[str, bytes], journal: _Journal
) -> tuple[list[str], list[str]]:
    new: list[str] = []
    changed: list[str] = []
    made: set[str] = set()
    for path, data in files.items():
        target = f"{base}/{path}"
        is_regular = found.files.get(path)
        if is_regular and _is_same(target, data):
            continue
        journal.begin()
        if is_regular is None:
            new.append(path)
            _make_folder(target, made)
        else:
            changed.append(path)
        _write(target, data, journal.mark)
    return new, changed


def _is_same(target: str, data: bytes) -> bool:
    try:
        handle = os.open(target, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # One byte more than expected, so that a longer file is seen with a single read.
        return os.read(handle, len(data) + 1) == data
    finally:
        os.close(handle)


def _mark() -> str:
    """Return a name for temporary files that no other process uses."""
    return f".cmcompile-{_host()}-{os.getpid()}"


def _write(target: str, data: bytes, mark: str) -> None:
    folder = target.rpartition("/")[0]
    temporary = f"{folder}/{mark}"
    try:
        _fill(temporary, data)
    except FileNotFoundError:  # another compile has removed the folder, as it was empty
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        _fill(temporary, data)
    try:
        os.replace(temporary, target)  # noqa: PTH105 - quick, for ten thousands of files
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def _fill(path: str, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
    except BaseException:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        raise
    finally:
        os.close(handle)


def _make_folder(target: str, made: set[str]) -> None:
    folder = target.rpartition("/")[0]
    if folder not in made:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        made.add(folder)


def _remove(out: Path, paths: Iterable[str], files: Mapping[str, bytes]) -> list[str]:
    """Remove stale files, and the folders that are empty without them."""
    by_case = {path.lower(): path for path in files}
    gone = []
    for path in paths:
        target, same = out / path, by_case.get(path.lower())
        # Where case makes no difference, this is the new file under its old name.
        if same is not None and (out / same).exists() and target.exists() and target.samefile(out / same):
            continue
        target.unlink(missing_ok=True)
        gone.append(path)
        for folder in target.relative_to(out).parents[:-1]:
            try:
                (out / folder).rmdir()
            except OSError:  # not empty
                break
    return gone


def _with_stale(manifest: bytes, old: Mapping[str, Any], stale: Iterable[str]) -> bytes:
    """Keep naming stale files, so that a later --prune still knows them as ours."""
    content = json.loads(manifest)
    content["outputs"].update({path: old[path] for path in stale})
    content["outputs"] = dict(sorted(content["outputs"].items()))
    return (json.dumps(content, indent=1) + "\n").encode()
