"""The command line starts quickly: ``--help`` imports nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("yaml", "ruamel.yaml", "jsonschema", "jinja2", "requests", "rich", "git", "lsst")
HELP = "import cmcompile.cli.main as m, sys\ntry:\n    m.cli.main(['--help'])\nexcept SystemExit:\n    pass\n"


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
