"""The command line starts quickly: ``--help`` imports nothing that it does not need."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("yaml", "ruamel.yaml", "jsonschema", "jinja2", "requests", "rich", "git", "lsst")
HELP = "import cmcompile.cli.main as m, sys\ntry:\n    m.cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
RATIO = 3.0


def python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("start", ["import cmcompile.cli.main, sys\n", HELP], ids=["import", "help"])
def test_start_imports_no_heavy_package_and_no_command(start: str) -> None:
    output = python(start + "print('MODULES', *sorted(sys.modules))")
    imported = set(output.rpartition("MODULES ")[2].split())
    assert "cmcompile.cli.main" in imported
    assert not imported & set(HEAVY)
    ours = {name for name in imported if name.startswith("cmcompile.")}
    assert {name for name in ours if name.startswith("cmcompile.cli.")} == {
        f"cmcompile.cli.{name}" for name in ("main", "exit", "lazy", "output")
    }


def cpu_seconds(code: str) -> float:
    """Return the least CPU time of a few runs: other work on the machine only adds to it."""
    used = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        python(code)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(used)


def test_help_costs_little_more_than_its_libraries() -> None:
    assert cpu_seconds(HELP) <= RATIO * cpu_seconds("import click, yaml")
