"""The ratios that are judged."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.campaigns import write_campaign
from bench.children import cpu_of, folder, work
from bench.figures import Figure, Ratio, by_turns
from bench.sizes import Sizes

_HELP_BOUND = 3.0
_VALIDATE_BOUND = 12.0
_COMPILE_BOUND = 0.5
_WRITE_BOUND = 2.0
_UNCHANGED_BOUND = 1.5
#: Started through the interpreter that runs this, so that both sides find the same packages.
PROGRAM = "from cmcompile.cli.main import main; main()"


def compile_(sizes: Sizes) -> Iterator[Figure]:
    """Compile in memory, against dumping the same documents with PyYAML's C dumper."""
    with folder() as place:
        write_campaign(place, sizes.groups)
        stored = place / "documents.json"
        extent = work("documents", place, stored)
        pairs = by_turns(sizes.pairs, lambda: work("compile", place), lambda: work("dump", stored))
    name = f"compile {extent['groups']:,.0f} groups of {extent['lines']:.0f} lines / yaml CSafeDumper"
    yield Ratio(name, _picked(pairs, "cpu", "cpu"), _COMPILE_BOUND)


def write(sizes: Sizes) -> Iterator[Figure]:
    """Write to an empty folder and to one that is up to date, against plain writing and reading."""
    with folder() as place:
        write_campaign(place / "repository", sizes.groups)
        work("store", place / "repository", place / "tree")
        fresh = _Fresh(place)
        pairs = by_turns(
            sizes.pairs,
            lambda: work("store", place / "repository", fresh.path()),
            lambda: work("plain", place / "tree", fresh.path()),
        )
    files = f"{pairs[0][0]['files']:,.0f} files"
    yield Ratio(f"write {files} / plain open and write", _picked(pairs, "write", "write"), _WRITE_BOUND)
    yield Ratio(
        f"compare {files} with nothing changed / plain open and read",
        _picked(pairs, "unchanged", "read"),
        _UNCHANGED_BOUND,
    )


def start(sizes: Sizes) -> Iterator[Figure]:
    """Start the program, against an interpreter that imports click and yaml."""
    floor = (sys.executable, "-c", "import click, yaml")
    cpu_of(floor, 1)
    commands = {"--help": _HELP_BOUND, "validate campaigns/dp02": _VALIDATE_BOUND}
    for arguments, bound in commands.items():
        ours = (sys.executable, "-c", PROGRAM, *arguments.split())
        cpu_of(ours, 1)  # the first start compiles modules
        pairs = by_turns(
            sizes.pairs,
            lambda ours=ours: {"cpu": cpu_of(ours, sizes.starts)},  # type: ignore[misc]
            lambda: {"cpu": cpu_of(floor, sizes.starts)},
        )
        name = f"cmcompile {arguments} / python -c 'import click, yaml'"
        yield Ratio(name, _picked(pairs, "cpu", "cpu"), bound)


class _Fresh:
    """Names folders that do not exist yet, and removes the former one."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._last = 0

    def path(self) -> Path:
        shutil.rmtree(self._place / f"out{self._last}", ignore_errors=True)
        self._last += 1
        return self._place / f"out{self._last}"


def _picked(
    pairs: list[tuple[Mapping[str, float], Mapping[str, float]]], ours: str, floor: str
) -> tuple[tuple[float, float], ...]:
    return tuple((one[ours], other[floor]) for one, other in pairs)
