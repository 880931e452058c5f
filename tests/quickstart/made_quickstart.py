"""A quickstart that tests look at, made once for all of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky


@cache
def _made(below: Path) -> Path:
    home = below / "quickstart" / "home"
    home.parent.mkdir()
    make(home, Sky(visits=8, detectors=4, failing=1), groups=2)
    return home


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a quickstart with eight visits of four detectors, in two groups; only look."""
    # Each module that imports a fixture has one of its own.
    return _made(tmp_path_factory.getbasetemp())
