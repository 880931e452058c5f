"""The services that tests start themselves: they work, and they end."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from daemons import daemon, free_ports
from postgres_server import Postgres
from slurm_cluster import Slurm

_SLOW = "import time; print('up', flush=True); time.sleep(60)"


@pytest.mark.service("slurm")
def test_a_job_of_slurm_runs(slurm: Slurm) -> None:
    assert slurm.ask("srun", "--job-name=hello", "printenv", "SLURM_JOB_NAME") == "hello\n"
    assert [job["JobState"] for job in slurm.ended() if job["Name"] == "hello"] == ["COMPLETED"]


@pytest.mark.service("postgres")
def test_databases_are_apart(postgres: Postgres) -> None:
    one, two = postgres.new_database(), postgres.new_database()
    postgres.ask("create table t (n integer)", one)
    assert postgres.ask("select count(*) from pg_tables where tablename = 't'", two) == [(0,)]
    for name in (one, two):
        postgres.drop(name)
    left = {
        name for (name,) in postgres.ask("select datname from pg_database where datname like 'registry%'")
    }
    assert not left & {one, two}  # those of other tests may be there


@pytest.mark.service("postgres")
def test_a_seed_names_the_driver(postgres_registry: str) -> None:
    registry = yaml.safe_load(postgres_registry)["registry"]
    assert registry["db"].startswith("postgresql+psycopg2://")
    assert registry["namespace"] == "main"


def test_a_daemon_ends_with_its_block(tmp_path: Path) -> None:
    log, kept = tmp_path / "log", []
    command = [sys.executable, "-c", _SLOW]
    with contextlib.suppress(ZeroDivisionError), daemon(command, log, ready=log.exists) as process:
        kept.append(process)
        assert process.poll() is None
        raise ZeroDivisionError
    assert [process.returncode for process in kept] == [-signal.SIGTERM]


def test_a_daemon_that_ends_early_is_told_with_its_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such port')"]
    with (
        pytest.raises(RuntimeError, match="no such port"),
        daemon(command, tmp_path / "log", ready=lambda: False),
    ):
        pass


def test_a_daemon_does_not_outlive_tests_that_are_killed(tmp_path: Path) -> None:
    script = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from daemons import daemon
log = Path({str(tmp_path / "log")!r})
with daemon([sys.executable, "-c", {_SLOW!r}], log, ready=lambda: b"up" in log.read_bytes()) as process:
    print(process.pid, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        pid = int(tests.stdout.readline())
        tests.kill()
    end = time.monotonic() + 10
    while _lives(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_ports_differ() -> None:
    assert len(set(free_ports(8))) == 8
