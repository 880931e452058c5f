"""The files of the quickstart's clone: copied from this package, with what was chosen filled in."""

from __future__ import annotations

import re
import sys
from importlib.resources import files
from pathlib import Path

from cmcompile.init.template import filled, tree
from cmcompile.model.errors import CmcompileError
from cmcompile.quickstart.sky import Sky

_FOLDER = "template"
#: What a repository that is there already has of its own.
_OWN = (".gitignore", "README.md")
#: Signs that neither a shell, nor BPS, nor the Butler takes for anything else.
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]+")


def clone_files(sky: Sky, groups: int, home: Path, into: Path | None = None) -> dict[str, bytes]:
    """Return the files of the clone by path: the same for the same choice.

    Parameters
    ----------
    groups
        Into how many groups of visits the steps of visits are cut.
    home
        The directory of the quickstart, absolute.
    into
        The root of a repository that is there already, absolute; None: one is made in the directory.

    Raises
    ------
    CmcompileError
        When a path has signs that BPS would take for something else.
    """
    python = str(Path(sys.executable).parent)
    clone = str(into or home / "clone")
    for path in (str(home), clone, python):
        if _PLAIN.fullmatch(path) is None:
            raise CmcompileError(
                f"BPS can't work with the path {path}: only letters, digits and _ . / + - may stand in it"
            )
    values = {
        "HERE": str(home),
        "CLONE": clone,
        "BIN": python,
        "VISITS": str(sky.visits),
        "DETECTORS": str(sky.detectors),
        "SIZE": str(-(-sky.visits // groups)),
    }
    made = tree(files(__package__) / _FOLDER)
    found = {path: filled(data, values) for path, data in made.items() if into is None or path not in _OWN}
    visits = "".join(f"{visit}\n" for visit in sky.visit_ids())
    return {**found, "campaigns/quickstart/lists/visits.txt": visits.encode()}
