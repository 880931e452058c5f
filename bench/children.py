"""Starts the processes that are measured, one for each measurement."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, so that no disk is measured
_BYTECODE = ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")


class BenchError(Exception):
    """A process that was to be measured has failed."""


def work(name: str, *args: object) -> dict[str, float]:
    """Run one of the works of ``bench.works`` in a fresh process; returns what it measured itself."""
    out = _run([sys.executable, "-m", "bench.works", name, *map(str, args)])
    found: Mapping[str, float] = json.loads(out.splitlines()[-1])
    return dict(found)


def output(command: Sequence[str]) -> str:
    """Run a program and return what it prints."""
    return _run(command)


def cpu_of(
    command: Sequence[str], times: int, place: Path = ROOT, more: Mapping[str, str] | None = None
) -> float:
    """Return the processor time of a program in seconds, its start included.

    Parameters
    ----------
    times
        How often it is started; the mean is returned.
    place
        The directory in which it is started.
    more
        Variables that it gets besides.
    """
    before = _children_cpu()
    for _ in range(times):
        _run(command, place, more)
    return (_children_cpu() - before) / times


@contextmanager
def folder() -> Iterator[Path]:
    """Give an empty folder in memory, or in the usual place for temporary files where there is none."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="cmcompile-bench-", dir=place) as made:
        yield Path(made)


@contextmanager
def bytecode() -> Iterator[None]:
    """Let all processes share a fresh cache of compiled modules, also where storing them is switched off."""
    before = {name: os.environ.pop(name, None) for name in _BYTECODE}
    with folder() as cache:
        os.environ["PYTHONPYCACHEPREFIX"] = str(cache)
        try:
            yield
        finally:
            del os.environ["PYTHONPYCACHEPREFIX"]
            os.environ.update({name: value for name, value in before.items() if value is not None})


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(command: Sequence[str], place: Path = ROOT, more: Mapping[str, str] | None = None) -> str:
    # Hashes are seeded, or the order of a set would make one run differ from the next.
    environment = {**os.environ, "PYTHONHASHSEED": "0", **(more or {})}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
