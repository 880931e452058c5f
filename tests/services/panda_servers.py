"""PanDA's servers as far as the package index has them: iDDS with its agents, and panda-server, which relays.

There is no JEDI, harvester or pilot behind them: runs are accepted, expanded and asked to end, and no job is
ever run. How a run ends is written into iDDS's database instead.

    python panda_servers.py [COMMAND ...]    start them, run a command that can reach them, and end them
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemons import daemon, free_ports
from panda_settings import write_settings
from postgres_server import Postgres, running_postgres
from present import panda_home

#: Seconds until a server answers; an idle machine needs 3.
PATIENCE = 240.0
#: How many agents after each other share that time: now and then some start and then do nothing.
TURNS = 4
SCHEMA = "doma_idds"
#: Of iDDS's statuses, those that tests plant; the same for a request and a transform.
STATUSES = {
    "New": 0,
    "Transforming": 2,
    "Finished": 3,
    "SubFinished": 4,
    "Failed": 5,
    "Cancelling": 8,
    "Cancelled": 9,
}
STATUSES |= {"Suspended": 12, "Resuming": 14, "Expired": 17}
#: How its tasks count their files.
COUNTED = ("new", "processing", "processed", "failed", "missing")
_FRONTS = Path(__file__).with_name("panda_fronts")
_OUTPUT = 1


@dataclass(frozen=True, slots=True)
class Panda:
    """Servers on ports of this machine.

    Attributes
    ----------
    place
        Where they write.
    database
        Its name.
    ports
        Of iDDS and of panda-server.
    """

    place: Path
    postgres: Postgres
    database: str
    ports: tuple[int, int]

    @property
    def idds(self) -> str:
        """The address of iDDS, as `iddsServer` in a submit file may name it."""
        return f"http://127.0.0.1:{self.ports[0]}/idds"

    @property
    def env(self) -> dict[str, str]:
        """What a client needs in its environment."""
        return client(f"http://127.0.0.1:{self.ports[1]}/server/panda", self.place)

    @property
    def server_env(self) -> dict[str, str]:
        """The variables of the servers: none of the user's, which could lead them elsewhere."""
        place = str(self.place)
        api = f"http://127.0.0.1:{self.ports[1]}/api"
        return {
            **self.env,
            "PATH": f"{_program('python').parent}{os.pathsep}{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "HOME": place,
            "PANDA_HOME": place,
            "PANDA_API_URL": api,
            "PANDA_API_URL_SSL": api,
            "IDDS_HOME": place,
            "IDDS_CONFIG": f"{place}/idds.cfg",
            "IDDS_AUTH_CONFIG": f"{place}/auth.cfg",
        }

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database, past the servers; with values for each ``%s``."""
        return self.postgres.ask(f"set search_path to {SCHEMA}; {statement}", self.database, values)

    def status(self, run_id: str) -> int:
        """Return the number of iDDS's status of a request."""
        ((found,),) = self.ask("select status from requests where request_id = %s", int(run_id))
        return int(found)

    def expanded(self) -> frozenset[str]:
        """Return the ids of the requests that have tasks."""
        return frozenset(str(found) for (found,) in self.ask("select distinct request_id from transforms"))

    def expand(self, run_ids: list[str]) -> None:
        """Let the agents make the tasks of requests."""
        self._work(lambda: set(run_ids) <= self.expanded(), "the agents have not expanded the requests")

    def take_up(self, run_id: str) -> None:
        """Let the agents take up all commands for a request."""
        new = "select 1 from commands where request_id = %s and status = 0"
        words = f"the commands for request {run_id} are not taken up"
        self._work(lambda: not self.ask(new, int(run_id)), words)

    def _work(self, done: Callable[[], bool], words: str) -> None:
        """Run the agents until something is done, new ones where those that run don't get to it."""
        for _ in range(TURNS - 1):
            with self.agents(), contextlib.suppress(AssertionError):
                wait(done, words, PATIENCE / TURNS)
            if done():
                return
        with self.agents():
            wait(done, words, PATIENCE / TURNS)

    def plant(self, run_id: str, status: str, counts: Mapping[str, int] | None = None) -> None:
        """Write how a request ended, and with it all its tasks.

        Parameters
        ----------
        counts
            Of files, of each task, by one of `COUNTED`.
        """
        values = (STATUSES[status], int(run_id))
        ended = "set status = %s, locking = 0, updated_at = now() where request_id = %s"
        self.ask(f"update requests {ended}", *values)
        self.ask(f"update transforms {ended}", *values)
        if counts:
            found = dict.fromkeys(COUNTED, 0) | dict(counts)
            columns = ", ".join(f"{kind}_files = %s" for kind in found)
            which = "where request_id = %s and relation_type = %s"
            counted = (sum(found.values()), *found.values(), int(run_id), _OUTPUT)
            self.ask(f"update collections set total_files = %s, {columns} {which}", *counted)  # noqa: S608

    @contextlib.contextmanager
    def agents(self) -> Iterator[None]:
        """Run iDDS's agents until the block is left; they need half a core."""
        log = self.place / "agents.out"
        started = [str(_program("python")), "-m", "idds.agents.main"]
        # They end in their own time when asked to, which may be minutes; what they do is in transactions.
        with daemon(
            started, log, ready=log.exists, env=self.server_env, stop=signal.SIGKILL, patience=PATIENCE
        ):
            yield
        # Those that come next would take them for alive, and leave to them what they had begun.
        self.ask(
            "delete from health; delete from events; update requests set locking = 0;"
            "update transforms set locking = 0; update commands set locking = 0"
        )

    @contextlib.contextmanager
    def no_database(self) -> Iterator[None]:
        """Let the database refuse the servers until the block is left."""
        allow = f"alter database {self.database} with allow_connections"
        self.postgres.ask(f"{allow} false")
        ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
        self.postgres.ask(ended, values=[self.database])
        try:
            yield
        finally:
            self.postgres.ask(f"{allow} true")


def client(url: str, place: Path) -> dict[str, str]:
    """Return what a client needs in its environment to reach a panda-server."""
    return {
        "PANDA_URL": url,
        "PANDA_URL_SSL": url,
        "PANDACACHE_URL": url,
        # Else the client asks the name server for other machines of that name.
        "PANDA_BEHIND_REAL_LB": "1",
        "PANDA_AUTH": "x509_no_grid",
        "PANDA_CONFIG_ROOT": str(place / "client"),
        "X509_USER_PROXY": str(place / "proxy.pem"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@contextlib.contextmanager
def running_panda(place: Path, postgres: Postgres) -> Iterator[Panda]:
    """Run the servers until the block is left.

    Parameters
    ----------
    place
        A directory of its own.
    """
    idds, server = free_ports(2)
    panda = Panda(place, postgres, postgres.new_database(), (idds, server))
    write_settings(place, panda.idds, postgres.user, postgres.port, panda.database, SCHEMA)
    tables = [str(_program("python")), str(_FRONTS / "idds_tables.py"), SCHEMA]
    env = panda.server_env
    subprocess.run(tables, env=env, cwd=place, check=True, stdin=subprocess.DEVNULL)
    try:
        with (
            daemon(
                _served("idds_front", idds),
                place / "idds.out",
                ready=lambda: _answers(f"{panda.idds}/ping"),
                env=env,
                patience=PATIENCE,
            ),
            daemon(
                _served("panda_front", server),
                place / "panda.out",
                ready=lambda: _answers(f"http://127.0.0.1:{server}/api/v1/system/is_alive"),
                env={**env, "IDDS_CLIENT_MODE": "1"},
                patience=PATIENCE,
            ),
        ):
            yield panda
    finally:
        postgres.drop(panda.database)


def wait(done: Callable[[], bool], words: str, patience: float) -> None:
    """Wait until something is so.

    Raises
    ------
    AssertionError
        With some words, when it is not so within some seconds.
    """
    end = time.monotonic() + patience
    while not done():
        assert time.monotonic() < end, words
        time.sleep(0.2)


def _served(front: str, port: int) -> list[str]:
    options = ["--no-control-socket", "--workers", "1", "--threads", "4", "--pythonpath", str(_FRONTS)]
    command = [str(_program("python")), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *options]
    return [*command, f"{front}:application"]


def _program(name: str) -> Path:
    return panda_home() / "venv" / "bin" / name


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def main(command: list[str]) -> int:
    """Run a command, or a shell, while the servers are there."""
    with tempfile.TemporaryDirectory(prefix="cmcompile-panda-", ignore_cleanup_errors=True) as name:
        below = Path(name)
        below.chmod(0o755)
        for part in ("postgres", "panda"):
            (below / part).mkdir()
        started = time.monotonic()
        with (
            running_postgres(below / "postgres") as postgres,
            running_panda(below / "panda", postgres) as panda,
        ):
            sys.stderr.write(f"the servers are up after {time.monotonic() - started:.1f} s\n")
            env = {**os.environ, **panda.env, "BPS_WMS_SERVICE_CLASS": "lsst.ctrl.bps.panda.PanDAService"}
            return subprocess.run(command or [os.environ.get("SHELL", "/bin/sh")], env=env).returncode


if __name__ == "__main__":
    # An exception, so that the servers end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
