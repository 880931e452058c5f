"""Repositories that are made once: each test has a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def made_sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a repository that nobody writes to."""
    import sky

    place = tmp_path_factory.mktemp("sky") / "repo"
    sky.make(place)
    return place


@pytest.fixture
def repo(made_sky: Path, tmp_path: Path) -> Path:
    """Return the directory of a repository of one's own."""
    return shutil.copytree(made_sky, tmp_path / "repo")
