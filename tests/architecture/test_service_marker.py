"""The marker ``service`` and the neutral environment of ``tests/conftest.py``, seen from inside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
SAMPLE = """\
import os, subprocess
import pytest
import conftest

conftest.SERVICES["there"] = lambda: None
conftest.SERVICES["lsst"] = lambda: "it is switched off"

@pytest.mark.service("lsst")
def test_absent(): pass

@pytest.mark.service("there")
def test_present(): pass

def test_environment():
    assert not [n for n in os.environ if n.startswith("GIT_")
                and n not in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_TERMINAL_PROMPT")]
    assert os.environ["HOME"] != "/nowhere"
    name = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True).stdout
    assert name == "Test Author\\n"
"""


def run_sample(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_sample.py").write_text(SAMPLE)
    beside = CONFTEST.parent / "services"
    (folder / "pytest.ini").write_text(f"[pytest]\nmarkers = service(name): x\npythonpath = {beside}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**os.environ, "HOME": "/nowhere", "GIT_DIR": "/nowhere", "GIT_AUTHOR_NAME": "A", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_absent_service_is_a_skip_with_its_reason(tmp_path: Path) -> None:
    done = run_sample(tmp_path, CMCOMPILE_REQUIRE="")
    assert done.returncode == 0, done.stdout
    assert "2 passed, 1 skipped" in done.stdout
    assert "service lsst: it is switched off" in done.stdout
    assert "services: lsst 0 run 1 skipped, there 1 run" in done.stdout


def test_an_absent_service_that_is_required_is_a_failure(tmp_path: Path) -> None:
    done = run_sample(tmp_path, CMCOMPILE_REQUIRE=" lsst ,")
    assert done.returncode != 0
    assert "service lsst is required by CMCOMPILE_REQUIRE: it is switched off" in done.stdout


@pytest.mark.parametrize("names", ["lsstt", "lsst,none"])
def test_an_unknown_service_cannot_be_required(tmp_path: Path, names: str) -> None:
    done = run_sample(tmp_path, CMCOMPILE_REQUIRE=names)
    assert done.returncode == 4
    assert "CMCOMPILE_REQUIRE names no service" in done.stderr
