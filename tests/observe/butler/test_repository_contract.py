"""A real Butler keeps the contract, with its registry in SQLite and in PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contracts import butler as contract
from postgres_server import Postgres
from sky_bench import SkyBench
from sky_fixtures import made_sky as made_sky
from sky_fixtures import repo as repo

by_name = pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)


@pytest.mark.service("lsst")
@by_name
def test_sqlite(check: Callable[[contract.ButlerBench], None], repo: Path, tmp_path: Path) -> None:
    check(SkyBench(repo, tmp_path))


@pytest.fixture(scope="module")
def served_sky(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a repository whose registry a server keeps; who uses it clears it."""
    import sky

    name = postgres.new_database()
    place = tmp_path_factory.mktemp("served") / "repo"
    sky.make(place, postgres.seed(name))
    yield place
    postgres.drop(name)


@pytest.mark.service("lsst")
@pytest.mark.service("postgres")
@by_name
def test_postgres(check: Callable[[contract.ButlerBench], None], served_sky: Path, tmp_path: Path) -> None:
    # Only the configuration and the files are a copy: all share one registry.
    repo = shutil.copytree(served_sky, tmp_path / "repo")
    try:
        check(SkyBench(repo, tmp_path))
    finally:
        SkyBench(served_sky, tmp_path).clear()
