"""A PostgreSQL server for Butler registries, as a child of the tests; each test has a database of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from daemons import daemon, free_ports
from present import POSTGRES_USER, postgres_program

#: The user of the databases; no password, as only this machine can ask.
_OWNER = "butler"
#: Without durability: what the tests store is thrown away.
_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=127.0.0.1")


class Postgres:
    """A server that answers at a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port, self.user = port, _OWNER
        self._numbers = itertools.count(1)

    def new_database(self) -> str:
        """Make an empty database that can hold a registry, and return its name."""
        name = f"registry_{next(self._numbers)}"
        self.ask(f"create database {name}")
        # Time spans of a registry must not overlap, which needs this extension; only its owner may add it.
        self.ask("create extension btree_gist", name)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, also while a registry is still connected to it."""
        self.ask(f"drop database {name} with (force)")

    def seed(self, name: str) -> str:
        """Return the configuration that ``butler create --seed-config`` takes, as YAML."""
        # The driver by its name: SQLAlchemy's usual one is not what the Butler installs.
        url = f"postgresql+psycopg2://{_OWNER}@127.0.0.1:{self.port}/{name}"
        return f"registry:\n  db: {url}\n  namespace: main\n"

    def ask(
        self, statement: str, database: str = "postgres", values: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Carry out a statement, with values for each ``%s`` in it, and return its rows."""
        import psycopg2

        with contextlib.closing(
            psycopg2.connect(host="127.0.0.1", port=self.port, user=_OWNER, dbname=database)
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, tuple(values) or None)
                return list(cursor.fetchall()) if cursor.description else []

    def answers(self) -> bool:
        """Whether it can be asked."""
        import psycopg2

        try:
            return self.ask("select 1") == [(1,)]
        except psycopg2.OperationalError:
            return False


@contextlib.contextmanager
def running_postgres(place: Path) -> Iterator[Postgres]:
    """Run a server until the block is left.

    Parameters
    ----------
    place
        A directory of its own, whose path is short and can be entered by all: sockets are made there.
    """
    user = POSTGRES_USER if os.geteuid() == 0 else ""
    data, server = place / "data", Postgres(*free_ports(1))
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user, user)
    create = [_path("initdb"), "-D", str(data), "-U", _OWNER, "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(
        create,
        user=user or None,
        extra_groups=[] if user else None,
        check=True,
        capture_output=True,
        cwd=place,
    )
    settings = [word for option in (*_OPTIONS, f"port={server.port}") for word in ("-c", option)]
    command = [_path("postgres"), "-D", str(data), "-k", str(data), *settings]
    # INT: connections that are open are cut.
    with daemon(command, place / "postgres.out", ready=server.answers, user=user, stop=signal.SIGINT):
        yield server


def _path(name: str) -> str:
    found = postgres_program(name)
    assert found is not None, name
    return found
