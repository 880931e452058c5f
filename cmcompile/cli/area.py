"""The directory that BPS runs in: where submit directories, and what goes with them, are written."""

from __future__ import annotations

from pathlib import Path

from cmcompile.cli.setting import setting

#: git's setting, and the variable that goes before it; without them it is the root of the clone.
SETTING, VARIABLE = "cmcompile.area", "CMCOMPILE_AREA"


def area_of(root: Path) -> Path:
    """Return the area of a clone, absolute; a relative one is below the root of the clone."""
    named = setting(root, SETTING, VARIABLE)
    return (root / Path(named).expanduser()).absolute() if named else root.absolute()
