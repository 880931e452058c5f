"""The output folder: written atomically, unchanged files not touched, stale files reported."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cmcompile.model.errors import CmcompileError

MANIFEST = "manifest.json"
_TEMPORARY = ".cmcompile-"


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


def write_tree(out: Path, files: Mapping[str, bytes], manifest: bytes, *, prune: bool) -> Written:
    """Bring a folder to these files.

    A file whose bytes are as they should be is not touched. The manifest is written last, so a run that
    is cut off leaves one that names only what an earlier run finished.

    Raises
    ------
    OutputError
        When the folder holds files and no manifest, so that it is not one of ours.
    """
    known = _known(out)
    present = set(_present(out))
    new, changed = [], []
    folders: set[str] = set()
    base = os.fspath(out)
    for path, data in files.items():
        target = f"{base}/{path}"
        if path in present:
            if _same(target, data):
                continue
            changed.append(path)
        else:
            new.append(path)
            _make_folder(target, folders)
        _write(target, data)
    extra = sorted(present - files.keys() - {MANIFEST})
    stale = tuple(p for p in extra if p in known)
    removed = tuple(_remove(out, stale)) if prune else ()
    if not (MANIFEST in present and _same(f"{base}/{MANIFEST}", manifest)):
        out.mkdir(parents=True, exist_ok=True)
        kept = [p for p in stale if p not in removed]
        _write(f"{base}/{MANIFEST}", manifest if not kept else _with_stale(manifest, out, kept))
    return Written(
        tuple(new),
        tuple(changed),
        len(files) - len(new) - len(changed),
        stale,
        removed,
        tuple(p for p in extra if p not in known),
    )


def _known(out: Path) -> frozenset[str]:
    """Return the files that the manifest of the folder names."""
    try:
        with (out / MANIFEST).open("rb") as stream:
            outputs = json.load(stream)["outputs"]
        return frozenset(outputs)
    except FileNotFoundError:
        if out.is_dir() and any(out.iterdir()):
            raise OutputError(
                f"{out} holds files and no {MANIFEST}, so cmcompile did not make it: "
                "choose an empty folder with -o"
            ) from None
        if out.exists() and not out.is_dir():
            raise OutputError(f"{out} is no folder: choose another with -o") from None
        return frozenset()
    except (ValueError, KeyError, TypeError):
        raise OutputError(
            f"{out / MANIFEST} can't be read: remove the folder, or choose another with -o"
        ) from None
    except OSError as error:
        raise OutputError(f"{out} can't be used: {error.strerror}") from None


def _present(out: Path) -> Iterable[str]:
    """Yield the files below the folder; what a cut-off run left half-written is removed."""
    todo = [""]
    while todo:
        folder = todo.pop()
        try:
            entries = list(os.scandir(out / folder))
        except FileNotFoundError:
            continue
        for entry in entries:
            path = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                todo.append(path + "/")
            elif entry.name.startswith(_TEMPORARY):
                Path(entry.path).unlink(missing_ok=True)
            else:
                yield path


def _same(target: str, data: bytes) -> bool:
    try:
        handle = os.open(target, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # One byte more than expected, so that a longer file is seen with a single read.
        return os.read(handle, len(data) + 1) == data
    finally:
        os.close(handle)


def _write(target: str, data: bytes) -> None:
    folder, _, name = target.rpartition("/")
    temporary = f"{folder}/{_TEMPORARY}{name[-200:]}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
    except OSError:
        os.unlink(temporary)  # noqa: PTH108 - quick, for ten thousands of files
        raise
    finally:
        os.close(handle)
    os.replace(temporary, target)  # noqa: PTH105


def _make_folder(target: str, made: set[str]) -> None:
    folder = target.rpartition("/")[0]
    if folder not in made:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        made.add(folder)


def _remove(out: Path, paths: Iterable[str]) -> list[str]:
    gone = []
    for path in paths:
        target = out / path
        target.unlink(missing_ok=True)
        gone.append(path)
        for folder in target.relative_to(out).parents:
            if str(folder) != "." and not any((out / folder).iterdir()):
                (out / folder).rmdir()
    return gone


def _with_stale(manifest: bytes, out: Path, stale: Iterable[str]) -> bytes:
    """Keep naming stale files, so that a later --prune still knows them as ours."""
    content = json.loads(manifest)
    old = json.loads((out / MANIFEST).read_bytes())["outputs"]
    content["outputs"].update({path: old[path] for path in stale})
    content["outputs"] = dict(sorted(content["outputs"].items()))
    return (json.dumps(content, indent=1) + "\n").encode()
