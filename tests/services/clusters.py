"""Fixtures of the services that tests start: one of each per process of the tests, until it ends."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from panda_servers import Panda, running_panda
from postgres_server import Postgres, running_postgres
from slurm_cluster import Slurm, running_slurm


@contextlib.contextmanager
def _place(service: str, mode: int) -> Iterator[Path]:
    # Not below pytest's own directories: the paths of sockets may have about a hundred letters only.
    with tempfile.TemporaryDirectory(prefix=f"cmcompile-{service}-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(mode)
        yield Path(name)


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """Return a Slurm cluster of one machine; give its ``env`` to the processes that shall use it."""
    with _place("slurm", 0o700) as place, running_slurm(place) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return a PostgreSQL server."""
    with _place("postgres", 0o755) as place, running_postgres(place) as server:
        yield server


@pytest.fixture(scope="session")
def panda(postgres: Postgres) -> Iterator[Panda]:
    """Return PanDA's servers; give their ``env`` to the processes that shall use them."""
    with _place("panda", 0o700) as place, running_panda(place, postgres) as servers:
        yield servers


@pytest.fixture
def postgres_registry(postgres: Postgres) -> Iterator[str]:
    """Return the text of a seed configuration, for ``butler create --seed-config``; the database is empty."""
    name = postgres.new_database()
    yield postgres.seed(name)
    postgres.drop(name)
