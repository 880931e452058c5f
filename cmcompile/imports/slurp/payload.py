"""The files that go with the jobs of a rule, where they were found."""

from __future__ import annotations

from collections.abc import Mapping


def find_payload(folder: str, files: Mapping[str, bytes], step: str) -> tuple[str, dict[str, bytes]]:
    """Return the folder of a payload without its last slash, and its files by the path they get here.

    Parameters
    ----------
    files
        Files that may be payload, by a path whose end is that of the rule.
    """
    plain = folder.removeprefix("./").rstrip("/")
    if not plain:
        return "", {}
    found = {}
    for path, data in files.items():
        head, inside, name = path.rpartition(f"{plain}/")
        if inside and (not head or head.endswith("/")) and name:
            found[f"{step}/{name}"] = data
    return plain, found
