"""Which stack an environment has."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cmcompile.observe.butler.said import said

#: What a submission needs, by module: those of the stack that BPS and its graphs are made with.
_MODULES = {
    "ctrl_bps": "lsst.ctrl.bps",
    "ctrl_mpexec": "lsst.ctrl.mpexec",
    "daf_butler": "lsst.daf.butler",
    "pipe_base": "lsst.pipe.base",
}
#: What BPS's defaults call programs by.
_PROGRAMS = {"CTRL_MPEXEC_DIR": "bin/pipetask", "DAF_BUTLER_DIR": "bin/butler"}


def versions() -> Mapping[str, object]:
    """Return the Python, the packages with their versions, what is lacking, and the release that EUPS set up.

    Each package is imported: one that is there and broken is lacking too.
    """
    found, lacking = {}, {}
    for name, module in _MODULES.items():
        try:
            imported = import_module(module)
        except (Exception, SystemExit) as error:  # a broken package may raise anything
            lacking[name] = said(error)
            continue
        found[name] = _version(name, str(getattr(imported, "__version__", "")))
    programs = [
        f"{os.environ.get(variable) or f'${variable}'}/{path}"
        for variable, path in _PROGRAMS.items()
        if not (Path(os.environ.get(variable) or os.devnull) / path).is_file()
    ]
    return {
        "python": platform.python_version(),
        "packages": found,
        "lacking": lacking,
        "programs": programs if not lacking else [],
        # As EUPS says it: `lsst_distrib w_2026_01 -f Linux64 -Z …`.
        "release": " ".join(os.environ.get("SETUP_LSST_DISTRIB", "").split()[:2]),
    }


def _version(name: str, told: str) -> str:
    try:
        return version(f"lsst-{name.replace('_', '-')}")
    except PackageNotFoundError:
        return told or "?"
