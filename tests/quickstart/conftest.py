"""What the tests of the quickstart share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a quickstart with eight visits of four detectors, in two groups; only look."""
    home = tmp_path_factory.mktemp("quickstart") / "home"
    make(home, Sky(visits=8, detectors=4, failing=1), groups=2)
    return home
