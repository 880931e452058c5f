"""PanDA's servers start by hand, keep to this machine, and end with whoever started them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import panda_servers
import pytest
from panda_servers import Panda

pytestmark = [pytest.mark.service("panda"), pytest.mark.xdist_group("panda")]

SCRIPT = Path(panda_servers.__file__)
#: Where sockets that listen are shown as such.
_LISTENS = "0A"


def below(pid: int) -> set[int]:
    """Return all processes that one has started, and those have."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children}.union(*(below(int(child)) for child in children))


def lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a directory for what a process that is killed leaves; the paths of sockets must be short."""
    with tempfile.TemporaryDirectory(prefix="cmc-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_they_do_not_outlive_a_command_that_is_killed(place: Path) -> None:
    command = [sys.executable, str(SCRIPT), sys.executable, "-c", "print('up', flush=True); input()"]
    env = {**os.environ, "TMPDIR": str(place)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "up\n"
        servers = below(started.pid)
        # The command; PostgreSQL with its own; two masters with a worker each.
        assert len(servers) > 6
        started.kill()
    end = time.monotonic() + 60
    while any(map(lives, servers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not [pid for pid in servers if lives(pid)]


def test_a_command_reaches_them_and_its_exit_code_is_handed_on() -> None:
    script = "import sys, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(sys.argv[1]); exit(7)"
    url = '"${PANDA_URL%/server/panda}/api/v1/system/is_alive"'
    command = [sys.executable, str(SCRIPT), "sh", "-c", f"exec {sys.executable} -c '{script}' {url}"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 7, done.stderr
    assert "the servers are up" in done.stderr


def test_they_listen_on_this_machine_only(panda: Panda) -> None:
    listening = set()
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            _, local, _, state, *_ = line.split()
            if state == _LISTENS:
                listening.add(local)
    for port in (*panda.ports, panda.postgres.port):
        assert {one for one in listening if one.endswith(f":{port:04X}")} == {f"0100007F:{port:04X}"}


def test_the_user_s_settings_do_not_reach_them(panda: Panda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDDS_HOST", "https://example.invalid/idds")
    monkeypatch.setenv("PANDA_AUTH_ID_TOKEN", "secret")
    given = panda.server_env
    assert "IDDS_HOST" not in given
    assert "PANDA_AUTH_ID_TOKEN" not in given
    assert given["HOME"] != os.environ["HOME"]
