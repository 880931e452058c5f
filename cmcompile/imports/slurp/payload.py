"""The files that go with the jobs of a rule, where they were found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cmcompile.imports.foreign import ForeignError


def find_payload(folders: Iterable[str], files: Mapping[str, bytes], step: str) -> dict[str, bytes]:
    """Return the files of some folders of a rule by the path they get here.

    Parameters
    ----------
    files
        Files that may be payload, by a path whose end is that of the rule.

    Raises
    ------
    ForeignError
        When two files would get one path.
    """
    found: dict[str, bytes] = {}
    for plain in filter(None, map(plain_folder, folders)):
        for path, data in files.items():
            head, inside, name = path.rpartition(f"{plain}/")
            if not inside or not name or (head and not head.endswith("/")):
                continue
            target = f"{step}/{name}"
            if found.setdefault(target, data) != data:
                raise ForeignError(f"{path}: another payload file would be {target} too: name fewer with -I")
    return found


def plain_folder(folder: str) -> str:
    """Return a folder as a rule names it, without ``./`` and its last slash."""
    return folder.removeprefix("./").rstrip("/")
