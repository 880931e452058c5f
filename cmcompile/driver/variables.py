"""Environment variables: those that BPS needs, and those whose names may be kept."""

from __future__ import annotations

import sys
from collections.abc import Iterable, MutableMapping
from fnmatch import fnmatchcase
from pathlib import Path

#: What the defaults of BPS call programs by, and such a program. A set-up of the stack by EUPS sets them; in
#: a virtual environment they are its root.
_PROGRAMS = {"CTRL_MPEXEC_DIR": "bin/pipetask", "DAF_BUTLER_DIR": "bin/butler"}
#: Names that tell which software ran; the values never leave the machine.
_TELLING = (
    *("SETUP_*", "*_DIR", "EUPS_PATH", "EUPS_PKGROOT", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "VIRTUAL_ENV"),
    *("LSST_*", "DAF_BUTLER_*", "PYTHONPATH", "LD_LIBRARY_PATH", "OMP_NUM_THREADS"),
)


def complete(environ: MutableMapping[str, str], area: Path, prefix: Path | None = None) -> None:
    """Set what BPS needs and nobody has set; ``PWD`` is the area, whatever was inherited.

    Parameters
    ----------
    prefix
        The root of the Python at hand; None: that of this process.
    """
    root = Path(sys.prefix) if prefix is None else prefix
    environ["PWD"] = str(area)
    for name, program in _PROGRAMS.items():
        if not environ.get(name) and (root / program).is_file():
            environ[name] = str(root)


def told_names(environ: Iterable[str], declared: Iterable[str] = ()) -> list[str]:
    """Return the names of variables that may be kept, sorted.

    Parameters
    ----------
    declared
        Names that the environment of the campaign declares: they stand in the spec.
    """
    own = frozenset(declared)
    return sorted(
        name for name in environ if name in own or any(fnmatchcase(name, pattern) for pattern in _TELLING)
    )
