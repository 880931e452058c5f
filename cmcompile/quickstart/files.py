"""The files of the quickstart's clone: copied from this package, with what was chosen filled in."""

from __future__ import annotations

import re
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from cmcompile.model.errors import CmcompileError
from cmcompile.quickstart.sky import Sky

_FOLDER = "template"
#: Names that the package can't give a file itself: git, and tools that look at Python files, would take it.
_NAMES = {"gitignore.txt": ".gitignore", "quick_tasks.py.txt": "quick_tasks.py"}
#: Signs that neither a shell, nor BPS, nor the Butler takes for anything else.
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]+")


def clone_files(sky: Sky, groups: int, home: Path) -> dict[str, bytes]:
    """Return the files of the clone by path: the same for the same choice.

    Parameters
    ----------
    groups
        Into how many groups of visits the steps of visits are cut.
    home
        The directory of the quickstart, absolute.

    Raises
    ------
    CmcompileError
        When a path has signs that BPS would take for something else.
    """
    python = str(Path(sys.executable).parent)
    for path in (str(home), python):
        if _PLAIN.fullmatch(path) is None:
            raise CmcompileError(
                f"BPS can't work with the path {path}: only letters, digits and _ . / + - may stand in it"
            )
    filled = {
        "HERE": str(home),
        "BIN": python,
        "VISITS": str(sky.visits),
        "DETECTORS": str(sky.detectors),
        "SIZE": str(-(-sky.visits // groups)),
    }
    found = {path: _filled(data, filled) for path, data in _tree(files(__package__) / _FOLDER, "")}
    visits = "".join(f"{visit}\n" for visit in sky.visit_ids())
    return {**found, "campaigns/quickstart/lists/visits.txt": visits.encode()}


def _tree(folder: Traversable, above: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        path = above + _NAMES.get(entry.name, entry.name)
        if entry.is_dir():
            found += _tree(entry, f"{path}/") if entry.name != "__pycache__" else []
        else:
            found.append((path, entry.read_bytes()))
    return found


def _filled(data: bytes, values: dict[str, str]) -> bytes:
    text = data.decode()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text.encode()
