"""What this machine is asked: directories, room, quotas, records of runs, the clock of a file server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from cmcompile.engine.record import RecordError, Records, home_of

#: Seconds after which ``quota`` is given up: it asks file servers.
_SECONDS = 20.0
#: File systems of servers: where a quota is in force, ``df`` need not show it.
_SERVED = ("nfs", "nfs4", "lustre", "gpfs", "wekafs", "beegfs", "ceph", "panfs", "afs", "cifs", "smb3")
#: Options of a mount that say that a quota is in force here.
_QUOTAS = (
    "usrquota",
    "grpquota",
    "prjquota",
    "quota",
    "uquota",
    "gquota",
    "pquota",
    "usrjquota",
    "grpjquota",
)
_KILO = 1024


def writable(place: str) -> Mapping[str, object]:
    """Write a file into a directory, and remove it; nothing is made but below a directory that is there.

    Returns
    -------
    reply
        ``fault``: why it can't be written to; ``made``: the directory is not there yet, and can be made;
        ``skew``: by how many seconds the file's time, which a file server gives, is ahead of the clock here.
    """
    found = Path(place)
    there = _nearest(found)
    if not there.is_dir():
        return {"fault": f"{there} is no directory"}
    try:
        # Some systems find a full quota only when a file is closed, or its data is on its way.
        with tempfile.NamedTemporaryFile(dir=there, prefix=".cmcompile-") as file:
            before = time.time()
            file.write(b"\0" * _KILO)
            file.flush()
            os.fsync(file.fileno())
            after, stamp = time.time(), os.fstat(file.fileno()).st_mtime
    except OSError as error:
        return {"fault": f"{there}: {error.strerror or error}"}
    skew = stamp - after if stamp > after else min(0.0, stamp - before)
    return {"fault": "", "made": there != found, "skew": skew}


def room(place: str) -> Mapping[str, object]:
    """Return how much room there is for who asks, on the disk that a directory is on, and in its quota.

    Returns
    -------
    reply
        ``device``, ``free`` bytes, ``files`` that can be made; ``quota``: bytes left of the least quota, None
        where none is set; ``silent``: why a quota that may be in force can't be asked for.
    """
    there = _nearest(Path(place))
    status = os.statvfs(there)
    mount, kind, options = _mount(there)
    left, silent = _quota()
    may = kind in _SERVED or _in_force(options)
    if left is None and may and shutil.which("quota") is None:
        silent = f"{mount} ({kind}) may have quotas, and there is no program `quota` that knows them"
    # File systems that count no files say that they have none.
    files = status.f_favail if status.f_files else None
    return {
        "device": str(there.stat().st_dev),
        "free": status.f_bavail * status.f_frsize,
        "files": files,
        "quota": left,
        "silent": silent,
    }


def records(named: str) -> Mapping[str, object]:
    """Look at the directory of the records of runs; nothing is made.

    Parameters
    ----------
    named
        As ``runsHome`` of a submit file; empty: the usual one.

    Returns
    -------
    reply
        ``home``; ``host``: the machine that they are of, empty where there are none yet; ``here``: whether
        that is this one; ``fault``: why they can't be used.
    """
    try:
        home = home_of(named)
        found = Records(home)
        host = found.host
        if home.is_dir() and not host and any(home.iterdir()):
            return {"home": str(home), "fault": f"{home} holds something else than records"}
    except (RecordError, OSError, RuntimeError, ValueError) as error:
        return {"home": named, "fault": str(error)}
    fault = str(writable(str(home))["fault"])
    return {"home": str(home), "host": host, "here": not host or found.is_here, "fault": fault}


def submits(area: str, prefixes: tuple[str, ...]) -> Mapping[str, object]:
    """Return under ``found`` by prefix the submit directories below an area whose names begin with it."""
    found = {}
    for prefix in prefixes:
        above, _, start = prefix.rpartition("/")
        folder = Path(area) / "submit" / above
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        found[prefix] = [f"{above}/{name}" for name in names if name.startswith(start)]
    return {"found": found}


def spool(place: str) -> Mapping[str, object]:
    """Return the files of a spool: those that wait, and those that were put aside as unreadable."""
    folder = Path(place)
    files = sorted(str(path) for path in folder.iterdir()) if folder.is_dir() else []
    return {
        "waiting": [path for path in files if path.endswith(".json")],
        "aside": [path for path in files if path.endswith(".unreadable")],
    }


def _nearest(place: Path) -> Path:
    """Return a directory, or the nearest one above it that is there."""
    return next((path for path in (place, *place.parents) if path.exists()), Path("/"))


def _mount(place: Path) -> tuple[str, str, str]:
    """Return the mount that a directory is on: its place, the kind of its file system, and its options."""
    found = ("", "", "")
    real = str(place.resolve())
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return found
    for line in lines:
        words = line.split()
        if len(words) < 4:
            continue
        at = words[1].replace("\\040", " ")
        inside = real == at or real.startswith(at if at.endswith("/") else f"{at}/")
        if inside and len(at) >= len(found[0]):
            found = (at, words[2], words[3])
    return found


def _in_force(options: str) -> bool:
    return any(option.partition("=")[0] in _QUOTAS for option in options.split(","))


def _quota() -> tuple[int | None, str]:
    """Return how many bytes the least quota leaves, by the program ``quota``; None: it knows of none."""
    program = shutil.which("quota")
    if program is None:
        return None, ""
    try:
        done = subprocess.run(
            [program, "-w", "-p", "-u", "-g"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"`quota` gave no answer: {type(error).__name__}"
    return read_quota(done.stdout), ""


def read_quota(text: str) -> int | None:
    """Return how many bytes the least quota of a table of ``quota -w`` leaves; None: none is set.

    A row is the file system, the kilobytes used (with ``*`` where they are over the limit), the quota and the
    limit: zero is none.
    """
    left = []
    for row in text.splitlines():
        words = row.split()
        numbers = [word.rstrip("*") for word in words[1:4]]
        if len(numbers) == 3 and all(number.isdecimal() for number in numbers):
            used, soft, hard = map(int, numbers)
            if limit := hard or soft:
                left.append((limit - used) * _KILO)
    return min(left, default=None)
