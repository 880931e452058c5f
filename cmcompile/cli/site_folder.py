"""The folder of a site: only what changed is written, and only what is its own is removed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cmcompile.model.errors import CmcompileError

#: What a site may hold, as paths relative to its folder: the list in the folder is not believed beyond that.
_OWN = re.compile(
    r"(?:index\.html|\.nojekyll"
    r"|static/[a-z0-9_-]+\.(?:js|css|svg)"
    r"|data/(?:[a-z0-9_~-]+/){0,2}[a-z0-9_~-]+\.js"
    r"|files/[0-9a-f]{2}/[0-9a-f]{40,64}\.txt)\Z"
)
#: As-run files whose bytes are read at once.
_CHUNK = 2000


class SiteError(CmcompileError):
    """The folder can't be used."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """What became of a folder.

    Attributes
    ----------
    files, bytes
        Of the whole site.
    written, removed
        How many files were new or other ones, and how many were taken away.
    """

    files: int
    bytes: int
    written: int
    removed: int


def write_site(
    out: Path,
    made: Mapping[str, bytes],
    as_run: Mapping[str, str],
    read: Callable[[Iterable[str]], Mapping[str, bytes]],
    listing: Callable[[Iterable[str]], bytes],
    manifest: str,
) -> Wrote:
    """Bring a folder to a site.

    A file whose bytes are right is not touched, each other one is replaced as a whole. What a former writing
    made and this one does not is removed, if the list in the folder names it; nothing else ever is. The list
    names what is to come before any of it is written.

    Parameters
    ----------
    as_run
        Ids of bytes in git, by path: a file that is there under such a path holds them already.
    read
        Returns bytes by id.
    listing
        Returns the list of files, as bytes.

    Raises
    ------
    SiteError
        When something stands in the way, or the folder can't be written.
    """
    try:
        former = _former(out, manifest)
        paths = {*made, *as_run}
        folder = _Folder(out)
        folder.write(manifest, listing({*paths, *former}))
        written = sum([folder.write(path, data) for path, data in made.items()])
        new = [path for path in as_run if not folder.has(path)]
        for at in range(0, len(new), _CHUNK):
            some = new[at : at + _CHUNK]
            contents = read([as_run[path] for path in some])
            written += sum([folder.write(path, contents[as_run[path]]) for path in some])
        removed = sum([folder.remove(path) for path in sorted(former - paths)])
        folder.write(manifest, listing(paths))
        room = sum((out / path).stat().st_size for path in paths)
    except OSError as error:
        what = error.filename if isinstance(error.filename, str) else os.fspath(out)
        raise SiteError(f"{what} can't be written: {error.strerror or error}") from None
    return Wrote(len(paths), room, written, removed)


def _former(out: Path, manifest: str) -> set[str]:
    """Return what a former writing listed; an empty folder, or none, has nothing."""
    if not out.exists():
        out.mkdir(parents=True)
    if not out.is_dir():
        raise SiteError(f"{out} is a file: name a folder")
    try:
        text = (out / manifest).read_bytes()
    except FileNotFoundError:
        if any(out.iterdir()):
            raise SiteError(f"{out} holds files, and no site of cmcompile: name an empty folder") from None
        return set()
    try:
        about = json.loads(text)
        if about["made_by"] != "cmcompile site":
            raise ValueError
        return {path for path in about["files"] if isinstance(path, str) and _OWN.match(path)}
    except (ValueError, KeyError, TypeError):
        raise SiteError(f"{out / manifest} is no list of a site of cmcompile: name an empty folder") from None


class _Folder:
    """A folder that is written to; links in it are not followed."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._sound: set[Path] = {out}

    def _place(self, path: str) -> Path:
        place = self._out / path
        for folder in reversed(place.parents):
            if folder in self._sound or not folder.is_relative_to(self._out):
                continue
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise SiteError(f"{folder} is in the way: a site makes its folders itself")
            folder.mkdir(exist_ok=True)
            self._sound.add(folder)
        if place.is_symlink() or place.is_dir():
            raise SiteError(f"{place} is in the way: a site has a file there")
        return place

    def has(self, path: str) -> bool:
        """Tell whether a file is there whose name says what it holds."""
        return self._place(path).is_file()

    def write(self, path: str, data: bytes) -> bool:
        """Write a file, unless it is as it should be."""
        place = self._place(path)
        with suppress(FileNotFoundError):
            if place.stat().st_size == len(data) and place.read_bytes() == data:
                return False
        beside = place.with_name(f".{place.name}.{os.getpid()}.tmp")
        beside.write_bytes(data)
        beside.replace(place)
        return True

    def remove(self, path: str) -> bool:
        """Remove a file, and the folders that it leaves empty."""
        place = self._place(path)
        try:
            place.unlink()
        except FileNotFoundError:
            return False
        for folder in place.parents:
            if folder == self._out or not folder.is_relative_to(self._out):
                break
            try:
                folder.rmdir()
            except OSError:
                break
            self._sound.discard(folder)
        return True
